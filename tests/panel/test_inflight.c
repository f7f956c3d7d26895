/* SPDX-License-Identifier: MIT */
/*
 * test_inflight.c - calls that are stuck are counted once, by whoever asks next; those of the dead run out.
 */
#include <criterion/criterion.h>
#include <errno.h>

#include "kit.h"
#include "panel/inflight.h"

static struct kit kit;

static void set_up(void)
{
	kit_breaker(&kit);
}

static void tear_down(void)
{
	panel_close(&kit.panel);
}

TestSuite(inflight, .init = set_up, .fini = tear_down);

enum { STUCK = 100 };

/* overdue is 10 s, a slice an eighth of it, and the ninth slice after the call's is overdue at last */
#define OVERDUE (T0 + 10 * SEC + 2500 * MS)

static struct panel_call calls[STUCK];

static void get_stuck(uint64_t now, bool pending)
{
	for (int i = 0; i < STUCK; i++) {
		calls[i] = kit_admit(&kit, now);
		if (pending)
			cr_assert(panel_detach(&calls[i]));
	}
	cr_assert_eq(kit_view(&kit, now).in_flight, STUCK);
}

Test(inflight, hundred_stuck_calls_open_the_circuit_for_the_next)
{
	struct panel_view view;

	get_stuck(T0, false);
	kit_admit(&kit, T0 + 10 * SEC - 1);
	kit_expect_refused(&kit, OVERDUE);
	cr_assert_eq(kit.changes[0].reason, REASON_CONSECUTIVE_FAILURES);
	cr_assert_eq(kit.changes[0].failures, STUCK);
	cr_assert_eq(kit.changes[0].last_error, ETIMEDOUT);
	view = kit_view(&kit, OVERDUE);
	cr_assert_eq(view.totals[TOTAL_FAILURES], STUCK);
	cr_assert_eq(view.totals[TOTAL_LATE], 0);
}

Test(inflight, results_of_calls_that_were_counted_are_dropped)
{
	get_stuck(T0, false);
	kit_expect_refused(&kit, OVERDUE);
	for (int i = 0; i < STUCK; i++)
		kit_report(&kit, &calls[i], OUTCOME_FAILURE, OVERDUE + 1);
	cr_assert_eq(kit_view(&kit, OVERDUE + 1).totals[TOTAL_FAILURES], STUCK);
	cr_assert_eq(kit_view(&kit, OVERDUE + 1).totals[TOTAL_LATE], STUCK);
}

Test(inflight, results_of_calls_that_were_counted_are_dropped_in_the_same_generation_too)
{
	kit.policy.failures = 1000;
	get_stuck(T0, false);
	kit_admit(&kit, OVERDUE);
	cr_assert_eq(kit_view(&kit, OVERDUE).failures, STUCK);
	for (int i = 0; i < STUCK; i++)
		kit_report(&kit, &calls[i], OUTCOME_FAILURE, OVERDUE + 1);
	cr_assert_eq(kit_view(&kit, OVERDUE + 1).failures, STUCK);
	cr_assert_eq(kit_view(&kit, OVERDUE + 1).totals[TOTAL_LATE], STUCK);
}

Test(inflight, call_that_was_counted_cannot_be_detached)
{
	kit.policy.failures = 1000;
	get_stuck(T0, false);
	kit_admit(&kit, OVERDUE);
	cr_assert_not(panel_detach(&calls[0]));
	kit_report(&kit, &calls[0], OUTCOME_SUCCESS, OVERDUE);
	cr_assert_eq(kit_view(&kit, OVERDUE).totals[TOTAL_LATE], 1);
}

Test(inflight, pending_calls_prove_nothing_by_themselves)
{
	get_stuck(T0, true);
	kit_admit(&kit, OVERDUE);
	cr_assert_eq(kit.changes[0].reason, REASON_NONE);
	cr_assert_eq(kit_view(&kit, OVERDUE).totals[TOTAL_FAILURES], 0);
	cr_assert_eq(kit_view(&kit, OVERDUE).in_flight, 1);
}

Test(inflight, pending_calls_are_their_own_process_s_to_judge_also_after_a_sweep)
{
	get_stuck(T0, true);
	kit_admit(&kit, OVERDUE);
	for (int i = 0; i < 5; i++)
		kit_report(&kit, &calls[i], OUTCOME_FAILURE, OVERDUE);
	cr_assert_eq(kit.changes[0].reason, REASON_CONSECUTIVE_FAILURES);
	cr_assert_eq(kit_view(&kit, OVERDUE).totals[TOTAL_LATE], 0);
}

Test(inflight, calls_that_ended_in_time_are_not_counted_again)
{
	get_stuck(T0, false);
	for (int i = 0; i < STUCK; i++)
		kit_report(&kit, &calls[i], OUTCOME_SUCCESS, T0 + 9 * SEC);
	cr_assert_eq(kit_view(&kit, T0 + 9 * SEC).in_flight, 0);
	kit_admit(&kit, OVERDUE);
	cr_assert_eq(kit_view(&kit, OVERDUE).totals[TOTAL_FAILURES], 0);
}

Test(inflight, stuck_probe_reopens_the_circuit)
{
	const uint64_t half_open = T0 + 2 * SEC;

	kit_trip(&kit, T0);
	kit_admit(&kit, half_open);
	kit_expect_refused(&kit, half_open + 13 * SEC);
	cr_assert_eq(kit.changes[0].reason, REASON_PROBE_FAILED);
}

Test(inflight, calls_of_an_older_generation_are_no_failures_of_this_one)
{
	get_stuck(T0, false);
	kit_trip(&kit, T0 + 9 * SEC);
	kit_call(&kit, OUTCOME_SUCCESS, T0 + 10 * SEC + 500 * MS);
	kit_call(&kit, OUTCOME_SUCCESS, T0 + 10 * SEC + 500 * MS);
	cr_assert_eq(kit.changes[0].reason, REASON_RECOVERED);
	kit_admit(&kit, OVERDUE);
	cr_assert_eq(kit_view(&kit, OVERDUE).totals[TOTAL_FAILURES], 5);
}

Test(inflight, in_flight_returns_to_zero_when_all_died)
{
	get_stuck(T0, false);
	cr_assert_eq(kit_view(&kit, T0 + 10 * SEC).in_flight, STUCK);
	cr_assert_eq(kit_view(&kit, OVERDUE).in_flight, 0, "also when nobody swept");
	cr_assert_eq(kit_view(&kit, T0 + UINT64_C(1) * 1000000 * SEC).in_flight, 0);
}

Test(inflight, nothing_is_overdue_with_overdue_off)
{
	kit.policy.overdue = 0;
	kit.slot = kit_find(&kit, 1);
	get_stuck(T0, false);
	kit_admit(&kit, T0 + 100000 * SEC);
	cr_assert_eq(kit_view(&kit, T0 + 100000 * SEC).totals[TOTAL_FAILURES], 0);
	kit_report(&kit, &calls[0], OUTCOME_SUCCESS, T0 + 100000 * SEC);
	cr_assert_eq(kit_view(&kit, T0 + 100000 * SEC).totals[TOTAL_SUCCESSES], 1);
}

/* 2^20 slices later an old cell would look like one of the future. */
Test(inflight, stuck_calls_of_long_ago_are_found_when_the_slices_have_come_round)
{
	const uint64_t slice = policy_eighth(kit.policy.overdue);

	get_stuck(T0, false);
	kit_expect_refused(&kit, T0 + (slice << 20) - 5 * slice);
	cr_assert_eq(kit.changes[0].reason, REASON_CONSECUTIVE_FAILURES);
}

Test(inflight, call_beyond_the_count_of_a_cell_goes_without_and_still_counts)
{
	struct panel_call first = kit_admit(&kit, T0), call = first;

	for (int i = 1; i < RING_COUNT_MAX; i++)
		call = kit_admit(&kit, T0);
	cr_assert(call.place & PANEL_CALL_IN_RING);
	call = kit_admit(&kit, T0);
	cr_assert_not(call.place & PANEL_CALL_IN_RING);
	cr_assert(panel_detach(&call));
	kit_report(&kit, &call, OUTCOME_SUCCESS, T0);
	cr_assert_eq(kit_view(&kit, T0).totals[TOTAL_SUCCESSES], 1);
}

/* Who is about to wait has turned it, and is yet to say so. */
Test(inflight, call_that_ends_while_it_is_turned_leaves_nothing)
{
	const struct inflight_ring ring = inflight_exchanges(kit.slot, &kit.policy);

	for (unsigned others = 0; others < 2; others++) {
		if (others)
			cr_assert_eq(inflight_begin(ring.cells, ring.limit, 5, 7, RING_WAITING), INFLIGHT_IN_RING);
		cr_assert_eq(inflight_begin(ring.cells, ring.limit, 5, 7, RING_PENDING), INFLIGHT_IN_RING);
		cr_assert(inflight_attach(ring.cells, 5, 7));
		cr_assert(inflight_end(ring.cells, 5, 7, RING_PENDING));
		inflight_detach(ring.cells, 5, 7);
		cr_assert_eq(ring_waiting(ring.cells[7]) + ring_pending(ring.cells[7]), others);
	}
	cr_assert(inflight_end(ring.cells, 5, 7, RING_WAITING), "the other one was not counted");
	cr_assert_eq((uint32_t)ring.cells[7], 0);
}

/* Two wait; the answer of one comes while it is turned back, and so takes out what the other began with. */
Test(inflight, call_that_was_turned_in_anothers_place_was_not_counted)
{
	const struct inflight_ring ring = inflight_exchanges(kit.slot, &kit.policy);

	for (unsigned i = 0; i < 2; i++) {
		cr_assert_eq(inflight_begin(ring.cells, ring.limit, 5, 7, RING_PENDING), INFLIGHT_IN_RING);
		cr_assert(inflight_attach(ring.cells, 5, 7));
	}
	cr_assert(inflight_end(ring.cells, 5, 7, RING_PENDING));
	inflight_detach(ring.cells, 5, 7);
	cr_assert_eq(inflight_detach(ring.cells, 5, 7), INFLIGHT_IN_RING);
	cr_assert(inflight_end(ring.cells, 5, 7, RING_PENDING));
	cr_assert_eq(inflight_detach(ring.cells, 5, 7), INFLIGHT_COUNTED);
}

Test(inflight, newcomer_of_an_older_generation_does_not_wipe_the_calls_of_a_newer)
{
	const struct inflight_ring ring = inflight_handshakes(kit.slot, &kit.policy);

	cr_assert_eq(inflight_begin(ring.cells, ring.limit, 5, 7, RING_WAITING), INFLIGHT_IN_RING);
	cr_assert_eq(inflight_begin(ring.cells, ring.limit, 4, 7, RING_WAITING), INFLIGHT_WITHOUT);
	cr_assert(inflight_end(ring.cells, 5, 7, RING_WAITING));
	cr_assert_eq(inflight_begin(ring.cells, ring.limit, 4, 7, RING_WAITING), INFLIGHT_IN_RING);
}

Test(inflight, overdue_cell_that_is_not_swept_yet_is_not_overwritten)
{
	const struct inflight_ring ring = inflight_handshakes(kit.slot, &kit.policy);

	cr_assert_eq(inflight_begin(ring.cells, ring.limit, 5, 7, RING_WAITING), INFLIGHT_IN_RING);
	cr_assert_eq(inflight_begin(ring.cells, ring.limit, 5, 7 + RING_CELLS, RING_WAITING), INFLIGHT_WITHOUT);
	cr_assert_eq(inflight_sweep(&ring, 5, 7 + RING_CELLS, false), 1);
	cr_assert_eq(inflight_begin(ring.cells, ring.limit, 5, 7 + RING_CELLS, RING_WAITING), INFLIGHT_IN_RING);
}
