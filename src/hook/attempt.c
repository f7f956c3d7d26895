/* SPDX-License-Identifier: MIT */
/*
 * attempt.c - admission of a connect, and what its return value means.
 */
#include "hook/attempt.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "hook/call.h"
#include "hook/divert.h"
#include "hook/evidence.h"
#include "hook/exchange.h"
#include "hook/fdtable.h"
#include "hook/handshake.h"
#include "hook/holding.h"
#include "hook/log.h"
#include "hook/owner.h"
#include "hook/pace.h"
#include "hook/real.h"
#include "hook/record.h"
#include "hook/sandbox.h"
#include "hook/sockpath.h"
#include "hook/stuck.h"

/* Set once, by the constructor; release and acquire publish everything that it mapped. */
static _Atomic bool active;

void attempt_activate(void)
{
	atomic_store_explicit(&active, true, memory_order_release);
}

static bool is_udp(int fd)
{
	int protocol;
	socklen_t length = sizeof(protocol);

	return real.getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) == 0 && protocol == IPPROTO_UDP;
}

/*
 * A descriptor that we did not see created: one system call, whose answer is kept. Only TCP has a TCP_INFO (a raw
 * socket too says IPPROTO_TCP, when asked for its protocol), and it tells a fresh socket from one that was
 * inherited or handed over in the middle of its connection.
 */
static uint32_t ask_what(int fd, uint32_t flags)
{
	uint8_t state; /* the first member of struct tcp_info */
	socklen_t length = sizeof(state);
	uint32_t what = FD_OTHER;

	if (sandbox_is_up())
		return FD_OTHER;
	if (real.getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &length) == 0)
		what = FD_TCP | flags | (state == TCP_CLOSE ? 0 : FD_CONNECTED);
	else if (errno != EOPNOTSUPP && errno != ENOPROTOOPT)
		return FD_OTHER;
	else if (target_covers(PROTOCOL_UDP) && is_udp(fd))
		what = FD_UDP;
	if (owner_claim() == OWNER_SELF)
		fd_set_word(fd, what);
	return what;
}

static enum panel_refusal refusal_of(const struct target *target)
{
	return target->observe ? PANEL_WOULD_REFUSE : PANEL_REFUSED;
}

static enum breaker_verdict ask_breaker(struct attempt *attempt, uint64_t now)
{
	const struct target *target = &attempt->target;
	struct panel_change changes[2];
	enum panel_refusal refusal = divert_may(target) ? PANEL_UNCOUNTED : refusal_of(target);
	enum breaker_verdict verdict = panel_admit(target->seat, &target->rule->policy, now, refusal, &attempt->call,
						   changes);

	log_changes(target->seat.slot, changes, now);
	return verdict;
}

static void end_ignored(struct attempt *attempt, uint64_t now)
{
	struct panel_change changes[2];

	panel_report(&attempt->call, &attempt->target.rule->policy, OUTCOME_IGNORED, 0, now, changes);
	log_changes(attempt->target.seat.slot, changes, now);
}

/* Observing must not change what the program sees. */
void attempt_limit_patience(struct attempt *attempt)
{
	uint64_t limit = attempt->target.rule->connect_timeout;

	if (limit != 0 && !attempt->target.observe && !attempt->is_send)
		patience_shorten(&attempt->patience, attempt->fd, limit);
}

/* Without a slot: the breaker has just made room for another, and the call passes unprotected. */
static void begin_call(struct attempt *attempt)
{
	if (!attempt->call.slot)
		return;
	attempt->kind = ATTEMPT_ADMITTED;
	attempt_limit_patience(attempt);
}

/* With max-connections: too many are connected. In observe mode such a connect is made, and nothing counted of it. */
static void refuse_one_more(struct attempt *attempt)
{
	const struct target *target = &attempt->target;

	panel_refuse(target->seat.slot, refusal_of(target));
	attempt->kind = target->observe ? ATTEMPT_NONE : ATTEMPT_REFUSED;
}

/* A datagram that is sent to somebody makes no connection. */
static uint32_t limit_of(const struct attempt *attempt)
{
	const struct rule *rule = attempt->target.rule;

	return rule->action == RULE_DENY || attempt->is_send ? 0 : rule->max_connections;
}

/* What was on the socket before is over. */
static bool is_one_too_many(const struct attempt *attempt, unsigned limit, uint64_t now)
{
	holding_leave(attempt->fd);
	return holding_is_full(attempt->target.seat.slot, limit, now);
}

/* Admitted by the circuit; others may have been faster meanwhile. */
static bool holds_one_more(struct attempt *attempt, uint64_t now)
{
	const struct target *target = &attempt->target;

	if (!attempt->call.slot)
		return true;
	if (holding_begin(target->seat.slot, target->rule->max_connections, &attempt->hold))
		return true;
	end_ignored(attempt, now);
	return false;
}

/* The program waits once more for a call in flight, or asks for what is there already. */
static void join_call(struct attempt *attempt)
{
	struct call call;

	if (record_state_of(attempt->fd) >= CALL_ESTABLISHED) {
		attempt->kind = ATTEMPT_SETTLED;
		return;
	}
	attempt->kind = ATTEMPT_AGAIN;
	if (call_of_descriptor(attempt->fd, &call) && call.rule->connect_timeout != 0 &&
	    target_enforces(call.rule, call.admitted.slot))
		patience_shorten(&attempt->patience, attempt->fd, call.rule->connect_timeout);
}

/* By attempt->target. */
static void decide(struct attempt *attempt, const struct sockaddr *address, const struct addr *addr)
{
	const struct target *target = &attempt->target;
	enum breaker_verdict verdict = VERDICT_REFUSED;
	uint32_t limit = limit_of(attempt);
	uint64_t now = clock_now();

	if (!panel_seems_open(target->seat.slot))
		stuck_sweep(now);
	if (limit != 0 && is_one_too_many(attempt, limit, now)) {
		refuse_one_more(attempt);
		return;
	}
	if (target->rule->action == RULE_DENY)
		panel_deny(target->seat, &target->rule->policy, now, refusal_of(target));
	else
		verdict = ask_breaker(attempt, now);
	if (verdict == VERDICT_ADMITTED && limit != 0 && !holds_one_more(attempt, now))
		refuse_one_more(attempt);
	else if (verdict == VERDICT_ADMITTED)
		begin_call(attempt);
	else if (target->observe)
		attempt->kind = ATTEMPT_NONE;
	else if (divert_may(target))
		divert_begin(attempt, address, addr);
	else
		attempt->kind = ATTEMPT_REFUSED;
}

static void admit(struct attempt *attempt, const struct sockaddr *address, const struct addr *addr)
{
	if (target_learn_network(attempt->fd) && target_find(&attempt->target, attempt->protocol, addr))
		decide(attempt, address, addr);
}

/* Such a connect is over when it returns: nothing is known of the socket beforehand, or need be afterwards. */
static void look_up_path(struct attempt *attempt, const struct sockaddr *address, socklen_t length)
{
	const struct addr none = { .family = ADDR_NONE };
	struct name path;

	if (!target_covers(PROTOCOL_UNIX) || !sockpath_read(&path, address, length) ||
	    !target_learn_network(attempt->fd) || !target_find_path(&attempt->target, &path))
		return;
	attempt->protocol = PROTOCOL_UNIX;
	decide(attempt, address, &none);
}

/* The socket will be as new. */
static void dissolve(int fd)
{
	if (fd_watched(fd)) {
		evidence_of_giving_up(fd);
		exchange_left(fd, CALL_FREE);
	}
	holding_leave(fd);
	if (owner_claim() == OWNER_SELF)
		fd_change_flags(fd, FD_CONNECTED | FD_OWED, 0);
}

/*
 * What is known of the socket, a call in flight on it judged first: the real connect() may take what it showed.
 */
static uint32_t find_out(int fd, bool *in_flight)
{
	uint32_t what;

	if (fd_watched(fd))
		evidence_of_event(fd);
	*in_flight = fd_watched(fd);
	what = fd_what(fd_word(fd));
	return (what & FD_KINDS) == FD_UNKNOWN && !*in_flight ? ask_what(fd, what) : what;
}

static void look_up(struct attempt *attempt, const struct sockaddr *address, socklen_t length)
{
	struct addr addr;
	bool in_flight;
	uint32_t what;

	if (!addr_from_sockaddr(&addr, address, length)) {
		if (fd_word(attempt->fd) && address && length >= sizeof(address->sa_family) &&
		    address->sa_family == AF_UNSPEC)
			dissolve(attempt->fd);
		else
			look_up_path(attempt, address, length);
		return;
	}
	evidence_sweep(0);
	what = find_out(attempt->fd, &in_flight);
	if ((what & FD_KINDS) == FD_UDP) {
		/* Each connect is a new call, which may be to another destination. */
		if (in_flight)
			evidence_of_giving_up(attempt->fd);
		attempt->protocol = PROTOCOL_UDP;
		admit(attempt, address, &addr);
	} else if (in_flight) {
		join_call(attempt);
	} else if (what & (FD_CONNECTED | FD_OWED)) {
		attempt->kind = ATTEMPT_SETTLED;
	} else if ((what & FD_KINDS) == FD_TCP) {
		attempt->fastopen = (what & FD_FASTOPEN) != 0;
		admit(attempt, address, &addr);
	}
}

static void start(struct attempt *attempt, int fd)
{
	attempt->kind = ATTEMPT_NONE;
	attempt->fd = fd;
	attempt->protocol = PROTOCOL_TCP;
	attempt->fastopen = false;
	attempt->is_send = false;
	attempt->patience.shortened = false;
	attempt->hold = 0;
}

void attempt_begin(struct attempt *attempt, int fd, const struct sockaddr *address, socklen_t length)
{
	int saved = errno;

	start(attempt, fd);
	if (atomic_load_explicit(&active, memory_order_acquire))
		look_up(attempt, address, length);
	errno = saved;
}

int attempt_refuse(const struct attempt *attempt)
{
	const struct rule *rule = attempt->target.rule;

	if (rule->pace != 0)
		pace_refusal(attempt->fd, rule->pace);
	errno = rule->fail_with;
	return -1;
}

/* The call goes on without the thread. False when it cannot be followed, and has not ended yet. */
static bool follow(struct attempt *attempt)
{
	struct call call = {
		.rule = attempt->target.rule,
		.fastopen = attempt->fastopen,
		.datagram = attempt->protocol == PROTOCOL_UDP,
	};

	if (!panel_detach(&attempt->call, &attempt->target.rule->policy))
		return true;
	call.admitted = attempt->call;
	call.cookie = handshake_cookie(attempt->fd);
	return call_follow(attempt->fd, &call);
}

static void end_admitted(struct attempt *attempt, int result, int error)
{
	uint64_t now = clock_now();
	uint64_t elapsed = now > attempt->call.began ? now - attempt->call.began : 0;

	if (attempt->protocol == PROTOCOL_UNIX) {
		evidence_report(&attempt->call, attempt->target.rule, result == 0 ? 0 : error, elapsed, now);
	} else if (attempt->protocol == PROTOCOL_UDP && result == 0) {
		if (!follow(attempt))
			end_ignored(attempt, now);
	} else if (result == 0 && !attempt->fastopen && call_outlives_handshake(attempt->target.rule)) {
		exchange_follows(attempt->fd, &attempt->call, attempt->target.rule, elapsed, now);
	} else if (result == 0 && !attempt->fastopen) {
		evidence_report(&attempt->call, attempt->target.rule, 0, elapsed, now);
		fd_note(attempt->fd, FD_CONNECTED);
	} else if (result == 0 || error == EINPROGRESS || error == EINTR) {
		/* One that cannot be followed says nothing. */
		if (!follow(attempt))
			end_ignored(attempt, now);
	} else {
		evidence_report(&attempt->call, attempt->target.rule, error, elapsed, now);
	}
}

/* A failure now; the handshake goes on, so that the program's next connect on the socket is still this call. */
static void end_impatiently(struct attempt *attempt)
{
	uint64_t now = clock_now();

	if (attempt->protocol != PROTOCOL_UNIX && follow(attempt))
		evidence_of_impatience(attempt->fd);
	else
		evidence_report(&attempt->call, attempt->target.rule, ETIMEDOUT, now - attempt->call.began, now);
}

/* In these words the kernel says that the time is over: of TCP at a first connect and at another one, of a path. */
static bool is_impatience(const struct attempt *attempt, int result, int error)
{
	if (!attempt->patience.shortened || result == 0)
		return false;
	return attempt->protocol == PROTOCOL_UNIX ? error == EAGAIN : error == EINPROGRESS || error == EALREADY;
}

/* Connected, or on the way: the socket's. A connect that is over and came to nothing holds nothing. */
static void end_hold(const struct attempt *attempt, int result, int error)
{
	if (result == 0 || error == EINPROGRESS || error == EINTR)
		holding_tie(attempt->fd, attempt->target.seat.slot, attempt->hold);
	else
		holding_drop(attempt->target.seat.slot, attempt->hold);
}

int attempt_end(struct attempt *attempt, int result)
{
	enum attempt_kind kind = attempt->kind;
	int error = errno;
	bool impatient = is_impatience(attempt, result, error);

	attempt->kind = ATTEMPT_NONE;
	patience_restore(&attempt->patience, attempt->fd);
	end_hold(attempt, result, error);
	if (kind == ATTEMPT_ADMITTED && impatient)
		end_impatiently(attempt);
	else if (kind == ATTEMPT_ADMITTED)
		end_admitted(attempt, result, error);
	else if (kind == ATTEMPT_DIVERTED)
		divert_end(attempt, result, error);
	else if (kind == ATTEMPT_AGAIN && impatient)
		evidence_of_impatience(attempt->fd);
	else if (kind == ATTEMPT_AGAIN || kind == ATTEMPT_SETTLED)
		evidence_of_connect(attempt->fd, result, error);
	errno = impatient ? ETIMEDOUT : error;
	return result;
}

ssize_t attempt_sent(struct attempt *attempt, ssize_t result)
{
	attempt->fastopen = true;
	attempt_end(attempt, result < 0 ? -1 : 0);
	return fd_watched(attempt->fd) ? exchange_sent(attempt->fd, result) : result;
}

void attempt_begin_datagram(struct attempt *attempt, int fd, const struct sockaddr *address, socklen_t length)
{
	int saved = errno;
	struct addr addr;
	uint32_t what;

	start(attempt, fd);
	attempt->is_send = true;
	if (!atomic_load_explicit(&active, memory_order_acquire))
		return;
	if (!addr_from_sockaddr(&addr, address, length)) {
		look_up_path(attempt, address, length);
	} else if (target_covers(PROTOCOL_UDP)) {
		what = fd_what(fd_word(fd));
		if ((what & FD_KINDS) == FD_UNKNOWN && !fd_watched(fd))
			what = ask_what(fd, what);
		attempt->protocol = PROTOCOL_UDP;
		if ((what & FD_KINDS) == FD_UDP)
			admit(attempt, address, &addr);
	}
	errno = saved;
}

/* ECONNREFUSED is the word on an earlier datagram, perhaps to somebody else. */
static int error_of_datagram(const struct attempt *attempt, int error)
{
	return attempt->protocol == PROTOCOL_UDP && error == ECONNREFUSED ? 0 : error;
}

ssize_t attempt_sent_datagram(struct attempt *attempt, ssize_t result)
{
	enum attempt_kind kind = attempt->kind;
	int saved = errno;
	int error = result < 0 ? error_of_datagram(attempt, saved) : 0;
	uint64_t now;

	attempt->kind = ATTEMPT_NONE;
	if (kind == ATTEMPT_ADMITTED) {
		now = clock_now();
		if (error != 0 || attempt->protocol == PROTOCOL_UNIX)
			evidence_report(&attempt->call, attempt->target.rule, error, now - attempt->call.began, now);
		else
			end_ignored(attempt, now);
	}
	errno = saved;
	return result;
}

void attempt_abandon(struct attempt *attempt)
{
	int saved = errno;

	if (attempt->kind == ATTEMPT_ADMITTED)
		end_ignored(attempt, clock_now());
	if (attempt->kind != ATTEMPT_NONE) {
		patience_restore(&attempt->patience, attempt->fd);
		holding_drop(attempt->target.seat.slot, attempt->hold);
	}
	errno = saved;
}
