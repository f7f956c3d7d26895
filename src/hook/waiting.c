/* SPDX-License-Identifier: MIT */
/*
 * waiting.c - how the wait for an answer ends.
 */
#include "hook/waiting.h"

#include <errno.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/hot.h"
#include "hook/handshake.h"
#include "hook/log.h"
#include "hook/real.h"
#include "hook/sandbox.h"
#include "hook/stuck.h"

void waiting_report(struct call *call, enum breaker_outcome outcome, int error, uint64_t now)
{
	struct panel_change changes[2];

	panel_report(&call->admitted, &call->rule->policy, outcome, error, now, changes);
	log_changes(call->admitted.slot, changes, now);
}

HOT enum breaker_verdict waiting_admit(struct call *call, bool parked, uint64_t now)
{
	const struct panel_seat seat = panel_call_seat(&call->admitted);
	struct panel_change changes[2];
	enum breaker_verdict verdict = panel_admit_exchange(seat, &call->rule->policy, now, parked, &call->admitted,
							    changes);

	log_changes(seat.slot, changes, now);
	return verdict;
}

/* --- a receive --- */

/*
 * Before it is in a ring as waiting it is not RECEIVING, after it no more: else others would take out what is not in. That
 * another thread receives the answer in between, while others count the call as stuck, counts it twice: see
 * record_count_received() for who reads a stream so.
 */
HOT void waiting_receive(struct call *call)
{
	if (policy_answer_within(&call->rule->policy) == 0 || !panel_await(&call->admitted))
		return;
	call->admitted.place &= ~PANEL_CALL_PENDING;
	if (!record_move(call, CALL_RECEIVING))
		panel_detach(&call->admitted);
}

/* The receive is over, and nothing came. Others may have counted it as stuck while it lasted: once is enough. */
void waiting_receive_over(struct call *call)
{
	if (call_state_of(call) == CALL_RECEIVING && call_move(call, CALL_WAITING) && !panel_detach(&call->admitted))
		call_move(call, CALL_STUCK);
}

static uint64_t age(const struct call *call, uint64_t now)
{
	return now > call->admitted.began ? now - call->admitted.began : 0;
}

/* It may have no breaker any more: that has made room. */
static void end_connect(struct call *call, enum breaker_outcome outcome, int error, uint64_t now)
{
	if (waiting_admit(call, true, now) == VERDICT_ADMITTED && call->admitted.slot)
		waiting_report(call, outcome, error, now);
}

/*
 * Made, and not needed: a spare connection of a pool, or a look whether somebody listens. It is a success; but that nothing
 * was asked is no answer, and ends no run of failures, which one load tells as well as it can be told.
 */
void waiting_end_unused(struct call *call, uint64_t now)
{
	bool proves_nothing;

	if (waiting_admit(call, true, now) != VERDICT_ADMITTED || !call->admitted.slot)
		return;
	proves_nothing = panel_has_run_of_failures(call->admitted.slot);
	waiting_report(call, proves_nothing ? OUTCOME_IGNORED : OUTCOME_SUCCESS, 0, now);
}

static bool end_parked(struct call *call, enum breaker_outcome outcome, int error, enum call_state then)
{
	if (!call_move(call, then))
		return false;
	if (waiting_is_asked_for(call))
		end_connect(call, outcome, error, clock_now());
	return true;
}

/*
 * That the socket still is the one whose answer is awaited is asked where it would be a failure, of which the record tells,
 * unless it is another's by now. Acquire: the serial is looked at afterwards.
 */
static bool is_slow_for_sure(const struct call *call)
{
	const struct record *record = &call_records[call->number];
	uint64_t cookie = atomic_load_explicit(&record->cookie, memory_order_acquire);

	return record_serial(RECORD_GET(record->word)) == record_serial(call->word) && handshake_is_of(call->fd, cookie);
}

static enum breaker_outcome outcome_of_answer(const struct call *call, uint64_t now)
{
	enum breaker_outcome outcome = outcome_of(&call->rule->policy, 0, age(call, now));

	return outcome == OUTCOME_SLOW && !is_slow_for_sure(call) ? OUTCOME_IGNORED : outcome;
}

HOT void waiting_answered(struct call *call)
{
	enum call_state state = call_state_of(call);
	uint64_t now;

	if (state == CALL_PARKED) {
		end_parked(call, OUTCOME_SUCCESS, 0, CALL_IDLE);
	} else if (state == CALL_STUCK || state == CALL_PASSED) {
		call_move(call, CALL_IDLE);
	} else if (waiting_is(call) && record_move(call, CALL_IDLE)) {
		now = clock_now();
		waiting_report(call, outcome_of_answer(call, now), 0, now);
	}
}

static bool is_same_socket(const struct call *call)
{
	return handshake_is_of(call->fd, call->cookie);
}

void waiting_failed(struct call *call, int error, enum call_state then)
{
	enum breaker_outcome outcome = is_same_socket(call) ? outcome_of(&call->rule->policy, error, 0)
							    : OUTCOME_IGNORED;

	if (call_state_of(call) == CALL_PARKED)
		end_parked(call, outcome, error, then);
	else if (waiting_is(call) && call_move(call, then))
		waiting_report(call, outcome, error, clock_now());
	else if (call_state_of(call) != CALL_FILLING && !waiting_is(call))
		call_move(call, then);
}

/* What says that the connection is over. EPIPE: that it was reset, or closed, before. */
static bool ends_connection(int error)
{
	switch (error) {
	case ECONNRESET:
	case EPIPE:
	case ETIMEDOUT:
	case ECONNABORTED:
	case ECONNREFUSED:
	case ENETRESET:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
	case ENETDOWN:
	case EPROTO:
		return true;
	default:
		return false;
	}
}

void waiting_failed_by_error(struct call *call, int error)
{
	if (ends_connection(error))
		waiting_failed(call, error == EPIPE ? ECONNRESET : error, CALL_SPENT);
}

/*
 * EAGAIN: the socket does not block, or the program's own SO_RCVTIMEO is over. A receive that had been waiting for so
 * long began after the exchange did.
 */
static bool is_time_out(const struct call *call)
{
	struct timeval limit = { 0 };
	socklen_t length = sizeof(limit);
	uint64_t waited = age(call, clock_now());

	if (waited < NSEC_PER_MSEC || sandbox_is_up() ||
	    real.getsockopt(call->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &length) != 0 ||
	    (limit.tv_sec == 0 && limit.tv_usec == 0))
		return false;
	return waited >= (uint64_t)limit.tv_sec * NSEC_PER_SEC + (uint64_t)limit.tv_usec * NSEC_PER_USEC;
}

void waiting_came_to_nothing(struct call *call, int error)
{
	struct record *record = &call_records[call->number];

	if (!waiting_is(call) || error != EAGAIN) {
		waiting_failed_by_error(call, error);
	} else if (is_time_out(call)) {
		waiting_failed(call, ETIMEDOUT, CALL_IDLE);
	} else if (call_state_of(call) == CALL_RECEIVING) {
		atomic_fetch_or_explicit(&record->details, RECORD_NEVER_BLOCKS, memory_order_relaxed);
	}
	waiting_receive_over(call);
}

/* --- the program leaves --- */

/* The answer may have come without being read. */
static enum breaker_outcome outcome_of_leaving(struct call *call, uint64_t now)
{
	const struct breaker_policy *policy = &call->rule->policy;

	if (policy->slow_call == 0 || age(call, now) <= policy->slow_call)
		return OUTCOME_IGNORED;
	switch (stuck_look(call, now)) {
	case STUCK_SILENT:
		return OUTCOME_FAILURE;
	case STUCK_ANSWERED:
		return outcome_of(policy, 0, age(call, now));
	case STUCK_GONE:
		break;
	}
	return OUTCOME_IGNORED;
}

static bool leave_waiting(struct call *call, enum call_state then)
{
	uint64_t now = clock_now();
	enum breaker_outcome outcome = outcome_of_leaving(call, now);

	if (!call_move(call, then))
		return false;
	waiting_report(call, outcome, outcome == OUTCOME_FAILURE ? ETIMEDOUT : 0, now);
	return true;
}

static bool leave_parked(struct call *call, enum call_state then)
{
	if (!call_move(call, then))
		return false;
	if (waiting_is_asked_for(call))
		waiting_end_unused(call, clock_now());
	return true;
}

bool waiting_left(struct call *call, enum call_state then)
{
	if (waiting_is(call))
		return leave_waiting(call, then);
	if (call_state_of(call) == CALL_FILLING)
		return call_give_up(call);
	if (call_state_of(call) == CALL_PARKED)
		return leave_parked(call, then);
	return call_move(call, then);
}
