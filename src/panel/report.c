/* SPDX-License-Identifier: MIT */
/*
 * report.c - results reach the breaker's word. The protocol is in report.h.
 *
 * Any thread, signal handler or child; no lock, no allocation, no errno; at a change of state getpid().
 */
#include "panel/report.h"

#include "base/hash.h"
#include "base/hot.h"
#include "breaker/word.h"
#include "panel/counts.h"
#include "panel/inflight.h"
#include "panel/slices.h"
#include "panel/slot.h"
#include "panel/tape.h"

uint32_t report_random(const struct panel_slot *slot, uint64_t now)
{
	return (uint32_t)(hash_mix(now ^ hash_mix((uintptr_t)slot)) >> 32);
}

/* Closed, no failures before: a success or a call that says nothing leaves the word as it is. */
static bool is_plain(uint64_t word, const struct results *results)
{
	return word_is_quiet(word) && word_generation(word) == results->generation &&
	       (results->outcome == OUTCOME_SUCCESS || results->outcome == OUTCOME_IGNORED);
}

static void add_to_window(struct panel_slot *slot, const struct breaker_policy *policy, const struct results *results,
			  struct slice_position *at, uint64_t now)
{
	*at = slices_at(slot, policy, results->generation, now);
	slices_add(slot, policy, at, counts_outcome(policy, results->outcome), results->count);
}

static void count_results(struct panel_slot *slot, const struct breaker_policy *policy, const struct results *results)
{
	counts_finished(slot, counts_outcome(policy, results->outcome), results->error, results->elapsed,
			results->count);
}

static bool needs_tally(const struct breaker_policy *policy)
{
	return policy->window != 0 || policy->failure_rate != 0 || policy->slow_rate != 0;
}

/*
 * What the window reaches back to, or, without one, the generation; its marks may be missing, but what the
 * word and the results say is certain.
 */
static void sum_up(const struct panel_slot *slot, const struct breaker_policy *policy,
		   const struct breaker_state *state, const struct results *results, const struct slice_position *at,
		   struct breaker_tally *tally)
{
	struct generation_counts counts;
	uint64_t run = (uint64_t)state->failures + results->count;

	if (policy->window != 0) {
		slices_sum(slot, policy, at, tally);
		return;
	}
	counts_of_generation(slot, results->generation, &counts);
	*tally = (struct breaker_tally){
		.successes = counts.successes,
		.failures = counts.failures > run ? counts.failures : run,
		.slow = counts.slow,
	};
}

/* One round of the loop: what the state becomes. */
static enum breaker_reason compute(struct panel_slot *slot, const struct breaker_policy *policy,
				   const struct results *results, const struct slice_position *at,
				   struct breaker_state *state, uint64_t now)
{
	struct breaker_tally tally = { 0 };
	bool tallied = needs_tally(policy) && state->phase == BREAKER_CLOSED;
	bool late;

	if (tallied && (results->outcome == OUTCOME_FAILURE || results->outcome == OUTCOME_SLOW))
		sum_up(slot, policy, state, results, at, &tally);
	return state_report(state, policy, results->generation, results->outcome, results->count,
			    tallied ? &tally : NULL, now, report_random(slot, now), &late);
}

static bool still_runs(const struct breaker_state *state, const struct results *results)
{
	return state->generation == results->generation && state->phase != BREAKER_OPEN;
}

/* False: they are late. */
static bool move_word(struct panel_slot *slot, const struct breaker_policy *policy, const struct results *results,
		      uint64_t word, uint64_t now, struct change_list *list)
{
	const struct panel_seat seat = { slot, results->status };
	bool counted = false;
	struct slice_position at = { 0 };

	for (unsigned i = 0; i < PANEL_TRIES; i++) {
		struct breaker_state before = word_unpack(word, policy, now), after = before;
		enum breaker_reason reason = state_advance(&after, policy, now);
		uint64_t next;

		/* It makes room, or is another's, of which this policy says nothing: late, and not to be moved. */
		if (slot_is_gone(&seat, word))
			break;
		if (!counted && still_runs(&after, results)) {
			if (policy->window != 0 && after.phase == BREAKER_CLOSED)
				add_to_window(slot, policy, results, &at, now);
			count_results(slot, policy, results);
			counted = true;
		}
		if (still_runs(&after, results))
			reason = compute(slot, policy, results, &at, &after, now);
		next = word_pack(&after, policy);
		if (reason != REASON_NONE)
			change_note(list, slot);
		if (next != word &&
		    !atomic_compare_exchange_strong_explicit(&slot->word, &word, next, memory_order_acq_rel,
							     memory_order_acquire))
			continue;
		if (reason != REASON_NONE)
			change_happened(slot, &before, &after, reason, now, list);
		else if (after.phase == BREAKER_CLOSED && after.failures > 0 && counted)
			counts_end_run(slot, results->generation);
		break;
	}
	return counted;
}

/* By value, so that those of the others stay in registers. */
static __attribute__((noinline)) void report_slowly(struct panel_slot *slot, const struct breaker_policy *policy,
						    struct results results, uint64_t word, uint64_t now,
						    struct change_list *list)
{
	list->outcome = counts_outcome(policy, results.outcome);
	list->ended = results.count;
	if (!move_word(slot, policy, &results, word, now, list))
		counts_add(&slot->totals[TOTAL_LATE], results.count);
}

static inline void report(struct panel_slot *slot, const struct breaker_policy *policy, const struct results *results,
			  uint64_t now, struct change_list *list)
{
	/* Pairs with the release of whoever moved it. */
	uint64_t word = atomic_load_explicit(&slot->word, memory_order_acquire);
	struct slice_position at;

	if (!is_plain(word, results)) {
		report_slowly(slot, policy, *results, word, now, list);
		return;
	}
	if (policy->window != 0)
		add_to_window(slot, policy, results, &at, now);
	count_results(slot, policy, results);
}

void report_results(struct panel_slot *slot, const struct breaker_policy *policy, const struct results *results,
		    uint64_t now, struct change_list *list)
{
	report(slot, policy, results, now, list);
}

static inline panel_word *cells_of(const struct panel_call *call)
{
	return call->place & PANEL_CALL_EXCHANGE ? call->slot->answers : call->slot->ring;
}

static inline uint32_t slice_of(const struct panel_call *call)
{
	return call->place & PANEL_CALL_SLICE;
}

/* A pending call stays its process's own to judge, in the ring or not; a waiting one that is gone was counted. */
static inline bool leave_ring(const struct panel_call *call)
{
	bool pending = (call->place & PANEL_CALL_PENDING) != 0;

	if (!(call->place & PANEL_CALL_IN_RING))
		return !(call->place & PANEL_CALL_COUNTED);
	return inflight_end(cells_of(call), call->generation, slice_of(call), pending ? RING_PENDING : RING_WAITING) || pending;
}

bool panel_detach(struct panel_call *call)
{
	call->place |= PANEL_CALL_PENDING;
	if (call->place & PANEL_CALL_IN_RING)
		call->place = (call->place & ~PANEL_CALL_IN_RING) |
			      inflight_detach(cells_of(call), call->generation, slice_of(call));
	return !(call->place & PANEL_CALL_COUNTED);
}

HOT bool panel_await(const struct panel_call *call)
{
	return (call->place & PANEL_CALL_IN_RING) && inflight_attach(cells_of(call), call->generation, slice_of(call));
}

/* Nothing is counted, and an open time that is over is left to who asks next: half-open has none. */
static void give_place_back(struct panel_slot *slot, const struct breaker_policy *policy, uint32_t generation,
			    uint64_t now)
{
	/* Pairs with the release of whoever moved it. */
	uint64_t word = atomic_load_explicit(&slot->word, memory_order_acquire);

	for (unsigned i = 0; i < PANEL_TRIES; i++) {
		struct breaker_state state = word_unpack(word, policy, now);

		if (state.generation != generation || state.phase != BREAKER_HALF_OPEN || state.in_flight == 0)
			return;
		state.in_flight--;
		if (atomic_compare_exchange_strong_explicit(&slot->word, &word, word_pack(&state, policy),
							    memory_order_acq_rel, memory_order_acquire))
			return;
	}
}

bool panel_park(struct panel_call *call, const struct breaker_policy *policy, uint64_t now)
{
	if (!leave_ring(call)) {
		tape_end(call->slot, call->tape, OUTCOME_FAILURE, now);
		counts_add(&call->slot->totals[TOTAL_LATE], 1);
		return false;
	}
	/* A connection may lie idle for hours, which a trace cannot tell from waiting: what follows is another call there. */
	tape_end(call->slot, call->tape, OUTCOME_IGNORED, now);
	call->tape = 0;
	if (call->place & PANEL_CALL_PROBE)
		give_place_back(call->slot, policy, call->generation, now);
	call->place &= ~(PANEL_CALL_IN_RING | PANEL_CALL_PROBE);
	return true;
}

/* What most reports are: a success that changes nothing but the counts. */
static inline bool is_plain_success(const struct panel_call *call, const struct breaker_policy *policy,
				    enum breaker_outcome outcome)
{
	/* Pairs with the release of whoever moved it. */
	uint64_t word = atomic_load_explicit(&call->slot->word, memory_order_acquire);

	return outcome == OUTCOME_SUCCESS && policy->window == 0 && word_is_quiet(word) &&
	       word_generation(word) == call->generation;
}

/* All others. */
static __attribute__((noinline)) void report_any(const struct panel_call *call, const struct breaker_policy *policy,
						 enum breaker_outcome outcome, int error, uint64_t now,
						 uint64_t elapsed, struct panel_change changes[2])
{
	const struct results results = {
		.status = call->status,
		.generation = call->generation,
		.outcome = outcome,
		.error = error,
		.count = 1,
		.elapsed = elapsed,
	};
	struct change_list list;

	change_list_begin(&list, changes);
	report(call->slot, policy, &results, now, &list);
}

HOT void panel_report(struct panel_call *call, const struct breaker_policy *policy, enum breaker_outcome outcome,
		  int error, uint64_t now, struct panel_change changes[2])
{
	uint64_t elapsed = now > call->began ? now - call->began : 0;

	changes[0].reason = REASON_NONE;
	changes[1].reason = REASON_NONE;
	tape_end(call->slot, call->tape, outcome, now);
	if (!leave_ring(call))
		counts_add(&call->slot->totals[TOTAL_LATE], 1);
	else if (is_plain_success(call, policy, outcome))
		counts_succeeded(call->slot, elapsed, 1);
	else
		report_any(call, policy, outcome, error, now, elapsed, changes);
}
