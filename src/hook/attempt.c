/* SPDX-License-Identifier: MIT */
/*
 * attempt.c - admission of a connect, or of a datagram with an address. What its return value means: attempt_end.c.
 */
#include "hook/attempt.h"

#include <errno.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/hot.h"
#include "hook/call.h"
#include "hook/divert.h"
#include "hook/evidence.h"
#include "hook/exchange.h"
#include "hook/fdtable.h"
#include "hook/holding.h"
#include "hook/kind.h"
#include "hook/log.h"
#include "hook/owner.h"
#include "hook/pace.h"
#include "hook/record.h"
#include "hook/sockpath.h"
#include "hook/stuck.h"

/* Set once, by the constructor; release and acquire publish everything that it mapped. */
static _Atomic bool active;

void attempt_activate(void)
{
	atomic_store_explicit(&active, true, memory_order_release);
}

static enum panel_refusal refusal_of(const struct target *target)
{
	return target->observe ? PANEL_WOULD_REFUSE : PANEL_REFUSED;
}

/* Who goes to a fallback is counted there. */
static enum panel_refusal refusal_by_breaker(const struct target *target)
{
	return divert_may(target) ? PANEL_UNCOUNTED : refusal_of(target);
}

/* What most refusals are: the circuit will be open for longer than the tick is old, so that the clock need not be read. */
static bool is_refused_at_once(const struct target *target)
{
	uint64_t tick;

	if (!panel_seems_open(target->seat.slot))
		return false;
	tick = clock_tick();
	return panel_refuse_at_once(target->seat, &target->rule->policy, tick, tick + CLOCK_TICK_MAX,
				    refusal_by_breaker(target));
}

static enum breaker_verdict ask_breaker(struct attempt *attempt, uint64_t now)
{
	const struct target *target = &attempt->target;
	struct panel_change changes[2];
	enum breaker_verdict verdict = panel_admit(target->seat, &target->rule->policy, now, refusal_by_breaker(target),
						   &attempt->call, changes);

	log_changes(target->seat.slot, changes, now);
	return verdict;
}

/* Where the socket blocks. */
static bool may_wait(const struct attempt *attempt)
{
	return !(attempt->flags & MSG_DONTWAIT);
}

/* Observing must not change what the program sees. */
void attempt_limit_patience(struct attempt *attempt)
{
	uint64_t limit = attempt->target.rule->connect_timeout;

	if (limit != 0 && !attempt->target.observe && !attempt->is_send && may_wait(attempt))
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
	attempt_end_ignored(attempt, now);
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
	if (may_wait(attempt) && call_of_descriptor(attempt->fd, &call) && call.rule->connect_timeout != 0 &&
	    target_enforces(call.rule, call.admitted.slot))
		patience_shorten(&attempt->patience, attempt->fd, call.rule->connect_timeout);
}

static void turn_away(struct attempt *attempt, const struct sockaddr *address, const struct addr *addr)
{
	const struct target *target = &attempt->target;

	if (target->observe)
		attempt->kind = ATTEMPT_NONE;
	else if (divert_may(target))
		divert_begin(attempt, address, addr);
	else
		attempt->kind = ATTEMPT_REFUSED;
}

/* By attempt->target. */
HOT static void decide(struct attempt *attempt, const struct sockaddr *address, const struct addr *addr)
{
	const struct target *target = &attempt->target;
	enum breaker_verdict verdict = VERDICT_REFUSED;
	uint32_t limit = limit_of(attempt);
	uint64_t now;

	if (limit == 0 && target->rule->action != RULE_DENY && is_refused_at_once(target)) {
		turn_away(attempt, address, addr);
		return;
	}
	now = clock_now();
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
	else
		turn_away(attempt, address, addr);
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
	if (fd_watched(fd))
		evidence_of_event(fd);
	*in_flight = fd_watched(fd);
	return kind_of(fd);
}

HOT static void look_up(struct attempt *attempt, const struct sockaddr *address, socklen_t length)
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

static void start(struct attempt *attempt, int fd, int flags)
{
	attempt->kind = ATTEMPT_NONE;
	attempt->fd = fd;
	attempt->protocol = PROTOCOL_TCP;
	attempt->fastopen = false;
	attempt->is_send = false;
	attempt->flags = flags;
	attempt->patience.shortened = false;
	attempt->hold = 0;
}

HOT void attempt_begin(struct attempt *attempt, int fd, const struct sockaddr *address, socklen_t length, int flags)
{
	int saved = errno;

	start(attempt, fd, flags);
	if (atomic_load_explicit(&active, memory_order_acquire))
		look_up(attempt, address, length);
	errno = saved;
}

int attempt_refuse(const struct attempt *attempt)
{
	const struct rule *rule = attempt->target.rule;

	if (rule->pace != 0 && may_wait(attempt))
		pace_refusal(attempt->fd, rule->pace);
	errno = rule->fail_with;
	return -1;
}

void attempt_begin_datagram(struct attempt *attempt, int fd, const struct sockaddr *address, socklen_t length, int flags)
{
	int saved = errno;
	struct addr addr;

	start(attempt, fd, flags);
	attempt->is_send = true;
	if (!atomic_load_explicit(&active, memory_order_acquire))
		return;
	if (!addr_from_sockaddr(&addr, address, length)) {
		look_up_path(attempt, address, length);
	} else if (target_covers(PROTOCOL_UDP)) {
		attempt->protocol = PROTOCOL_UDP;
		if ((kind_of(fd) & FD_KINDS) == FD_UDP)
			admit(attempt, address, &addr);
	}
	errno = saved;
}
