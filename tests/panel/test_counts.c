/* SPDX-License-Identifier: MIT */
/*
 * test_counts.c - totals, marks that a late writer cannot disturb, errors, durations.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>

#include "kit.h"
#include "panel/counts.h"

static struct kit kit;

static void set_up(void)
{
	kit_breaker(&kit);
}

static void tear_down(void)
{
	panel_close(&kit.panel);
}

TestSuite(counts, .init = set_up, .fini = tear_down);

static struct generation_counts of(uint32_t generation)
{
	struct generation_counts counts;

	counts_of_generation(kit.slot, generation, &counts);
	return counts;
}

Test(counts, are_what_was_added_since_the_generation_began)
{
	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, 0, 3);
	cr_assert_eq(of(0).successes, 3);
	counts_begin_generation(kit.slot, 1, T0);
	cr_assert_eq(of(1).successes, 0);
	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, 0, 2);
	counts_finished(kit.slot, OUTCOME_FAILURE, ECONNRESET, COUNTS_UNTIMED, 4);
	cr_assert_eq(of(1).successes, 2);
	cr_assert_eq(of(1).failures, 4);
}

Test(counts, of_a_generation_whose_marks_were_not_written_are_zero)
{
	struct generation_counts counts;
	uint64_t since;

	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, 0, 3);
	cr_assert_not(counts_of_generation(kit.slot, 1, &counts));
	cr_assert_eq(counts.successes, 0);
	cr_assert_not(counts_since(kit.slot, 1, &since));
	cr_assert_eq(since, 0);
}

Test(counts, writer_that_was_held_up_does_not_disturb_a_newer_generation)
{
	uint64_t since;

	counts_begin_generation(kit.slot, 7, T0 + SEC);
	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, 0, 3);
	counts_begin_generation(kit.slot, 6, T0);
	cr_assert_eq(of(7).successes, 3);
	cr_assert(counts_since(kit.slot, 7, &since));
	cr_assert_eq(since >> 10, (T0 + SEC) >> 10);
}

Test(counts, stamps_come_round_with_the_generation)
{
	counts_begin_generation(kit.slot, 0x7fff, T0);
	counts_begin_generation(kit.slot, 0xfffe, T0);
	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, 0, 3);
	counts_begin_generation(kit.slot, 0x10001, T0);
	cr_assert_eq(of(0x10001).successes, 0);
	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, 0, 1);
	cr_assert_eq(of(0x10001).successes, 1);
}

Test(counts, run_of_successes_begins_after_the_last_failure)
{
	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, 0, 3);
	counts_end_run(kit.slot, 0);
	cr_assert_eq(counts_run_of_successes(kit.slot, 0), 0);
	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, 0, 2);
	counts_finished(kit.slot, OUTCOME_SLOW, 0, COUNTS_UNTIMED, 1);
	cr_assert_eq(counts_run_of_successes(kit.slot, 0), 3);
	cr_assert_eq(counts_run_of_successes(kit.slot, 1), 0);
}

static uint64_t errors_of(uint64_t error)
{
	for (int i = 0; i < PANEL_ERRORS; i++) {
		if (kit.slot->errors[i] >> 48 == error)
			return kit.slot->errors[i] & UINT64_C(0xffffffffffff);
	}
	return 0;
}

Test(counts, failures_are_told_apart_by_errno_and_the_rest_is_summed_up)
{
	counts_finished(kit.slot, OUTCOME_FAILURE, ECONNREFUSED, COUNTS_UNTIMED, 1);
	counts_finished(kit.slot, OUTCOME_FAILURE, ETIMEDOUT, COUNTS_UNTIMED, 100);
	counts_finished(kit.slot, OUTCOME_FAILURE, ECONNREFUSED, COUNTS_UNTIMED, 1);
	counts_finished(kit.slot, OUTCOME_IGNORED, EMFILE, COUNTS_UNTIMED, 1);
	cr_assert_eq(errors_of(ECONNREFUSED), 2);
	cr_assert_eq(errors_of(ETIMEDOUT), 100);
	cr_assert_eq(errors_of(EMFILE), 0);
	cr_assert_eq(kit.slot->last_error, ECONNREFUSED);
	for (int error = 1; error <= 50; error++)
		counts_finished(kit.slot, OUTCOME_FAILURE, error, COUNTS_UNTIMED, 1);
	cr_assert_eq(kit.slot->errors[PANEL_ERRORS - 1], 50 - (PANEL_ERRORS - 1 - 2));
}

Test(counts, failure_without_an_errno_keeps_the_last_one)
{
	counts_finished(kit.slot, OUTCOME_FAILURE, ECONNRESET, COUNTS_UNTIMED, 1);
	counts_finished(kit.slot, OUTCOME_FAILURE, 0, COUNTS_UNTIMED, 1);
	cr_assert_eq(kit.slot->last_error, ECONNRESET);
	cr_assert_eq(kit_view(&kit, T0).totals[TOTAL_FAILURES], 2);
}

Test(counts, durations_fall_into_buckets_whose_bounds_are_inclusive)
{
	const uint64_t bound = panel_histogram_bounds[0], long_time = UINT64_C(1) << 50;

	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, 0, 1);
	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, bound, 1);
	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, bound + 1, 1);
	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, long_time, 1);
	cr_assert_eq(kit.slot->successes[0], 2);
	cr_assert_eq(kit.slot->successes[1], 1);
	cr_assert_eq(kit.slot->successes[PANEL_HISTOGRAM - 1], 1);
	cr_assert_eq(kit.slot->duration_sum, 2 * bound + 1 + long_time);
	for (int i = 1; i < PANEL_HISTOGRAM - 1; i++)
		cr_assert_gt(panel_histogram_bounds[i], panel_histogram_bounds[i - 1]);
}

Test(counts, what_is_no_success_has_buckets_of_its_own_unless_its_time_is_not_known)
{
	counts_finished(kit.slot, OUTCOME_FAILURE, ECONNRESET, MS, 1);
	counts_finished(kit.slot, OUTCOME_SLOW, 0, MS, 1);
	counts_finished(kit.slot, OUTCOME_FAILURE, ETIMEDOUT, COUNTS_UNTIMED, 3);
	counts_finished(kit.slot, OUTCOME_IGNORED, 0, MS, 1);
	cr_assert_eq(kit.slot->others[3], 2);
	cr_assert_eq(kit.slot->duration_sum, 2 * MS);
	cr_assert_eq(counts_successes(kit.slot), 0);
	cr_assert_eq(kit_view(&kit, T0).histogram[3], 2);
}

Test(counts, a_success_is_counted_in_its_bucket_alone)
{
	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, MS, 2);
	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, SEC, 1);
	counts_finished(kit.slot, OUTCOME_FAILURE, ECONNRESET, SEC, 1);
	cr_assert_eq(counts_successes(kit.slot), 3);
	cr_assert_eq(kit_view(&kit, T0).totals[TOTAL_SUCCESSES], 3);
	cr_assert_eq(kit_view(&kit, T0).successes, 3);
}

Test(counts, duration_of_a_call_is_counted_unless_it_was_ignored_or_late)
{
	struct panel_call call = kit_admit(&kit, T0), late = kit_admit(&kit, T0);

	kit_report(&kit, &call, OUTCOME_SUCCESS, T0 + 3 * MS);
	kit_call(&kit, OUTCOME_IGNORED, T0);
	cr_assert_eq(kit.slot->duration_sum, 3 * MS);
	kit_trip(&kit, T0);
	kit_report(&kit, &late, OUTCOME_SUCCESS, T0 + 5 * MS);
	cr_assert_eq(kit.slot->duration_sum, 3 * MS);
}

Test(counts, failures_without_an_errno_are_counted_with_the_rest)
{
	counts_finished(kit.slot, OUTCOME_FAILURE, 0, COUNTS_UNTIMED, 2);
	counts_finished(kit.slot, OUTCOME_FAILURE, -1, COUNTS_UNTIMED, 1);
	counts_finished(kit.slot, OUTCOME_FAILURE, 4096, COUNTS_UNTIMED, 1);
	counts_finished(kit.slot, OUTCOME_SUCCESS, 0, 0, 7);
	cr_assert_eq(kit.slot->errors[PANEL_ERRORS - 1], 4);
	cr_assert_eq(kit.slot->errors[0], 0);
}

enum { THREADS = 2, MEETINGS = 10000, TIMES_MAX = 4000000 };

static pthread_barrier_t together;

/* Until the others have come in between often enough, which they do while they run at the same time. */
static void *count_often(void *times)
{
	uint64_t before = 0, after;
	unsigned met = 0, count = 0;

	pthread_barrier_wait(&together);
	for (; met < MEETINGS && count < TIMES_MAX; count++) {
		counts_finished(kit.slot, OUTCOME_FAILURE, ECONNREFUSED, 3, 1);
		counts_finished(kit.slot, OUTCOME_SUCCESS, 0, 4, 1);
		after = kit.slot->totals[TOTAL_FAILURES];
		met += after != before + 1;
		before = after;
	}
	*(uint64_t *)times = count;
	return NULL;
}

Test(counts, of_threads_that_count_at_once_lose_nothing)
{
	pthread_t threads[THREADS];
	uint64_t times[THREADS], sum = 0;

	pthread_barrier_init(&together, NULL, THREADS);
	for (unsigned i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, count_often, &times[i]), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		sum += times[i];
	}
	cr_assert_eq(kit.slot->totals[TOTAL_FAILURES], sum);
	cr_assert_eq(kit.slot->errors[0] & UINT32_MAX, sum);
	cr_assert_eq(counts_successes(kit.slot), sum);
	cr_assert_eq(kit.slot->duration_sum, 7 * sum);
}
