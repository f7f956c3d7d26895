/* SPDX-License-Identifier: MIT */
/* test_half_open.c - probes, their places, and how it closes or reopens, with backoff. */
#include <criterion/criterion.h>

#include "breaker/state.h"
#include "steps.h"
#include "support.h"

Test(half_open, one_probe_at_a_time_by_default)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = half_opened(&policy);

	cr_assert(admits(&state, &policy, LATER));
	cr_assert_not(admits(&state, &policy, LATER));
	cr_assert_eq(report(&state, &policy, OUTCOME_SUCCESS, LATER), REASON_NONE);
	cr_assert(admits(&state, &policy, LATER));
	cr_assert_not(admits(&state, &policy, LATER));
}

Test(half_open, as_many_consecutive_successes_as_configured_close_it)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = half_opened(&policy);

	admits(&state, &policy, LATER);
	cr_assert_eq(report(&state, &policy, OUTCOME_SUCCESS, LATER), REASON_NONE);
	cr_assert_eq(state.successes, 1);
	admits(&state, &policy, LATER);
	cr_assert_eq(report(&state, &policy, OUTCOME_SUCCESS, LATER), REASON_RECOVERED);
	cr_assert_eq(state.phase, BREAKER_CLOSED);
	cr_assert_eq(state.generation, 10);
	cr_assert_eq(state.failures, 0);
	cr_assert_eq(state.successes, 0);
	cr_assert_eq(state.in_flight, 0);
	cr_assert_eq(state.admitted, 0);
}

Test(half_open, never_more_probes_than_could_still_be_needed)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state;

	policy.probes = 10;
	policy.successes = 3;
	state = half_opened(&policy);
	for (int i = 0; i < 3; i++)
		cr_assert(admits(&state, &policy, LATER));
	cr_assert_not(admits(&state, &policy, LATER));
	report(&state, &policy, OUTCOME_SUCCESS, LATER);
	cr_assert_not(admits(&state, &policy, LATER), "two in flight and one success are three");
	report(&state, &policy, OUTCOME_IGNORED, LATER);
	cr_assert(admits(&state, &policy, LATER));
	cr_assert_not(admits(&state, &policy, LATER));
}

Test(half_open, never_more_probes_at_once_than_configured)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state;

	policy.probes = 2;
	policy.successes = 255;
	state = half_opened(&policy);
	cr_assert(admits(&state, &policy, LATER));
	cr_assert(admits(&state, &policy, LATER));
	cr_assert_not(admits(&state, &policy, LATER));
}

Test(half_open, the_largest_numbers_of_probes_and_successes_work)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state;

	policy.probes = policy.successes = 255;
	state = half_opened(&policy);
	for (int i = 0; i < 255; i++)
		cr_assert(admits(&state, &policy, LATER));
	cr_assert_not(admits(&state, &policy, LATER));
	for (int i = 0; i < 254; i++)
		cr_assert_eq(report(&state, &policy, OUTCOME_SUCCESS, LATER), REASON_NONE);
	cr_assert_eq(report(&state, &policy, OUTCOME_SUCCESS, LATER), REASON_RECOVERED);
}

Test(half_open, one_failed_probe_reopens_it_and_the_open_time_starts_again)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state;

	policy.successes = 3;
	state = half_opened(&policy);
	admits(&state, &policy, LATER);
	report(&state, &policy, OUTCOME_SUCCESS, LATER);
	admits(&state, &policy, LATER);
	cr_assert_eq(report(&state, &policy, OUTCOME_FAILURE, LATER + 5), REASON_PROBE_FAILED);
	cr_assert_eq(state.phase, BREAKER_OPEN);
	cr_assert_eq(state.generation, 10);
	cr_assert_eq(state.deadline, LATER + 5 + SECOND);
	cr_assert_eq(state_advance(&state, &policy, LATER + 5 + SECOND), REASON_NONE);
	cr_assert_eq(state_advance(&state, &policy, LATER + 5 + SECOND + 1), REASON_TIMEOUT_OVER);
	cr_assert_eq(state.successes, 0);
}

Test(half_open, a_probe_failure_reopens_whatever_the_trip_conditions_say)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = half_opened(&policy);

	admits(&state, &policy, LATER);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 0, 1, 0), REASON_PROBE_FAILED);
}

Test(half_open, an_ignored_probe_gives_its_place_back_and_leaves_the_run_of_successes_alone)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = half_opened(&policy);

	admits(&state, &policy, LATER);
	report(&state, &policy, OUTCOME_SUCCESS, LATER);
	admits(&state, &policy, LATER);
	cr_assert_not(admits(&state, &policy, LATER));
	cr_assert_eq(report(&state, &policy, OUTCOME_IGNORED, LATER), REASON_NONE);
	cr_assert_eq(state.successes, 1);
	cr_assert(admits(&state, &policy, LATER));
	cr_assert_eq(report(&state, &policy, OUTCOME_SUCCESS, LATER), REASON_RECOVERED);
}

Test(half_open, a_slow_probe_is_a_failure_without_slow_rate_and_a_success_with_it)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = half_opened(&policy);
	struct breaker_state other = state;

	admits(&state, &policy, LATER);
	cr_assert_eq(report(&state, &policy, OUTCOME_SLOW, LATER), REASON_PROBE_FAILED);
	policy.slow_rate = 1;
	admits(&other, &policy, LATER);
	cr_assert_eq(report(&other, &policy, OUTCOME_SLOW, LATER), REASON_NONE);
	admits(&other, &policy, LATER);
	cr_assert_eq(report(&other, &policy, OUTCOME_SLOW, LATER), REASON_RECOVERED);
}

Test(half_open, a_vanished_probe_gives_its_place_back_strictly_after_overdue)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = half_opened(&policy);

	cr_assert(admits(&state, &policy, LATER));
	cr_assert_not(admits(&state, &policy, LATER + 10 * SECOND));
	cr_assert(admits(&state, &policy, LATER + 10 * SECOND + 1));
	cr_assert_eq(state.in_flight, 1);
	cr_assert_not(admits(&state, &policy, LATER + 20 * SECOND + 1));
	cr_assert(admits(&state, &policy, LATER + 20 * SECOND + 2));
}

Test(half_open, all_places_come_back_after_the_last_admission_is_overdue)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state;

	policy.probes = policy.successes = 2;
	state = half_opened(&policy);
	cr_assert(admits(&state, &policy, LATER));
	cr_assert(admits(&state, &policy, LATER + 6 * SECOND));
	cr_assert_not(admits(&state, &policy, LATER + 16 * SECOND));
	cr_assert(admits(&state, &policy, LATER + 16 * SECOND + 1));
	cr_assert(admits(&state, &policy, LATER + 16 * SECOND + 1));
	cr_assert_not(admits(&state, &policy, LATER + 16 * SECOND + 1));
}

Test(half_open, with_overdue_off_a_probe_vanishes_after_five_minutes)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = half_opened(&policy);

	policy.overdue = 0;
	cr_assert(admits(&state, &policy, LATER));
	cr_assert_not(admits(&state, &policy, LATER + 300 * SECOND));
	cr_assert(admits(&state, &policy, LATER + 300 * SECOND + 1));
}

Test(half_open, a_vanished_probe_keeps_the_run_of_successes)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = half_opened(&policy);

	admits(&state, &policy, LATER);
	report(&state, &policy, OUTCOME_SUCCESS, LATER);
	admits(&state, &policy, LATER);
	cr_assert(admits(&state, &policy, LATER + 11 * SECOND));
	cr_assert_eq(report(&state, &policy, OUTCOME_SUCCESS, LATER + 11 * SECOND), REASON_RECOVERED);
}

Test(half_open, an_admission_in_the_future_counts_as_now)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = half_opened(&policy);

	cr_assert(admits(&state, &policy, LATER + 100 * SECOND));
	cr_assert_not(admits(&state, &policy, LATER));
}

Test(half_open, results_of_probes_whose_place_came_back_never_take_it_below_none)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = half_opened(&policy);

	cr_assert(admits(&state, &policy, LATER));
	for (int i = 0; i < 3; i++)
		report(&state, &policy, OUTCOME_IGNORED, LATER);
	cr_assert_eq(state.in_flight, 0);
	report(&state, &policy, OUTCOME_SUCCESS, LATER);
	cr_assert_eq(state.in_flight, 0);
	cr_assert_eq(state.successes, 1);
	cr_assert(admits(&state, &policy, LATER));
	cr_assert_not(admits(&state, &policy, LATER));
}

/* Backoff. */

Test(half_open, each_reopening_takes_the_next_step_of_the_backoff_and_closing_resets_it)
{
	static const uint64_t seconds[] = { 1, 2, 4, 8, 16, 30, 30 };
	struct breaker_policy policy = plain_policy();
	struct breaker_state state;
	uint64_t now = NOON;

	policy.backoff = 2000;
	policy.max_timeout = 30 * SECOND;
	state = opened(&policy);
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		cr_assert_eq(state.deadline, now + seconds[i] * SECOND, "opening %zu", i);
		now = state.deadline + 1;
		cr_assert(admits(&state, &policy, now));
		cr_assert_eq(report(&state, &policy, OUTCOME_FAILURE, now), REASON_PROBE_FAILED);
	}
	now = state.deadline + 1;
	for (int i = 0; i < 2; i++) {
		cr_assert(admits(&state, &policy, now));
		report(&state, &policy, OUTCOME_SUCCESS, now);
	}
	cr_assert_eq(state.phase, BREAKER_CLOSED);
	for (int i = 0; i < 5; i++)
		report(&state, &policy, OUTCOME_FAILURE, now);
	cr_assert_eq(state.deadline, now + SECOND);
}

Test(half_open, reopenings_stop_counting_at_the_most)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = opened(&policy);

	for (int i = 0; i < 100; i++) {
		cr_assert(admits(&state, &policy, state.deadline + 1));
		report(&state, &policy, OUTCOME_FAILURE, NOON);
	}
	cr_assert_eq(state.reopenings, REOPENINGS_MAX);
}
