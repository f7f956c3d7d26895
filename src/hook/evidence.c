/* SPDX-License-Identifier: MIT */
/*
 * evidence.c - verdicts on followed connects.
 */
#include "hook/evidence.h"

#include <errno.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/hot.h"
#include "hook/call.h"
#include "hook/exchange.h"
#include "hook/fdtable.h"
#include "hook/handshake.h"
#include "hook/holding.h"
#include "hook/log.h"
#include "hook/owner.h"

/* How many records one sweep passes. */
enum { SWEEP_STEPS = 64 };

static _Atomic unsigned sweep_cursor; /* any value will do */

HOT void evidence_report(const struct panel_call *call, const struct rule *rule, int error, uint64_t elapsed, uint64_t now)
{
	const struct breaker_policy *policy = &rule->policy;
	struct panel_change changes[2];
	struct panel_call ended = *call;

	if (error == 0 && policy->overdue && elapsed > policy->overdue)
		error = ETIMEDOUT;
	panel_report(&ended, policy, outcome_of(policy, error, elapsed), error, now, changes);
	log_changes(ended.slot, changes, now);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* A program that looks late must not make its connect a slow one. */
static uint64_t handshake_time(const struct call *call, const struct handshake *seen, uint64_t now)
{
	uint64_t elapsed = now > call->admitted.began ? now - call->admitted.began : 0;

	elapsed -= least(elapsed, seen->last_heard);
	return least(elapsed, seen->done_before);
}

static void end(const struct call *call, int error, uint64_t elapsed, uint64_t now, uint32_t learnt)
{
	if (call_take(call, learnt))
		evidence_report(&call->admitted, call->rule, error, elapsed, now);
}

static void end_done(const struct call *call, const struct handshake *seen, uint64_t now)
{
	uint64_t elapsed = handshake_time(call, seen, now);
	struct call followed = *call;

	if (call_outlives_handshake(call->rule))
		exchange_follows_call(&followed, elapsed, now);
	else
		end(call, 0, elapsed, now, FD_CONNECTED);
}

/* The call of a descriptor whose connect is not over yet, as far as we know. */
static bool handshake_of(int fd, struct call *call)
{
	return call_of_descriptor(fd, call) && !call_is_established(call);
}

/* Says nothing about the destination. */
static void end_ignored(const struct call *call, uint64_t now)
{
	struct panel_change changes[2];
	struct panel_call ended = call->admitted;

	if (!call_take(call, 0))
		return;
	panel_report(&ended, &call->rule->policy, OUTCOME_IGNORED, 0, now, changes);
	log_changes(ended.slot, changes, now);
}

static void end_failed(const struct call *call, int error, uint64_t now, uint32_t learnt)
{
	end(call, error, now - least(now, call->admitted.began), now, learnt);
}

static bool is_old(const struct call *call, uint64_t now)
{
	uint64_t overdue = call->rule->policy.overdue;

	return overdue && now > call->admitted.began && now - call->admitted.began > overdue;
}

/* A SYN of a call with TCP_FASTOPEN_CONNECT is only sent with the first data. */
static bool is_overdue(const struct call *call, const struct handshake *seen, uint64_t now)
{
	return is_old(call, now) && (!call->fastopen || seen->retransmitted);
}

static void count_overdue(const struct call *call, uint64_t now)
{
	if (call_mark_counted(call))
		evidence_report(&call->admitted, call->rule, ETIMEDOUT, now - call->admitted.began, now);
}

/*
 * Of a datagram socket there is nothing to be asked. An error that it has is the destination's; what is heard, or not,
 * for longer than overdue says nothing.
 */
static enum handshake_state judge_datagram(const struct call *call, uint64_t now)
{
	if (handshake_is_of(call->fd, call->cookie) && !is_old(call, now))
		return HANDSHAKE_FAILED;
	end_ignored(call, now);
	return HANDSHAKE_GONE;
}

/* What can be said without an errno. The state is returned for those that have one. */
static enum handshake_state judge(const struct call *call, uint64_t now)
{
	struct handshake seen;

	if (call->datagram)
		return judge_datagram(call, now);
	seen = handshake_look(call->fd, call->cookie);
	switch (seen.state) {
	case HANDSHAKE_GONE:
		end_ignored(call, now);
		break;
	case HANDSHAKE_DONE:
		end_done(call, &seen, now);
		break;
	case HANDSHAKE_PENDING:
		if (is_overdue(call, &seen, now))
			count_overdue(call, now);
		break;
	case HANDSHAKE_FAILED:
	case HANDSHAKE_UNASKED:
		break;
	}
	return seen.state;
}

/* The program was told of an error, or that it is connected, where the kernel's own word agrees or is not to be had. */
static bool may_have_failed(enum handshake_state state)
{
	return state == HANDSHAKE_FAILED || state == HANDSHAKE_UNASKED;
}

/* When it connected is not known: some time before. */
static void end_unasked(const struct call *call, uint64_t now)
{
	struct handshake seen = { .done_before = UINT64_MAX };

	if (call->rule->policy.overdue)
		seen.done_before = call->rule->policy.overdue;
	end_done(call, &seen, now);
}

/* Errors of a transfer that are about the transfer, or follow on an error that was told before. */
static bool tells_of_connect(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ETIMEDOUT:
	case ECONNRESET:
	case ECONNABORTED:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EPROTO:
	case EACCES:
	case EPERM:
		return true;
	default:
		return false;
	}
}

ssize_t evidence_of_transfer(int fd, ssize_t result)
{
	int saved = errno;
	struct call call;

	if (handshake_of(fd, &call)) {
		uint64_t now = clock_now();
		enum handshake_state state = judge(&call, now);

		if (result < 0 && may_have_failed(state) && tells_of_connect(saved))
			end_failed(&call, saved, now, FD_OWED);
		else if (result >= 0 && state == HANDSHAKE_UNASKED && !call.fastopen)
			end_unasked(&call, now);
	}
	errno = saved;
	return result;
}

void evidence_of_datagram(int fd)
{
	int saved = errno;
	struct call call;

	if (handshake_of(fd, &call) && call.datagram) {
		uint64_t now = clock_now();

		if (judge(&call, now) == HANDSHAKE_FAILED)
			end(&call, 0, now - least(now, call.admitted.began), now, 0);
	}
	errno = saved;
}

void evidence_of_event(int fd)
{
	int saved = errno;
	struct call call;

	if (handshake_of(fd, &call))
		judge(&call, clock_now());
	errno = saved;
}

static bool ends_a_call(int error)
{
	return error != 0 && error != EAGAIN && error != EINPROGRESS && error != EALREADY && error != EINTR;
}

void evidence_of_error(int fd, int error)
{
	int saved = errno;
	struct call call;

	if (handshake_of(fd, &call)) {
		uint64_t now = clock_now();

		if (may_have_failed(judge(&call, now)) && ends_a_call(error))
			end_failed(&call, error, now, FD_OWED);
	}
	errno = saved;
}

void evidence_of_connect(int fd, int result, int error)
{
	bool failed = result < 0 && error != EISCONN && ends_a_call(error);
	int saved = errno;
	struct call call;

	if (handshake_of(fd, &call)) {
		uint64_t now = clock_now();
		enum handshake_state state = judge(&call, now);

		if (failed && may_have_failed(state))
			end_failed(&call, error, now, 0);
		else if (state == HANDSHAKE_UNASKED && (result == 0 || error == EISCONN))
			end_unasked(&call, now);
	}
	if (failed && owner_claim() == OWNER_SELF)
		fd_change_flags(fd, FD_CONNECTED | FD_OWED, 0);
	errno = saved;
}

void evidence_of_impatience(int fd)
{
	int saved = errno;
	struct call call;

	if (handshake_of(fd, &call))
		count_overdue(&call, clock_now());
	errno = saved;
}

/*
 * Given up in mid-handshake: the address did not answer (a SYN was sent again, or it took too long), or
 * the program had no more use for it (Happy Eyeballs).
 */
static void end_by_leaving(const struct call *call, uint64_t now)
{
	struct handshake seen = { .state = HANDSHAKE_GONE };

	if (!call->datagram)
		seen = handshake_look(call->fd, call->cookie);
	if (seen.state == HANDSHAKE_DONE)
		end_done(call, &seen, now);
	else if (seen.state == HANDSHAKE_FAILED)
		end_failed(call, OUTCOME_ERROR_UNKNOWN, now, 0);
	else if (seen.state == HANDSHAKE_PENDING && (seen.retransmitted || is_overdue(call, &seen, now)))
		end_failed(call, ETIMEDOUT, now, 0);
	else
		end_ignored(call, now);
}

void evidence_of_giving_up(int fd)
{
	int saved = errno;
	struct call call;

	if (handshake_of(fd, &call))
		end_by_leaving(&call, clock_now());
	errno = saved;
}

/*
 * A word that says no more than what kind_of() learns again. By a vfork child, then, it may be cleared, too: whose table
 * it is need not be asked at each close, which would be a system call.
 */
static bool is_all_known_to_kernel(uint64_t word)
{
	return !fd_word_has_call(word) && !(fd_what(word) & (FD_OWED | FD_FASTOPEN | FD_MAY_HOLD));
}

HOT void evidence_of_leaving(int fd)
{
	uint64_t word = fd_word(fd);
	int saved = errno;
	struct call call;

	if (word == 0)
		return;
	holding_leave(fd);
	if (call_of_descriptor(fd, &call)) {
		if (call_unshare(fd, &call)) {
			if (!call_is_established(&call))
				end_by_leaving(&call, clock_now());
			exchange_left(fd, CALL_FREE);
		}
		fd_set_word(fd, 0);
	} else if (is_all_known_to_kernel(word) || owner_check() != OWNER_OTHER) {
		fd_replace_word(fd, word, 0);
	}
	errno = saved;
}

/* Else a program that closes all its connections so would have all records taken by them, for good. */
void evidence_of_loss(int fd)
{
	int saved = errno;
	struct call call;

	holding_leave(fd);
	if (call_of_descriptor(fd, &call) && call_unshare(fd, &call)) {
		if (!call_is_established(&call))
			end_ignored(&call, clock_now());
		exchange_left(fd, CALL_FREE);
	}
	errno = saved;
}

struct sweep {
	uint64_t now;
	unsigned looks;   /* left for calls that need not be over */
	unsigned counted; /* left for calls that were reported: is the socket still there? */
};

static void sweep_one(unsigned number, struct sweep *sweep)
{
	struct call call;
	unsigned *left;

	if (!call_of_number(number, &call) || call_is_established(&call) || call.fd < 0)
		return;
	left = call_is_counted(&call) ? &sweep->counted : &sweep->looks;
	if (call_is_counted(&call) || !is_old(&call, sweep->now)) {
		if (*left == 0)
			return;
		(*left)--;
	}
	judge(&call, sweep->now);
}

void evidence_sweep(unsigned looks)
{
	unsigned steps = calls_used();
	unsigned at = atomic_load_explicit(&sweep_cursor, memory_order_relaxed);
	struct sweep sweep = { .looks = looks, .counted = 1 };
	int saved = errno;

	if (!calls_pending() || steps == 0 || owner_check() != OWNER_SELF)
		return;
	sweep.now = clock_now();
	if (steps > SWEEP_STEPS)
		steps = SWEEP_STEPS;
	for (unsigned i = 0; i < steps; i++)
		sweep_one((at + i) % calls_used(), &sweep);
	atomic_store_explicit(&sweep_cursor, (at + steps) % calls_used(), memory_order_relaxed);
	errno = saved;
}
