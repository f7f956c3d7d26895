/* SPDX-License-Identifier: MIT */
/* test_trip.c - the closed state: runs and rates, and when they open it. */
#include <criterion/criterion.h>

#include "breaker/state.h"
#include "steps.h"
#include "support.h"

Test(trip, one_failure_is_enough_with_failures_of_one)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	policy.failures = 1;
	cr_assert_eq(report(&state, &policy, OUTCOME_FAILURE, NOON), REASON_CONSECUTIVE_FAILURES);
}

Test(trip, a_success_ends_the_run_of_failures)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 4; i++)
			cr_assert_eq(report(&state, &policy, OUTCOME_FAILURE, NOON), REASON_NONE);
		cr_assert_eq(report(&state, &policy, OUTCOME_SUCCESS, NOON), REASON_NONE);
		cr_assert_eq(state.failures, 0);
	}
}

Test(trip, an_ignored_call_leaves_the_run_of_failures_alone)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	for (int i = 0; i < 4; i++) {
		report(&state, &policy, OUTCOME_FAILURE, NOON);
		report(&state, &policy, OUTCOME_IGNORED, NOON);
	}
	cr_assert_eq(state.failures, 4);
	cr_assert_eq(report(&state, &policy, OUTCOME_FAILURE, NOON), REASON_CONSECUTIVE_FAILURES);
}

Test(trip, failures_off_never_opens_by_a_run)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	policy.failures = 0;
	for (int i = 0; i < 70000; i++)
		if (report(&state, &policy, OUTCOME_FAILURE, NOON) != REASON_NONE)
			cr_assert_fail("opened after %d", i);
	cr_assert_eq(state.failures, POLICY_FAILURES_MAX);
}

Test(trip, the_largest_number_of_failures_can_be_reached)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	policy.failures = POLICY_FAILURES_MAX;
	for (int i = 1; i < POLICY_FAILURES_MAX; i++)
		if (report(&state, &policy, OUTCOME_FAILURE, NOON) != REASON_NONE)
			cr_assert_fail("opened after %d", i);
	cr_assert_eq(report(&state, &policy, OUTCOME_FAILURE, NOON), REASON_CONSECUTIVE_FAILURES);
}

Test(trip, failures_that_the_window_no_longer_holds_do_not_count_in_the_run)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	policy.window = 10 * SECOND;
	for (int i = 0; i < 20; i++)
		cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 0, 4, 0), REASON_NONE);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 0, 5, 0), REASON_CONSECUTIVE_FAILURES);
}

Test(trip, failures_in_the_window_that_are_no_run_do_not_open_it)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	report(&state, &policy, OUTCOME_SUCCESS, NOON);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 1, 500, 0), REASON_NONE);
}

Test(trip, without_a_tally_the_run_alone_decides)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);
	bool late;

	for (int i = 0; i < 4; i++)
		cr_assert_eq(state_report(&state, &policy, 0, OUTCOME_FAILURE, 1, NULL, NOON, 0, &late), REASON_NONE);
	cr_assert_eq(state_report(&state, &policy, 0, OUTCOME_FAILURE, 1, NULL, NOON, 0, &late),
		     REASON_CONSECUTIVE_FAILURES);
}

Test(trip, several_failures_may_be_reported_at_once)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);
	bool late;

	cr_assert_eq(state_report(&state, &policy, 0, OUTCOME_FAILURE, 4, &plenty, NOON, 0, &late), REASON_NONE);
	cr_assert_eq(state.failures, 4);
	cr_assert_eq(state_report(&state, &policy, 0, OUTCOME_FAILURE, 100, &plenty, NOON, 0, &late),
		     REASON_CONSECUTIVE_FAILURES);
}

Test(trip, a_run_longer_than_it_can_count_stays_at_the_most)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);
	bool late;

	policy.failures = 0;
	state_report(&state, &policy, 0, OUTCOME_FAILURE, UINT32_MAX, &plenty, NOON, 0, &late);
	cr_assert_eq(state.failures, POLICY_FAILURES_MAX);
	state_report(&state, &policy, 0, OUTCOME_FAILURE, UINT32_MAX, &plenty, NOON, 0, &late);
	cr_assert_eq(state.failures, POLICY_FAILURES_MAX);
}

static struct breaker_policy rate_policy(void)
{
	struct breaker_policy policy = plain_policy();

	policy.failures = 0;
	policy.failure_rate = 500000;
	policy.min_calls = 10;
	return policy;
}

Test(trip, a_failure_rate_opens_it_at_exactly_the_rate)
{
	struct breaker_policy policy = rate_policy();
	struct breaker_state state = state_initial(0);

	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 501, 499, 0), REASON_NONE);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 500, 500, 0), REASON_FAILURE_RATE);
}

Test(trip, a_failure_rate_counts_from_min_calls_finished_calls_on)
{
	struct breaker_policy policy = rate_policy();
	struct breaker_state state = state_initial(0);

	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 0, 9, 0), REASON_NONE);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 0, 10, 0), REASON_FAILURE_RATE);
}

Test(trip, slow_calls_are_finished_calls_in_a_failure_rate)
{
	struct breaker_policy policy = rate_policy();
	struct breaker_state state = state_initial(0);

	policy.slow_rate = POLICY_RATE_ONE;
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 0, 9, 10), REASON_NONE);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 0, 5, 5), REASON_FAILURE_RATE);
}

Test(trip, rates_are_tested_after_a_failure_and_not_after_a_success)
{
	struct breaker_policy policy = rate_policy();
	struct breaker_state state = state_initial(0);

	policy.slow_rate = 500000;
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_SUCCESS, 1, 99, 0), REASON_NONE);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_SUCCESS, 1, 0, 99), REASON_NONE);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_IGNORED, 1, 99, 99), REASON_NONE);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 1, 99, 0), REASON_FAILURE_RATE);
}

Test(trip, a_rate_of_a_millionth_and_of_one_are_exact)
{
	struct breaker_policy policy = rate_policy();
	struct breaker_state state = state_initial(0);

	policy.failure_rate = 1;
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 1000000, 1, 0), REASON_NONE);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 999999, 1, 0), REASON_FAILURE_RATE);
	state = state_initial(0);
	policy.failure_rate = POLICY_RATE_ONE;
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 1, 4000000000, 0), REASON_NONE);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 0, 4000000000, 0), REASON_FAILURE_RATE);
}

Test(trip, a_rate_of_more_calls_than_32_bits_hold_does_not_overflow)
{
	struct breaker_policy policy = rate_policy();
	struct breaker_state state = state_initial(0);
	uint64_t many = UINT64_C(1) << 60;

	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 0, UINT64_C(1) << 50, 0), REASON_FAILURE_RATE);
	state = state_initial(0);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, many, many - (many >> 20), 0), REASON_NONE);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, many, many, 0), REASON_FAILURE_RATE);
}

Test(trip, conditions_are_tested_in_the_order_run_failure_rate_slow_rate)
{
	struct breaker_policy policy = rate_policy();
	struct breaker_state state = state_initial(0);

	policy.slow_rate = 100000;
	policy.failures = 1;
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 0, 50, 50), REASON_CONSECUTIVE_FAILURES);
	state = state_initial(0);
	policy.failures = 2;
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 0, 50, 50), REASON_FAILURE_RATE);
	state = state_initial(0);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_FAILURE, 0, 49, 51), REASON_SLOW_RATE);
}

Test(trip, without_slow_rate_a_slow_call_is_a_failure)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	for (int i = 0; i < 4; i++)
		cr_assert_eq(report(&state, &policy, OUTCOME_SLOW, NOON), REASON_NONE);
	cr_assert_eq(report(&state, &policy, OUTCOME_SLOW, NOON), REASON_CONSECUTIVE_FAILURES);
}

Test(trip, with_slow_rate_a_slow_call_ends_the_run_of_failures)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	policy.slow_rate = POLICY_RATE_ONE;
	for (int i = 0; i < 4; i++)
		report(&state, &policy, OUTCOME_FAILURE, NOON);
	cr_assert_eq(report(&state, &policy, OUTCOME_SLOW, NOON), REASON_NONE);
	cr_assert_eq(state.failures, 0);
}

Test(trip, slow_calls_open_it_at_the_slow_rate_from_min_calls_on)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(0);

	policy.slow_rate = 500000;
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_SLOW, 0, 0, 9), REASON_NONE);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_SLOW, 6, 0, 5), REASON_NONE);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_SLOW, 3, 3, 5), REASON_NONE);
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_SLOW, 4, 1, 5), REASON_SLOW_RATE);
}

Test(trip, a_slow_call_does_not_test_the_failure_rate)
{
	struct breaker_policy policy = rate_policy();
	struct breaker_state state = state_initial(0);

	policy.slow_rate = 900000;
	cr_assert_eq(report_tally(&state, &policy, OUTCOME_SLOW, 0, 99, 1), REASON_NONE);
}
