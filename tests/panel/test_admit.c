/* SPDX-License-Identifier: MIT */
/*
 * test_admit.c - the life of a breaker in the panel: trip, refuse, probe, recover; what is told and counted.
 */
#include <criterion/criterion.h>
#include <errno.h>

#include "breaker/word.h"
#include "kit.h"

static struct kit kit;

static void set_up(void)
{
	kit_breaker(&kit);
}

static void tear_down(void)
{
	panel_close(&kit.panel);
}

TestSuite(admit, .init = set_up, .fini = tear_down);

/* The deadline is kept in units of 2^20 ns, rounded up. */
#define AFTER_TIMEOUT (T0 + 1 * SEC + 2 * MS)

static uint64_t total(enum panel_total which)
{
	return kit_view(&kit, T0).totals[which];
}

Test(admit, successes_leave_the_word_alone)
{
	for (int i = 0; i < 10; i++)
		kit_call(&kit, OUTCOME_SUCCESS, T0 + i);
	cr_assert_eq(kit.slot->word, 0);
	cr_assert_eq(total(TOTAL_CALLS), 10);
	cr_assert_eq(total(TOTAL_SUCCESSES), 10);
	cr_assert_eq(kit_view(&kit, T0 + 10).consecutive_successes, 10);
}

Test(admit, consecutive_failures_open_it_and_the_change_is_told_once)
{
	kit_call(&kit, OUTCOME_SUCCESS, T0);
	for (int i = 0; i < 4; i++) {
		kit_call(&kit, OUTCOME_FAILURE, T0);
		cr_assert_eq(kit.changes[0].reason, REASON_NONE);
	}
	kit_call(&kit, OUTCOME_FAILURE, T0);
	cr_assert_eq(kit.changes[0].reason, REASON_CONSECUTIVE_FAILURES);
	cr_assert_eq(kit.changes[0].from, BREAKER_CLOSED);
	cr_assert_eq(kit.changes[0].to, BREAKER_OPEN);
	cr_assert_eq(kit.changes[0].generation, 1);
	cr_assert_eq(kit.changes[0].open_time, 1 * SEC);
	cr_assert_eq(kit.changes[0].requests, 6);
	cr_assert_eq(kit.changes[0].successes, 1);
	cr_assert_eq(kit.changes[0].failures, 5);
	cr_assert_eq(kit.changes[0].last_error, ECONNREFUSED);
	cr_assert_eq(kit.changes[1].reason, REASON_NONE);
	cr_assert_eq(total(TOTAL_TRIPS), 1);
}

Test(admit, success_ends_the_run_of_failures)
{
	for (int i = 0; i < 4; i++)
		kit_call(&kit, OUTCOME_FAILURE, T0);
	kit_call(&kit, OUTCOME_SUCCESS, T0);
	for (int i = 0; i < 4; i++)
		kit_call(&kit, OUTCOME_FAILURE, T0);
	cr_assert_eq(kit_view(&kit, T0).state.phase, BREAKER_CLOSED);
	cr_assert_eq(kit_view(&kit, T0).consecutive_failures, 4);
	kit_call(&kit, OUTCOME_IGNORED, T0);
	kit_call(&kit, OUTCOME_FAILURE, T0);
	cr_assert_eq(kit.changes[0].to, BREAKER_OPEN);
}

Test(admit, open_circuit_refuses_and_counts)
{
	struct panel_call call;

	kit_trip(&kit, T0);
	kit_expect_refused(&kit, T0 + 1);
	kit_expect_refused(&kit, T0 + 1 * SEC);
	cr_assert_eq(kit.changes[0].reason, REASON_NONE);
	cr_assert_eq(panel_admit(slot_seat(kit.slot), &kit.policy, T0 + 2, PANEL_WOULD_REFUSE, &call, kit.changes), VERDICT_REFUSED);
	cr_assert_eq(total(TOTAL_REFUSED), 2);
	cr_assert_eq(total(TOTAL_WOULD_REFUSE), 1);
	cr_assert_eq(total(TOTAL_CALLS), 5);
}

/* Who looks at a clock that may be late says how late. */
Test(admit, a_refusal_at_once_is_one_that_holds_until_then)
{
	const struct panel_seat seat = slot_seat(kit.slot);

	cr_assert_not(panel_refuse_at_once(seat, &kit.policy, T0, T0, PANEL_REFUSED));
	kit_trip(&kit, T0);
	cr_assert(panel_refuse_at_once(seat, &kit.policy, T0, T0 + kit.policy.timeout / 2, PANEL_REFUSED));
	cr_assert_eq(total(TOTAL_REFUSED), 1);
	cr_assert_not(panel_refuse_at_once(seat, &kit.policy, T0, AFTER_TIMEOUT, PANEL_REFUSED));
	cr_assert_eq(total(TOTAL_REFUSED), 1);
	cr_assert_eq(kit_view(&kit, T0).state.phase, BREAKER_OPEN);
}

Test(admit, what_goes_to_the_fallback_is_counted_apart)
{
	struct panel_call call;

	kit_trip(&kit, T0);
	cr_assert_eq(panel_admit(slot_seat(kit.slot), &kit.policy, T0 + 1, PANEL_DIVERTED, &call, kit.changes), VERDICT_REFUSED);
	cr_assert_eq(panel_admit(slot_seat(kit.slot), &kit.policy, T0 + 1, PANEL_UNCOUNTED, &call, kit.changes), VERDICT_REFUSED);
	cr_assert_eq(total(TOTAL_FALLBACK), 1);
	panel_refuse(kit.slot, PANEL_DIVERTED);
	cr_assert_eq(total(TOTAL_FALLBACK), 2);
	cr_assert_eq(total(TOTAL_REFUSED), 0);
}

Test(admit, what_is_denied_shows_as_held_open_for_good)
{
	struct panel_view view;

	panel_deny(slot_seat(kit.slot), &kit.policy, T0, PANEL_REFUSED);
	panel_deny(slot_seat(kit.slot), &kit.policy, T0 + 100 * SEC, PANEL_REFUSED);
	panel_deny(slot_seat(kit.slot), &kit.policy, T0 + 100 * SEC, PANEL_WOULD_REFUSE);
	view = kit_view(&kit, T0 + 200 * SEC);
	cr_assert_eq(view.state.phase, BREAKER_OPEN);
	cr_assert(view.state.held);
	cr_assert_eq(view.since, T0);
	cr_assert_eq(total(TOTAL_REFUSED), 2);
	cr_assert_eq(total(TOTAL_WOULD_REFUSE), 1);
	cr_assert_eq(total(TOTAL_TRIPS), 0);
}

Test(admit, after_the_open_time_a_probe_is_admitted_and_others_are_refused)
{
	struct panel_call probe;

	kit_trip(&kit, T0);
	probe = kit_admit(&kit, AFTER_TIMEOUT);
	cr_assert_eq(kit.changes[0].reason, REASON_TIMEOUT_OVER);
	cr_assert_eq(kit.changes[0].from, BREAKER_OPEN);
	cr_assert_eq(kit.changes[0].to, BREAKER_HALF_OPEN);
	cr_assert(probe.place & PANEL_CALL_PROBE);
	cr_assert_eq(total(TOTAL_PROBES), 1);
	kit_expect_refused(&kit, AFTER_TIMEOUT + 1);
	kit_report(&kit, &probe, OUTCOME_SUCCESS, AFTER_TIMEOUT + 2);
	cr_assert_eq(kit.changes[0].reason, REASON_NONE);
	kit_call(&kit, OUTCOME_SUCCESS, AFTER_TIMEOUT + 3);
	cr_assert_eq(kit.changes[0].reason, REASON_RECOVERED);
	cr_assert_eq(kit.changes[0].requests, 2);
	cr_assert_eq(kit_view(&kit, AFTER_TIMEOUT + 3).state.phase, BREAKER_CLOSED);
}

Test(admit, probe_that_fails_opens_it_for_twice_as_long)
{
	kit_trip(&kit, T0);
	kit_call(&kit, OUTCOME_FAILURE, AFTER_TIMEOUT);
	cr_assert_eq(kit.changes[0].reason, REASON_PROBE_FAILED);
	cr_assert_eq(kit.changes[0].open_time, 2 * SEC);
	kit_expect_refused(&kit, AFTER_TIMEOUT + 2 * SEC);
	kit_admit(&kit, AFTER_TIMEOUT + 2 * SEC + 2 * MS);
	cr_assert_eq(total(TOTAL_TRIPS), 2);
}

Test(admit, ignored_probe_gives_its_place_back)
{
	kit_trip(&kit, T0);
	kit_call(&kit, OUTCOME_IGNORED, AFTER_TIMEOUT);
	cr_assert_eq(kit_view(&kit, AFTER_TIMEOUT).state.in_flight, 0);
	kit_call(&kit, OUTCOME_SUCCESS, AFTER_TIMEOUT);
	kit_call(&kit, OUTCOME_SUCCESS, AFTER_TIMEOUT);
	cr_assert_eq(kit.changes[0].reason, REASON_RECOVERED);
}

Test(admit, pending_probe_that_vanished_gives_its_place_back)
{
	struct panel_call probe;

	kit_trip(&kit, T0);
	probe = kit_admit(&kit, AFTER_TIMEOUT);
	cr_assert(panel_detach(&probe));
	kit_expect_refused(&kit, AFTER_TIMEOUT + 10 * SEC);
	kit_admit(&kit, AFTER_TIMEOUT + 13 * SEC);
}

Test(admit, late_result_is_dropped_and_counted)
{
	struct panel_call call = kit_admit(&kit, T0);

	kit_trip(&kit, T0);
	kit_report(&kit, &call, OUTCOME_SUCCESS, T0 + 1);
	cr_assert_eq(total(TOTAL_LATE), 1);
	cr_assert_eq(total(TOTAL_SUCCESSES), 0);
	cr_assert_eq(kit_view(&kit, T0 + 1).state.phase, BREAKER_OPEN);
}

Test(admit, late_result_makes_it_half_open_once_the_time_is_over)
{
	struct panel_call call = kit_admit(&kit, T0);

	kit_trip(&kit, T0);
	kit_report(&kit, &call, OUTCOME_FAILURE, AFTER_TIMEOUT);
	cr_assert_eq(kit.changes[0].reason, REASON_TIMEOUT_OVER);
	cr_assert_eq(word_phase(kit.slot->word), BREAKER_HALF_OPEN);
}

Test(admit, failure_rate_over_a_window_opens_it)
{
	kit.policy.failures = 0;
	kit.policy.failure_rate = POLICY_RATE_ONE / 2;
	kit.policy.min_calls = 4;
	kit.policy.window = 10 * SEC;
	kit_call(&kit, OUTCOME_FAILURE, T0);
	kit_call(&kit, OUTCOME_SUCCESS, T0);
	kit_call(&kit, OUTCOME_SUCCESS, T0 + 11 * SEC);
	kit_call(&kit, OUTCOME_SUCCESS, T0 + 12 * SEC);
	kit_call(&kit, OUTCOME_FAILURE, T0 + 12 * SEC);
	cr_assert_eq(kit.changes[0].reason, REASON_NONE, "the first two are forgotten");
	kit_call(&kit, OUTCOME_FAILURE, T0 + 13 * SEC);
	cr_assert_eq(kit.changes[0].reason, REASON_FAILURE_RATE);
}

Test(admit, failure_rate_without_a_window_reaches_back_to_the_generations_start)
{
	kit.policy.failures = 0;
	kit.policy.failure_rate = POLICY_RATE_ONE / 2;
	kit.policy.min_calls = 4;
	kit_call(&kit, OUTCOME_SUCCESS, T0);
	kit_call(&kit, OUTCOME_SUCCESS, T0);
	kit_call(&kit, OUTCOME_FAILURE, T0 + 1000 * SEC);
	cr_assert_eq(kit.changes[0].reason, REASON_NONE);
	kit_call(&kit, OUTCOME_FAILURE, T0 + 2000 * SEC);
	cr_assert_eq(kit.changes[0].reason, REASON_FAILURE_RATE);
	/* The next generation starts from nothing. */
	kit_call(&kit, OUTCOME_SUCCESS, T0 + 3000 * SEC);
	kit_call(&kit, OUTCOME_SUCCESS, T0 + 3000 * SEC);
	cr_assert_eq(kit.changes[0].reason, REASON_RECOVERED);
	kit_call(&kit, OUTCOME_FAILURE, T0 + 3000 * SEC);
	kit_call(&kit, OUTCOME_FAILURE, T0 + 3000 * SEC);
	kit_call(&kit, OUTCOME_FAILURE, T0 + 3000 * SEC);
	cr_assert_eq(kit.changes[0].reason, REASON_NONE);
}

Test(admit, slow_rate_opens_it_and_slow_calls_are_tallied_apart)
{
	kit.policy.slow_call = SEC;
	kit.policy.slow_rate = POLICY_RATE_ONE / 2;
	kit.policy.min_calls = 4;
	kit.policy.window = 10 * SEC;
	kit_call(&kit, OUTCOME_SUCCESS, T0);
	kit_call(&kit, OUTCOME_SUCCESS, T0);
	kit_call(&kit, OUTCOME_SLOW, T0);
	cr_assert_eq(kit.changes[0].reason, REASON_NONE);
	kit_call(&kit, OUTCOME_SLOW, T0);
	cr_assert_eq(kit.changes[0].reason, REASON_SLOW_RATE);
	cr_assert_eq(kit.changes[0].successes, 4, "a slow call that is no failure is a success");
	cr_assert_eq(total(TOTAL_SLOW), 2);
	cr_assert_eq(total(TOTAL_FAILURES), 0);
}

Test(admit, slow_call_without_a_slow_rate_is_a_failure)
{
	kit.policy.slow_call = SEC;
	for (int i = 0; i < 5; i++)
		kit_call(&kit, OUTCOME_SLOW, T0);
	cr_assert_eq(kit.changes[0].reason, REASON_CONSECUTIVE_FAILURES);
	cr_assert_eq(total(TOTAL_FAILURES), 5);
	cr_assert_eq(total(TOTAL_SLOW), 0);
}

Test(admit, run_of_failures_older_than_the_window_does_not_open_it)
{
	kit.policy.window = 10 * SEC;
	for (int i = 0; i < 4; i++)
		kit_call(&kit, OUTCOME_FAILURE, T0);
	kit_call(&kit, OUTCOME_FAILURE, T0 + 20 * SEC);
	cr_assert_eq(kit.changes[0].reason, REASON_NONE);
	for (int i = 0; i < 4; i++)
		kit_call(&kit, OUTCOME_FAILURE, T0 + 20 * SEC);
	cr_assert_eq(kit.changes[0].reason, REASON_CONSECUTIVE_FAILURES);
}

Test(admit, time_spent_open_ends_with_the_open_time_whoever_asks_when)
{
	uint64_t open;

	kit_trip(&kit, T0);
	open = kit_view(&kit, T0 + 500 * MS).open_time;
	cr_assert(open >= 500 * MS && open < 501 * MS);
	open = kit_view(&kit, T0 + 3600 * SEC).open_time;
	cr_assert(open >= 1000 * MS && open < 1003 * MS);
	kit_admit(&kit, T0 + 3600 * SEC);
	cr_assert_eq(kit_view(&kit, T0 + 3600 * SEC).open_time, open);
	cr_assert_eq(kit_view(&kit, T0 + 3600 * SEC).totals[TOTAL_OPEN_TIME], open);
}

Test(admit, generation_comes_round_without_harm)
{
	struct breaker_state state = state_initial(GENERATION_MASK);

	kit.slot->word = word_pack(&state, &kit.policy);
	kit_trip(&kit, T0);
	cr_assert_eq(kit.changes[0].generation, 0);
	kit_call(&kit, OUTCOME_SUCCESS, AFTER_TIMEOUT);
	kit_call(&kit, OUTCOME_SUCCESS, AFTER_TIMEOUT);
	cr_assert_eq(kit.changes[0].reason, REASON_RECOVERED);
	kit_call(&kit, OUTCOME_SUCCESS, AFTER_TIMEOUT);
	cr_assert_eq(kit_view(&kit, AFTER_TIMEOUT).requests, 1);
}

Test(admit, last_use_is_noted_sixteen_times_a_second)
{
	kit_call(&kit, OUTCOME_SUCCESS, T0);
	cr_assert_eq(kit.slot->used, T0);
	kit_call(&kit, OUTCOME_SUCCESS, T0 + SEC / 16);
	cr_assert_eq(kit.slot->used, T0);
	kit_call(&kit, OUTCOME_SUCCESS, T0 + SEC / 16 + 1);
	cr_assert_eq(kit.slot->used, T0 + SEC / 16 + 1);
}
