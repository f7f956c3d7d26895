/* SPDX-License-Identifier: MIT */
/* test_state.c - open circuits, generations, and changes by hand, boundaries to the nanosecond. */
#include <criterion/criterion.h>

#include "breaker/state.h"
#include "steps.h"
#include "support.h"

Test(state, a_new_breaker_is_closed_and_admits)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(7);

	cr_assert_eq(state.phase, BREAKER_CLOSED);
	cr_assert_eq(state.generation, 7);
	cr_assert(admits(&state, &policy, NOON));
}

Test(state, as_many_consecutive_failures_as_configured_open_it)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = opened(&policy);

	cr_assert_eq(state.generation, 8);
	cr_assert_eq(state.deadline, NOON + SECOND);
	cr_assert_eq(state.failures, 0);
	cr_assert_not(admits(&state, &policy, NOON));
}

Test(state, at_exactly_the_open_time_it_is_still_open)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = opened(&policy);

	cr_assert_eq(state_advance(&state, &policy, NOON + SECOND - 1), REASON_NONE);
	cr_assert_eq(state_admit(&state, &policy, NOON + SECOND - 1), VERDICT_REFUSED);
	cr_assert_eq(state_advance(&state, &policy, NOON + SECOND), REASON_NONE);
	cr_assert_eq(state_admit(&state, &policy, NOON + SECOND), VERDICT_REFUSED);
	cr_assert_eq(state_advance(&state, &policy, NOON + SECOND + 1), REASON_TIMEOUT_OVER);
	cr_assert_eq(state.phase, BREAKER_HALF_OPEN);
	cr_assert_eq(state.generation, 9);
	cr_assert_eq(state.deadline, 0);
	cr_assert_eq(state_admit(&state, &policy, NOON + SECOND + 1), VERDICT_ADMITTED);
}

Test(state, the_open_time_has_jitter_drawn_once)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);
	bool late;

	policy.failures = 1;
	policy.jitter = 100000;
	state_report(&state, &policy, 0, OUTCOME_FAILURE, 1, &plenty, NOON, UINT32_C(1) << 31, &late);
	cr_assert_eq(state.deadline, NOON + 1050 * MILLISECOND);
}

Test(state, a_time_before_the_opening_is_still_open)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = opened(&policy);

	cr_assert_eq(state_advance(&state, &policy, NOON - DEADLINE_SLACK), REASON_NONE);
}

Test(state, a_deadline_implausibly_far_ahead_counts_as_passed)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = opened(&policy);
	struct breaker_state far = state;

	far.deadline = NOON + policy_open_time_max(&policy) + DEADLINE_SLACK;
	cr_assert_eq(state_advance(&far, &policy, NOON), REASON_NONE);
	far.deadline++;
	cr_assert_eq(state_advance(&far, &policy, NOON), REASON_TIMEOUT_OVER);
	far = state;
	far.deadline = UINT64_MAX;
	cr_assert_eq(state_advance(&far, &policy, NOON), REASON_TIMEOUT_OVER);
}

Test(state, a_deadline_at_the_end_of_time_does_not_wrap)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	policy.failures = 1;
	report(&state, &policy, OUTCOME_FAILURE, UINT64_MAX - 1);
	cr_assert_eq(state.deadline, UINT64_MAX);
	cr_assert_eq(state_advance(&state, &policy, UINT64_MAX), REASON_NONE);
}

Test(state, a_result_that_claims_the_open_generation_is_dropped)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = opened(&policy);
	struct breaker_state before = state;
	bool late = false;

	cr_assert_eq(state_report(&state, &policy, state.generation, OUTCOME_SUCCESS, 1, &plenty, NOON, 0, &late),
		     REASON_NONE);
	cr_assert(late);
	cr_assert(same(&state, &before));
}

/* Generations. */

Test(state, the_result_of_an_older_generation_is_dropped)
{
	static const enum breaker_outcome all[] = { OUTCOME_SUCCESS, OUTCOME_FAILURE, OUTCOME_SLOW, OUTCOME_IGNORED };
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = half_opened(&policy);
	struct breaker_state before;

	admits(&state, &policy, LATER);
	before = state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bool late = false;

		cr_assert_eq(state_report(&state, &policy, 7, all[i], 1, &plenty, LATER, 0, &late), REASON_NONE);
		cr_assert(late);
		cr_assert(same(&state, &before));
	}
}

Test(state, generations_wrap_and_still_compare)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(GENERATION_MASK);

	policy.failures = 1;
	report(&state, &policy, OUTCOME_FAILURE, NOON);
	cr_assert_eq(state.generation, 0);
	cr_assert(generation_after(0, GENERATION_MASK));
	cr_assert_not(generation_after(GENERATION_MASK, 0));
	cr_assert_not(generation_after(5, 5));
	cr_assert(generation_after(6, 5));
	cr_assert_eq(state_initial(UINT32_MAX).generation, GENERATION_MASK);
}

/* By hand. */

Test(state, held_open_it_refuses_for_ever)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(3);
	struct breaker_state before;

	cr_assert_eq(state_trip(&state, &policy, NOON, 0, true, 0), REASON_MANUAL);
	before = state;
	cr_assert_eq(state_advance(&state, &policy, UINT64_MAX), REASON_NONE);
	cr_assert_eq(state_advance(&state, &policy, 0), REASON_NONE);
	cr_assert_not(admits(&state, &policy, UINT64_MAX));
	cr_assert(same(&state, &before));
	cr_assert_eq(state.generation, 4);
}

Test(state, held_closed_it_admits_and_counts_whatever_fails)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = opened(&policy);

	policy.failure_rate = policy.slow_rate = 1;
	cr_assert_eq(state_reset(&state, true), REASON_MANUAL);
	for (int i = 0; i < 100; i++) {
		cr_assert(admits(&state, &policy, NOON));
		cr_assert_eq(report(&state, &policy, OUTCOME_FAILURE, NOON), REASON_NONE);
	}
	cr_assert_eq(state.failures, 100);
	cr_assert(state.held);
	cr_assert_eq(report(&state, &policy, OUTCOME_SLOW, NOON), REASON_NONE);
	cr_assert_eq(state.failures, 0);
}

Test(state, a_hold_is_released_by_reset_or_trip)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	state_trip(&state, &policy, NOON, 0, true, 0);
	state_reset(&state, false);
	cr_assert_eq(state.phase, BREAKER_CLOSED);
	cr_assert_not(state.held);
	state_reset(&state, true);
	state_trip(&state, &policy, NOON, 0, false, 0);
	cr_assert_not(state.held);
	cr_assert_eq(state_advance(&state, &policy, NOON + SECOND + 1), REASON_TIMEOUT_OVER);
	cr_assert_not(state.held);
}

Test(state, tripped_by_hand_it_is_open_for_the_time_asked_for)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	policy.max_timeout = 30 * SECOND;
	policy.backoff = 2000;
	state_trip(&state, &policy, NOON, 0, false, 0);
	cr_assert_eq(state.deadline, NOON + SECOND);
	state_trip(&state, &policy, NOON, 30 * SECOND, false, 0);
	cr_assert_eq(state.deadline, NOON + 30 * SECOND);
	cr_assert_not(state.lasting);
	cr_assert_eq(state_advance(&state, &policy, NOON + 30 * SECOND), REASON_NONE);
	cr_assert_eq(state_advance(&state, &policy, NOON + 30 * SECOND + 1), REASON_TIMEOUT_OVER);
}

Test(state, tripped_by_hand_for_longer_than_the_policy_can_it_lasts)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	state_trip(&state, &policy, NOON, 24 * 3600 * SECOND, false, 0);
	cr_assert(state.lasting);
	cr_assert_not(state.held);
	cr_assert_eq(state_advance(&state, &policy, NOON), REASON_NONE);
	cr_assert_eq(state_advance(&state, &policy, NOON + 24 * 3600 * SECOND), REASON_NONE);
	cr_assert_eq(state_advance(&state, &policy, NOON + 24 * 3600 * SECOND + 1), REASON_TIMEOUT_OVER);
	cr_assert_not(state.lasting);
	state_trip(&state, &policy, NOON, UINT64_MAX, false, 0);
	cr_assert_eq(state.deadline, NOON + STATE_TRIP_MAX);
}

Test(state, held_open_for_a_time_it_is_released_when_that_is_over)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	state_trip(&state, &policy, NOON, 2 * SECOND, true, 0);
	cr_assert(state.held);
	cr_assert_not(state_is_open_for_good(&state));
	cr_assert_not(admits(&state, &policy, NOON + 2 * SECOND));
	cr_assert(admits(&state, &policy, NOON + 2 * SECOND + 1));
	cr_assert_eq(state.phase, BREAKER_HALF_OPEN);
	cr_assert_not(state.held);
}

Test(state, tripped_by_hand_it_keeps_the_step_of_the_backoff)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state;

	policy.max_timeout = 30 * SECOND;
	policy.backoff = 2000;
	state = half_opened(&policy);
	admits(&state, &policy, LATER);
	report(&state, &policy, OUTCOME_FAILURE, LATER);
	state_trip(&state, &policy, LATER, 0, false, 0);
	cr_assert_eq(state.reopenings, 1);
	cr_assert_eq(state.deadline, LATER + 2 * SECOND);
}

Test(state, a_change_by_hand_drops_results_of_calls_in_flight)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);
	bool late = false;

	state_reset(&state, false);
	state_report(&state, &policy, 0, OUTCOME_FAILURE, 1, &plenty, NOON, 0, &late);
	cr_assert(late);
	cr_assert_eq(state.failures, 0);
}

Test(state, names_are_those_of_the_manual)
{
	cr_assert_str_eq(phase_name(BREAKER_CLOSED), "closed");
	cr_assert_str_eq(phase_name(BREAKER_OPEN), "open");
	cr_assert_str_eq(phase_name(BREAKER_HALF_OPEN), "half-open");
	cr_assert_str_eq(reason_name(REASON_NONE), "");
	cr_assert_str_eq(reason_name(REASON_CONSECUTIVE_FAILURES), "consecutive failures");
	cr_assert_str_eq(reason_name(REASON_FAILURE_RATE), "failure rate");
	cr_assert_str_eq(reason_name(REASON_SLOW_RATE), "slow rate");
	cr_assert_str_eq(reason_name(REASON_PROBE_FAILED), "probe failed");
	cr_assert_str_eq(reason_name(REASON_RECOVERED), "recovered");
	cr_assert_str_eq(reason_name(REASON_TIMEOUT_OVER), "timeout over");
	cr_assert_str_eq(reason_name(REASON_MANUAL), "manual");
}
