/* SPDX-License-Identifier: MIT */
/* test_breaker.c - the parts together: calls, windows, counts, generations, stuck calls. */
#include <criterion/criterion.h>

#include "breaker/breaker.h"
#include "support.h"

static struct breaker fresh(void)
{
	struct breaker breaker;

	breaker_init(&breaker, NOON);
	return breaker;
}

static struct breaker_call begin(struct breaker *breaker, const struct breaker_policy *policy, uint64_t now)
{
	struct breaker_call call;

	cr_assert_eq(breaker_begin(breaker, policy, now, &call), VERDICT_ADMITTED);
	return call;
}

static bool refuses(struct breaker *breaker, const struct breaker_policy *policy, uint64_t now)
{
	struct breaker_call call;

	return breaker_begin(breaker, policy, now, &call) == VERDICT_REFUSED;
}

/* A call that begins and ends at once. */
static enum breaker_reason call(struct breaker *breaker, const struct breaker_policy *policy,
				enum breaker_outcome outcome, uint64_t now)
{
	struct breaker_call one = begin(breaker, policy, now);

	return breaker_end(breaker, policy, &one, outcome, now, 0);
}

static enum breaker_reason calls(struct breaker *breaker, const struct breaker_policy *policy,
				 enum breaker_outcome outcome, uint64_t now, int count)
{
	for (int i = 1; i < count; i++)
		cr_assert_eq(call(breaker, policy, outcome, now), REASON_NONE, "call %d", i);
	return call(breaker, policy, outcome, now);
}

static void expect_counts(const struct breaker *breaker, const struct breaker_policy *policy,
			  struct breaker_counts expected)
{
	struct breaker_counts counts = breaker_counts(breaker, policy);

	cr_assert_eq(counts.requests, expected.requests);
	cr_assert_eq(counts.successes, expected.successes);
	cr_assert_eq(counts.failures, expected.failures);
	cr_assert_eq(counts.ignored, expected.ignored);
	cr_assert_eq(counts.consecutive_successes, expected.consecutive_successes);
	cr_assert_eq(counts.consecutive_failures, expected.consecutive_failures);
}

static struct breaker_policy rate_policy(uint8_t buckets)
{
	struct breaker_policy policy = plain_policy();

	policy.failures = 0;
	policy.failure_rate = 500000;
	policy.window = 10 * SECOND;
	policy.buckets = buckets;
	return policy;
}

Test(breaker, each_finished_call_is_counted)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();

	calls(&breaker, &policy, OUTCOME_SUCCESS, NOON, 3);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 3, 3, 0, 0, 3, 0 });
	calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 2);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 5, 3, 2, 0, 0, 2 });
	calls(&breaker, &policy, OUTCOME_IGNORED, NOON, 4);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 9, 3, 2, 4, 0, 2 });
	begin(&breaker, &policy, NOON);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 10, 3, 2, 4, 0, 2 });
	calls(&breaker, &policy, OUTCOME_SUCCESS, NOON, 1);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 11, 4, 2, 4, 1, 0 });
}

Test(breaker, every_change_of_state_starts_a_generation_and_empties_the_counts)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();
	uint64_t later = NOON + SECOND + 1;

	cr_assert_eq(calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 5), REASON_CONSECUTIVE_FAILURES);
	cr_assert_eq(breaker.state.generation, 1);
	cr_assert_eq(breaker.since, NOON);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 0 });
	cr_assert(refuses(&breaker, &policy, NOON + SECOND));
	expect_counts(&breaker, &policy, (struct breaker_counts){ 0 });

	cr_assert_eq(breaker_advance(&breaker, &policy, later), REASON_TIMEOUT_OVER);
	cr_assert_eq(breaker.state.generation, 2);
	cr_assert_eq(breaker.since, later);
	cr_assert_eq(call(&breaker, &policy, OUTCOME_SUCCESS, later), REASON_NONE);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 1, 1, 0, 0, 1, 0 });
	cr_assert_eq(call(&breaker, &policy, OUTCOME_SUCCESS, later), REASON_RECOVERED);
	cr_assert_eq(breaker.state.generation, 3);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 0 });
}

Test(breaker, begin_finds_for_itself_that_the_open_time_is_over)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();

	calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 5);
	cr_assert(refuses(&breaker, &policy, NOON + SECOND));
	begin(&breaker, &policy, NOON + SECOND + 1);
	cr_assert_eq(breaker.state.phase, BREAKER_HALF_OPEN);
}

Test(breaker, a_late_result_is_dropped_and_makes_an_open_circuit_whose_time_is_over_half_open)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();
	struct breaker_call slow = begin(&breaker, &policy, NOON);

	calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 5);
	cr_assert_eq(breaker_end(&breaker, &policy, &slow, OUTCOME_SUCCESS, NOON + SECOND, 0), REASON_NONE);
	cr_assert_eq(breaker.late, 1);
	cr_assert_eq(breaker_end(&breaker, &policy, &slow, OUTCOME_FAILURE, NOON + SECOND + 1, 0), REASON_TIMEOUT_OVER);
	cr_assert_eq(breaker.late, 2);
	cr_assert_eq(breaker.state.phase, BREAKER_HALF_OPEN);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 0 });
}

Test(breaker, a_result_of_the_closed_state_does_not_disturb_the_probes)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();
	struct breaker_call old = begin(&breaker, &policy, NOON);
	uint64_t later = NOON + SECOND + 1;

	calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 5);
	begin(&breaker, &policy, later);
	cr_assert_eq(breaker_end(&breaker, &policy, &old, OUTCOME_FAILURE, later, 0), REASON_NONE);
	cr_assert_eq(breaker.state.phase, BREAKER_HALF_OPEN);
	cr_assert(refuses(&breaker, &policy, later));
}

Test(breaker, time_open_ends_at_the_deadline_whoever_asks_when)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();

	calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 5);
	breaker_advance(&breaker, &policy, NOON + 100 * SECOND);
	cr_assert_eq(breaker.open_time, SECOND);
	call(&breaker, &policy, OUTCOME_FAILURE, NOON + 100 * SECOND);
	breaker_advance(&breaker, &policy, NOON + 200 * SECOND);
	cr_assert_eq(breaker.open_time, 2 * SECOND);
	cr_assert_eq(breaker.trips, 2);
}

Test(breaker, a_rate_opens_it_after_min_calls)
{
	struct breaker_policy policy = rate_policy(10);
	struct breaker breaker = fresh();

	calls(&breaker, &policy, OUTCOME_SUCCESS, NOON, 5);
	cr_assert_eq(calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 5), REASON_FAILURE_RATE);
}

Test(breaker, calls_in_flight_and_ignored_calls_do_not_dilute_a_rate)
{
	struct breaker_policy policy = rate_policy(10);
	struct breaker breaker = fresh();

	for (int i = 0; i < 100; i++)
		begin(&breaker, &policy, NOON);
	calls(&breaker, &policy, OUTCOME_IGNORED, NOON, 100);
	calls(&breaker, &policy, OUTCOME_SUCCESS, NOON, 5);
	cr_assert_eq(calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 5), REASON_FAILURE_RATE);
}

Test(breaker, a_rate_is_of_what_the_rolling_window_still_holds)
{
	struct breaker_policy policy = rate_policy(10);
	struct breaker breaker = fresh();

	calls(&breaker, &policy, OUTCOME_SUCCESS, NOON, 100);
	cr_assert_eq(calls(&breaker, &policy, OUTCOME_FAILURE, NOON + 10 * SECOND - 1, 9), REASON_NONE);
	cr_assert_eq(calls(&breaker, &policy, OUTCOME_FAILURE, NOON + 10 * SECOND, 1), REASON_FAILURE_RATE);
}

Test(breaker, a_rate_is_of_what_came_since_the_fixed_window_began)
{
	struct breaker_policy policy = rate_policy(1);
	struct breaker breaker = fresh();

	calls(&breaker, &policy, OUTCOME_FAILURE, NOON + 10 * SECOND, 9);
	cr_assert_eq(calls(&breaker, &policy, OUTCOME_FAILURE, NOON + 10 * SECOND + 1, 9), REASON_NONE);
	cr_assert_eq(calls(&breaker, &policy, OUTCOME_FAILURE, NOON + 20 * SECOND + 1, 1), REASON_FAILURE_RATE);
}

Test(breaker, a_window_limits_the_run_of_failures_too)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();

	policy.window = 10 * SECOND;
	calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 2);
	calls(&breaker, &policy, OUTCOME_FAILURE, NOON + 5 * SECOND, 2);
	cr_assert_eq(call(&breaker, &policy, OUTCOME_FAILURE, NOON + 10 * SECOND), REASON_NONE);
	cr_assert_eq(breaker_counts(&breaker, &policy).consecutive_failures, 3);
	cr_assert_eq(calls(&breaker, &policy, OUTCOME_FAILURE, NOON + 15 * SECOND - 1, 2), REASON_CONSECUTIVE_FAILURES);
}

Test(breaker, without_a_window_a_run_is_never_forgotten)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();

	calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 4);
	cr_assert_eq(call(&breaker, &policy, OUTCOME_FAILURE, NOON + 1000000 * SECOND), REASON_CONSECUTIVE_FAILURES);
}

Test(breaker, a_result_is_counted_in_the_slice_in_which_it_arrives)
{
	struct breaker_policy policy = rate_policy(10);
	struct breaker breaker = fresh();
	struct breaker_call slow = begin(&breaker, &policy, NOON);

	breaker_end(&breaker, &policy, &slow, OUTCOME_FAILURE, NOON + 120 * SECOND, 0);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 0, 0, 1, 0, 0, 1 });
	breaker_advance(&breaker, &policy, NOON + 130 * SECOND - 1);
	cr_assert_eq(breaker_counts(&breaker, &policy).failures, 1);
	breaker_advance(&breaker, &policy, NOON + 130 * SECOND);
	cr_assert_eq(breaker_counts(&breaker, &policy).failures, 0);
}

Test(breaker, a_window_that_is_over_does_not_end_a_generation)
{
	struct breaker_policy policy = rate_policy(1);
	struct breaker breaker = fresh();
	struct breaker_call slow = begin(&breaker, &policy, NOON);

	call(&breaker, &policy, OUTCOME_SUCCESS, NOON + 11 * SECOND);
	cr_assert_eq(breaker.state.generation, 0);
	breaker_end(&breaker, &policy, &slow, OUTCOME_FAILURE, NOON + 12 * SECOND, 0);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 1, 1, 1, 0, 0, 1 });
	cr_assert_eq(breaker.late, 0);
}

Test(breaker, the_window_starts_anew_with_each_state)
{
	struct breaker_policy policy = rate_policy(10);
	struct breaker breaker = fresh();
	uint64_t closed = NOON + 2 * SECOND + 1;

	calls(&breaker, &policy, OUTCOME_FAILURE, NOON + 500 * MILLISECOND, 10);
	calls(&breaker, &policy, OUTCOME_SUCCESS, closed, 2);
	cr_assert_eq(breaker.state.phase, BREAKER_CLOSED);
	cr_assert_eq(breaker.window.start, closed);
	calls(&breaker, &policy, OUTCOME_FAILURE, closed, 9);
	breaker_advance(&breaker, &policy, closed + 10 * SECOND - 1);
	cr_assert_eq(breaker_counts(&breaker, &policy).failures, 9);
	breaker_advance(&breaker, &policy, closed + 10 * SECOND);
	cr_assert_eq(breaker_counts(&breaker, &policy).failures, 0);
}

Test(breaker, windows_do_not_matter_while_half_open)
{
	struct breaker_policy policy = rate_policy(10);
	struct breaker breaker = fresh();
	uint64_t later = NOON + SECOND + 1;

	policy.overdue = 0;
	calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 10);
	call(&breaker, &policy, OUTCOME_SUCCESS, later);
	breaker_advance(&breaker, &policy, later + 100 * SECOND);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 1, 1, 0, 0, 1, 0 });
	cr_assert_eq(call(&breaker, &policy, OUTCOME_SUCCESS, later + 100 * SECOND), REASON_RECOVERED);
}

Test(breaker, a_slow_call_is_a_failure_without_slow_rate)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();

	calls(&breaker, &policy, OUTCOME_SLOW, NOON, 4);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 4, 0, 4, 0, 0, 4 });
	cr_assert_eq(call(&breaker, &policy, OUTCOME_SLOW, NOON), REASON_CONSECUTIVE_FAILURES);
}

Test(breaker, slow_calls_are_tallied_apart_with_slow_rate_and_shown_as_successes)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();

	policy.slow_rate = 500000;
	policy.window = 10 * SECOND;
	calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 4);
	calls(&breaker, &policy, OUTCOME_SLOW, NOON, 4);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 8, 4, 4, 0, 4, 0 });
	cr_assert_eq(breaker.window.buckets[0].slow, 4);
	cr_assert_eq(calls(&breaker, &policy, OUTCOME_SLOW, NOON, 2), REASON_SLOW_RATE);
}

/* Stuck calls. */

Test(breaker, a_call_is_overdue_strictly_after_overdue)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_call one = { .generation = 0, .began = NOON };

	cr_assert_not(breaker_call_is_overdue(&policy, &one, NOON - 1));
	cr_assert_not(breaker_call_is_overdue(&policy, &one, NOON + 10 * SECOND));
	cr_assert(breaker_call_is_overdue(&policy, &one, NOON + 10 * SECOND + 1));
	policy.overdue = 0;
	cr_assert_not(breaker_call_is_overdue(&policy, &one, UINT64_MAX));
	policy.on = POLICY_ON_RESPONSE;
	policy.slow_call = 30 * SECOND;
	cr_assert_not(breaker_call_is_overdue(&policy, &one, NOON + 30 * SECOND));
	cr_assert(breaker_call_is_overdue(&policy, &one, NOON + 30 * SECOND + 1));
}

Test(breaker, a_hundred_stuck_calls_open_it_for_the_hundred_and_first)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();
	struct breaker_call stuck[100];
	uint64_t later = NOON + 10 * SECOND + 1;

	for (int i = 0; i < 100; i++)
		stuck[i] = begin(&breaker, &policy, NOON);
	cr_assert_eq(breaker_stuck(&breaker, &policy, stuck[0].generation, 100, later, 0), REASON_CONSECUTIVE_FAILURES);
	cr_assert(refuses(&breaker, &policy, later));
	cr_assert_eq(breaker.late, 0);
	for (int i = 0; i < 100; i++) {
		stuck[i].generation = BREAKER_CALL_COUNTED;
		cr_assert_eq(breaker_end(&breaker, &policy, &stuck[i], OUTCOME_FAILURE, later, 0), REASON_NONE);
	}
	cr_assert_eq(breaker.late, 100);
}

Test(breaker, a_stuck_call_is_counted_once_and_its_later_result_dropped)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();
	struct breaker_call stuck = begin(&breaker, &policy, NOON);
	uint64_t later = NOON + 10 * SECOND + 1;

	cr_assert_eq(breaker_stuck(&breaker, &policy, stuck.generation, 1, later, 0), REASON_NONE);
	stuck.generation = BREAKER_CALL_COUNTED;
	cr_assert_not(breaker_call_is_overdue(&policy, &stuck, later));
	breaker_end(&breaker, &policy, &stuck, OUTCOME_SUCCESS, later + SECOND, 0);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 1, 0, 1, 0, 0, 1 });
	cr_assert_eq(breaker.late, 1);
}

Test(breaker, stuck_calls_of_an_older_generation_are_late)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();
	struct breaker_call stuck = begin(&breaker, &policy, NOON);
	uint64_t later = NOON + SECOND + 1;

	calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 5);
	calls(&breaker, &policy, OUTCOME_SUCCESS, later, 2);
	cr_assert_eq(breaker_stuck(&breaker, &policy, stuck.generation, 7, NOON + 11 * SECOND, 0), REASON_NONE);
	cr_assert_eq(breaker.late, 7);
	expect_counts(&breaker, &policy, (struct breaker_counts){ 0 });
}

Test(breaker, a_stuck_probe_reopens_it)
{
	struct breaker_policy policy = plain_policy();
	struct breaker breaker = fresh();
	struct breaker_call probe;
	uint64_t later = NOON + 12 * SECOND;

	calls(&breaker, &policy, OUTCOME_FAILURE, NOON, 5);
	probe = begin(&breaker, &policy, NOON + SECOND + 1);
	cr_assert_eq(breaker_stuck(&breaker, &policy, probe.generation, 1, later, 0), REASON_PROBE_FAILED);
	cr_assert(refuses(&breaker, &policy, later + SECOND));
	begin(&breaker, &policy, later + SECOND + 1);
}
