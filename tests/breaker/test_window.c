/* SPDX-License-Identifier: MIT */
/* test_window.c - how far back calls are counted, boundaries to the nanosecond. */
#include <criterion/criterion.h>

#include "breaker/window.h"
#include "support.h"

static struct breaker_policy windowed(uint64_t window, uint8_t buckets)
{
	struct breaker_policy policy = plain_policy();

	policy.window = window;
	policy.buckets = buckets;
	return policy;
}

static void fail(struct breaker_window *window, const struct breaker_policy *policy, uint64_t now)
{
	window_advance(window, policy, now);
	window_current(window, policy)->failures++;
}

static uint64_t failures_at(struct breaker_window *window, const struct breaker_policy *policy, uint64_t now)
{
	window_advance(window, policy, now);
	return window_sum(window, policy).failures;
}

Test(window, a_slice_is_the_window_divided_by_the_buckets_rounded_up)
{
	struct breaker_policy policy = windowed(10 * SECOND, 10);

	cr_assert_eq(window_slice_length(&policy), SECOND);
	policy.buckets = 3;
	cr_assert_eq(window_slice_length(&policy), 3333333334);
	policy.buckets = 1;
	cr_assert_eq(window_slice_length(&policy), 10 * SECOND);
	policy.window = 1;
	policy.buckets = 60;
	cr_assert_eq(window_slice_length(&policy), 1);
	policy.window = 0;
	cr_assert_eq(window_slice_length(&policy), 0);
	policy.window = UINT64_MAX;
	cr_assert_eq(window_slice_length(&policy), UINT64_MAX / 60 + 1);
}

Test(window, slices_are_counted_from_the_start_and_include_their_beginning)
{
	struct breaker_policy policy = windowed(10 * SECOND, 10);

	cr_assert_eq(window_slice(&policy, NOON, NOON), 0);
	cr_assert_eq(window_slice(&policy, NOON, NOON + SECOND - 1), 0);
	cr_assert_eq(window_slice(&policy, NOON, NOON + SECOND), 1);
	cr_assert_eq(window_slice(&policy, NOON, NOON + 25 * SECOND), 25);
	cr_assert_eq(window_slice(&policy, NOON, NOON - 1), 0, "a time before the start is in the first slice");
}

Test(window, a_fixed_window_includes_its_end)
{
	struct breaker_policy policy = windowed(10 * SECOND, 1);

	cr_assert_eq(window_slice(&policy, NOON, NOON - 1), 0);
	cr_assert_eq(window_slice(&policy, NOON, NOON + 10 * SECOND), 0);
	cr_assert_eq(window_slice(&policy, NOON, NOON + 10 * SECOND + 1), 1);
}

Test(window, without_a_window_everything_counts_for_ever)
{
	struct breaker_policy policy = windowed(0, 10);
	struct breaker_window window;

	window_reset(&window, NOON);
	fail(&window, &policy, NOON);
	fail(&window, &policy, NOON + 1000000 * SECOND);
	cr_assert_eq(failures_at(&window, &policy, UINT64_MAX), 2);
}

Test(window, a_fixed_window_is_emptied_strictly_after_its_length)
{
	struct breaker_policy policy = windowed(10 * SECOND, 1);
	struct breaker_window window;

	window_reset(&window, NOON);
	fail(&window, &policy, NOON);
	fail(&window, &policy, NOON + 9 * SECOND);
	cr_assert_eq(failures_at(&window, &policy, NOON + 10 * SECOND), 2);
	cr_assert_eq(failures_at(&window, &policy, NOON + 10 * SECOND + 1), 0);
}

Test(window, a_fixed_window_begins_anew_with_whatever_comes_next)
{
	struct breaker_policy policy = windowed(10 * SECOND, 1);
	struct breaker_window window;

	window_reset(&window, NOON);
	fail(&window, &policy, NOON + 17 * SECOND);
	cr_assert_eq(window.start, NOON + 17 * SECOND);
	cr_assert_eq(failures_at(&window, &policy, NOON + 27 * SECOND), 1);
	cr_assert_eq(failures_at(&window, &policy, NOON + 27 * SECOND + 1), 0);
}

Test(window, a_rolling_window_drops_a_slice_when_the_one_that_follows_the_last_begins)
{
	struct breaker_policy policy = windowed(10 * SECOND, 10);
	struct breaker_window window;

	window_reset(&window, NOON);
	fail(&window, &policy, NOON + SECOND - 1);
	fail(&window, &policy, NOON + SECOND);
	cr_assert_eq(failures_at(&window, &policy, NOON + 10 * SECOND - 1), 2);
	cr_assert_eq(failures_at(&window, &policy, NOON + 10 * SECOND), 1);
	cr_assert_eq(failures_at(&window, &policy, NOON + 11 * SECOND - 1), 1);
	cr_assert_eq(failures_at(&window, &policy, NOON + 11 * SECOND), 0);
}

Test(window, a_pause_longer_than_the_window_empties_it)
{
	struct breaker_policy policy = windowed(10 * SECOND, 10);

	for (uint64_t pause = 10; pause < 200; pause++) {
		struct breaker_window window;

		window_reset(&window, NOON);
		for (int i = 0; i < 10; i++)
			fail(&window, &policy, NOON + i * SECOND);
		cr_assert_eq(failures_at(&window, &policy, NOON + (9 + pause) * SECOND), 0);
		fail(&window, &policy, NOON + (9 + pause) * SECOND);
		cr_assert_eq(failures_at(&window, &policy, NOON + (18 + pause) * SECOND), 1);
		cr_assert_eq(failures_at(&window, &policy, NOON + (19 + pause) * SECOND), 0);
	}
}

Test(window, every_number_of_buckets_holds_exactly_as_many_slices)
{
	for (uint8_t buckets = 2; buckets <= POLICY_BUCKETS_MAX; buckets++) {
		struct breaker_policy policy = windowed(buckets * SECOND, buckets);
		struct breaker_window window;

		window_reset(&window, NOON);
		for (uint64_t i = 0; i < 150; i++) {
			fail(&window, &policy, NOON + i * SECOND);
			cr_assert_eq(window_sum(&window, &policy).failures, i < buckets ? i + 1 : buckets);
		}
	}
}

Test(window, time_that_goes_back_drops_nothing)
{
	struct breaker_policy policy = windowed(10 * SECOND, 10);
	struct breaker_window window;

	window_reset(&window, NOON);
	fail(&window, &policy, NOON + 5 * SECOND);
	fail(&window, &policy, NOON - 5 * SECOND);
	cr_assert_eq(window.current, 5);
	cr_assert_eq(window_sum(&window, &policy).failures, 2);
}

Test(window, everything_in_it_is_summed)
{
	struct breaker_policy policy = windowed(10 * SECOND, 10);
	struct breaker_window window;
	struct window_bucket sum;

	window_reset(&window, NOON);
	for (uint64_t i = 0; i < 3; i++) {
		window_advance(&window, &policy, NOON + i * SECOND);
		*window_current(&window, &policy) = (struct window_bucket){ 10, 1, 2, 3, 4 };
	}
	sum = window_sum(&window, &policy);
	cr_assert_eq(sum.requests, 30);
	cr_assert_eq(sum.successes, 3);
	cr_assert_eq(sum.failures, 6);
	cr_assert_eq(sum.ignored, 9);
	cr_assert_eq(sum.slow, 12);
}

Test(window, odd_policies_and_the_end_of_time_are_survived)
{
	static const uint64_t times[] = { 0, 1, NOON, UINT64_MAX - 1, UINT64_MAX };
	static const uint64_t windows[] = { 0, 1, 59, SECOND, UINT64_MAX };
	struct breaker_window window;

	for (int buckets = 0; buckets <= UINT8_MAX; buckets++) {
		for (int i = 0; i < 25; i++) {
			struct breaker_policy policy = windowed(windows[i / 5], buckets);

			window_reset(&window, 0);
			fail(&window, &policy, times[i % 5]);
			cr_assert_eq(window_sum(&window, &policy).failures, 1);
		}
	}
}
