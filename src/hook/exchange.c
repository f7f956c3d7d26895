/* SPDX-License-Identifier: MIT */
/*
 * exchange.c - requests and answers as the hooks see them. The states are told in call.h; how a wait ends in waiting.c.
 */
#include "hook/exchange.h"

#include <errno.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/hot.h"
#include "hook/evidence.h"
#include "hook/handshake.h"
#include "hook/real.h"
#include "hook/record.h"
#include "hook/stuck.h"
#include "hook/target.h"
#include "hook/waiting.h"

/* How often a record is looked at anew that others move meanwhile. */
enum { TRIES = 16 };

/* --- sending --- */

/* By who has moved it to FILLING. Another thread may have closed the connection by then: it is gone with this. */
static void wait_for_answer(struct call *call, uint64_t now)
{
	record_fill(&call_records[call->number], &call->admitted);
	stuck_after(now, policy_answer_within(&call->rule->policy));
	if (!record_move_on(call, CALL_WAITING))
		waiting_report(call, OUTCOME_IGNORED, 0, now);
}

/* The descriptor still is that connection, and not what got its number when it was closed behind our back. */
static bool is_its_own(int fd, const struct record *record)
{
	return handshake_is_of(fd, RECORD_GET(record->cookie));
}

/*
 * The circuit takes no call: the exchange goes on without being one, or is refused. A connection that was really reset
 * is readable, and libraries that put off an error of a send (libpq) wait for that: so must be this one, for every
 * way of waiting. SHUT_RD sends nothing; what a receive then returns is our own.
 */
static bool pass_or_refuse(struct call *call, enum rule_mode mode)
{
	bool sheds = call->rule->shed == SHED_ALL && mode != MODE_OFF;

	if (sheds && !is_its_own(call->fd, &call_records[call->number])) {
		call_move(call, CALL_SPENT);
		return true;
	}
	if (sheds)
		panel_refuse(call->admitted.slot, mode == MODE_OBSERVE ? PANEL_WOULD_REFUSE : PANEL_REFUSED);
	if (!sheds || mode == MODE_OBSERVE) {
		call_move(call, CALL_PASSED);
		return true;
	}
	if (call_move(call, CALL_REFUSED))
		real.shutdown(call->fd, SHUT_RD);
	errno = ECONNRESET;
	return false;
}

/* Exchanges are no calls, but what would begin while the circuit is open is refused. The first one is the connect's. */
static bool begin_uncounted(struct call *call, bool parked, enum rule_mode mode)
{
	struct panel_seat seat = panel_call_seat(&call->admitted);

	if (!parked && panel_seems_open(seat.slot) && panel_is_open(seat, &call->rule->policy, clock_now()))
		return pass_or_refuse(call, mode);
	call_move(call, CALL_PASSED);
	return true;
}

static bool begin(struct call *call)
{
	bool parked = call_state_of(call) == CALL_PARKED;
	enum rule_mode mode = target_mode(call->rule, call->admitted.slot);
	uint64_t now;

	/* Another thread is faster: it is that one's exchange. */
	if (!record_move(call, CALL_FILLING))
		return true;
	if (!waiting_is_asked_for(call))
		return begin_uncounted(call, parked, mode);
	now = clock_now();
	if (!panel_seems_open(call->admitted.slot))
		stuck_sweep(now);
	if (mode == MODE_OFF || waiting_admit(call, parked, now) == VERDICT_REFUSED)
		return pass_or_refuse(call, mode);
	if (call->admitted.slot)
		wait_for_answer(call, now);
	else
		call_move(call, CALL_PASSED); /* the breaker has made room: the connection has none any more */
	return true;
}

static bool is_between(enum call_state state)
{
	return state == CALL_PARKED || state == CALL_IDLE;
}

/* What was seen at a first look: all, only what begins another call, or with the call that is on. */
static struct call *copied(struct call *call, int fd, const struct glance *seen)
{
	record_copy(seen->record, seen->word, call);
	call->fd = fd;
	return call;
}

static inline struct call *copied_seat(struct call *call, int fd, const struct glance *seen)
{
	record_copy_seat(seen->record, seen->word, call);
	call->fd = fd;
	return call;
}

static inline struct call *copied_call(struct call *call, int fd, const struct glance *seen)
{
	record_copy_call(seen->record, seen->word, call);
	call->fd = fd;
	return call;
}

/* As after a real reset there is no way back. Returns whether it is to go on all the same: it is another's by now. */
static bool is_reset_no_more(int fd, const struct glance *seen)
{
	struct call call;

	if (is_its_own(fd, seen->record)) {
		errno = ECONNRESET;
		return false;
	}
	call_move(copied_seat(&call, fd, seen), CALL_SPENT);
	return true;
}

HOT bool exchange_may_send(int fd)
{
	struct glance seen = record_glance(fd);
	struct call call;

	if (record_state(seen.word) < CALL_ESTABLISHED && call_glance(fd, &call) && call_outlives_handshake(call.rule)) {
		evidence_of_event(fd);
		seen = record_glance(fd);
	}
	if (record_state(seen.word) == CALL_REFUSED)
		return is_reset_no_more(fd, &seen);
	return !is_between(record_state(seen.word)) || begin(copied_seat(&call, fd, &seen));
}

/* --- receiving --- */

HOT bool exchange_may_receive(int fd, bool waits)
{
	struct glance seen = record_glance(fd);
	struct call call;

	if (record_state(seen.word) == CALL_REFUSED)
		return is_reset_no_more(fd, &seen);
	if (waits && record_state(seen.word) == CALL_WAITING && !(RECORD_GET(seen.record->details) & RECORD_NEVER_BLOCKS))
		waiting_receive(copied_call(&call, fd, &seen));
	return true;
}

/* That no byte came. Keeps errno. */
static void see_none(struct call *call, ssize_t result, bool takes)
{
	int error = errno;

	if (result < 0)
		waiting_came_to_nothing(call, error);
	else if (!takes)
		waiting_receive_over(call);
	else
		waiting_failed(call, ECONNRESET, CALL_SPENT);
	errno = error;
}

/* Where the handshake was on, so far as is known: is it over? */
static struct glance look_after_receive(int fd, ssize_t result, bool takes)
{
	evidence_of_transfer(fd, result);
	if (result >= 0 && takes)
		evidence_of_datagram(fd);
	return record_glance(fd);
}

HOT ssize_t exchange_received(int fd, ssize_t result, bool takes)
{
	struct glance seen = record_glance(fd);
	struct call call;

	if (record_state(seen.word) < CALL_ESTABLISHED)
		seen = look_after_receive(fd, result, takes);
	if (record_state(seen.word) < CALL_ESTABLISHED)
		return result;
	if (result <= 0 || !takes) {
		see_none(copied(&call, fd, &seen), result, takes);
		return result;
	}
	record_count_received(seen.record, seen.word, (uint32_t)result);
	if (record_state(seen.word) != CALL_IDLE)
		waiting_answered(copied_call(&call, fd, &seen));
	return result;
}

bool exchange_has_room(const struct iovec *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i].iov_len > 0)
			return true;
	return false;
}

int exchange_received_messages(int fd, int result, const struct mmsghdr *messages, int flags)
{
	ssize_t bytes = result < 0 ? -1 : 0;
	bool room = result > 0 && exchange_has_room(messages[0].msg_hdr.msg_iov, messages[0].msg_hdr.msg_iovlen);

	for (int i = 0; i < result; i++)
		bytes += messages[i].msg_len;
	exchange_received(fd, bytes, exchange_takes(flags, room));
	return result;
}

/* What was sent while the handshake was still on begins an exchange now that it is over. */
ssize_t exchange_sent_news(int fd, ssize_t result)
{
	struct glance seen = record_glance(fd);
	int saved;
	struct call call;

	if (record_state(seen.word) >= CALL_ESTABLISHED && result >= 0)
		return result;
	saved = errno;
	if (record_state(seen.word) >= CALL_ESTABLISHED) {
		waiting_failed_by_error(copied(&call, fd, &seen), saved);
	} else {
		evidence_of_transfer(fd, result);
		if (result > 0 && record_state_of(fd) == CALL_PARKED)
			exchange_may_send(fd);
	}
	errno = saved;
	return result;
}

void exchange_told_error(int fd, int error)
{
	int saved = errno;
	struct call call;

	evidence_of_error(fd, error);
	if (call_glance(fd, &call) && call_is_established(&call))
		waiting_failed_by_error(&call, error);
	errno = saved;
}

/* --- from the handshake, and to the end --- */

static bool is_overdue(const struct rule *rule, uint64_t elapsed)
{
	return rule->policy.overdue != 0 && elapsed > rule->policy.overdue;
}

/* The connect is the whole call: because it was to be, or because it took too long. */
static void end_with_connect(struct call *call, uint64_t elapsed, uint64_t now)
{
	call_move(call, waiting_is_asked_for(call) ? CALL_IDLE : CALL_PARKED);
	evidence_report(&call->admitted, call->rule, 0, elapsed, now);
}

/* By who has moved it to FILLING: before it is PARKED nobody goes on with its call. */
static void park(struct call *call, uint64_t elapsed, uint64_t now)
{
	if (!waiting_is_asked_for(call) || is_overdue(call->rule, elapsed))
		end_with_connect(call, elapsed, now);
	else if (!panel_park(&call->admitted, &call->rule->policy, now))
		call_move(call, CALL_IDLE);
	else if (!call_move(call, CALL_PARKED))
		waiting_end_unused(call, now);
}

void exchange_follows(int fd, const struct panel_call *connect, const struct rule *rule, uint64_t elapsed, uint64_t now)
{
	struct call call = { .admitted = *connect, .rule = rule, .cookie = handshake_cookie(fd) };

	if (call_follow_established(fd, &call)) {
		park(&call, elapsed, now);
		return;
	}
	fd_note(fd, FD_CONNECTED);
	if (waiting_is_asked_for(&call) && !is_overdue(rule, elapsed))
		waiting_report(&call, OUTCOME_IGNORED, 0, now);
	else
		evidence_report(&call.admitted, rule, 0, elapsed, now);
}

void exchange_follows_call(struct call *call, uint64_t elapsed, uint64_t now)
{
	if (call_settle(call))
		park(call, elapsed, now);
}

void exchange_left(int fd, enum call_state then)
{
	int saved = errno;
	struct call call;

	for (unsigned i = 0; i < TRIES; i++) {
		if (!call_glance(fd, &call) || !call_is_established(&call) || waiting_left(&call, then))
			break;
	}
	errno = saved;
}
