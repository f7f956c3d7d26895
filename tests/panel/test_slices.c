/* SPDX-License-Identifier: MIT */
/*
 * test_slices.c - the window in shared words: rolling, fixed, stamped, never overflowing.
 */
#include <criterion/criterion.h>

#include "kit.h"
#include "panel/counts.h"
#include "panel/slices.h"

static struct kit kit;

static void set_up(void)
{
	kit_breaker(&kit);
	kit.policy.window = 10 * SEC;
	kit.policy.buckets = 10;
}

static void tear_down(void)
{
	panel_close(&kit.panel);
}

TestSuite(slices, .init = set_up, .fini = tear_down);

static void add(uint32_t generation, uint64_t now, enum breaker_outcome outcome, unsigned count)
{
	struct slice_position at = slices_at(kit.slot, &kit.policy, generation, now);

	slices_add(kit.slot, &kit.policy, &at, outcome, count);
}

static struct breaker_tally sum(uint32_t generation, uint64_t now)
{
	struct slice_position at = slices_at(kit.slot, &kit.policy, generation, now);
	struct breaker_tally tally;

	slices_sum(kit.slot, &kit.policy, &at, &tally);
	return tally;
}

Test(slices, outcomes_are_told_apart)
{
	add(0, T0, OUTCOME_SUCCESS, 1);
	add(0, T0, OUTCOME_FAILURE, 2);
	add(0, T0, OUTCOME_SLOW, 4);
	add(0, T0, OUTCOME_IGNORED, 8);
	cr_assert_eq(sum(0, T0).successes, 1);
	cr_assert_eq(sum(0, T0).failures, 2);
	cr_assert_eq(sum(0, T0).slow, 4);
}

Test(slices, rolling_window_drops_a_slice_at_a_time)
{
	for (uint64_t i = 0; i < 10; i++)
		add(0, T0 + 1 * MS + i * SEC, OUTCOME_FAILURE, 1);
	cr_assert_eq(sum(0, T0 + 9 * SEC + 500 * MS).failures, 10);
	cr_assert_eq(sum(0, T0 + 10 * SEC + 1 * MS).failures, 9);
	cr_assert_eq(sum(0, T0 + 18 * SEC + 1 * MS).failures, 1);
	cr_assert_eq(sum(0, T0 + 19 * SEC + 1 * MS).failures, 0);
}

Test(slices, word_of_a_slice_of_an_earlier_round_starts_anew)
{
	add(0, T0, OUTCOME_FAILURE, 7);
	add(0, T0 + 60 * SEC, OUTCOME_FAILURE, 1);
	cr_assert_eq(sum(0, T0 + 60 * SEC).failures, 1);
}

Test(slices, results_of_another_generation_do_not_count)
{
	add(0, T0, OUTCOME_FAILURE, 7);
	counts_begin_generation(kit.slot, 1, T0);
	cr_assert_eq(sum(1, T0).failures, 0);
	add(1, T0, OUTCOME_FAILURE, 1);
	cr_assert_eq(sum(1, T0).failures, 1);
}

Test(slices, full_count_is_halved_and_keeps_the_rate)
{
	struct breaker_tally tally;

	add(0, T0, OUTCOME_SLOW, 500000);
	add(0, T0, OUTCOME_FAILURE, 500000);
	add(0, T0, OUTCOME_SUCCESS, 1000000);
	add(0, T0, OUTCOME_SUCCESS, 200000);
	tally = sum(0, T0);
	cr_assert_eq(tally.failures, 250000);
	cr_assert_eq(tally.slow, 250000);
	cr_assert_eq(tally.successes + tally.failures + tally.slow, 1200000);
}

Test(slices, fixed_window_is_emptied_once_it_is_over_and_begins_with_what_comes_next)
{
	kit.policy.buckets = 1;
	add(0, T0, OUTCOME_FAILURE, 1);
	add(0, T0 + 9900 * MS, OUTCOME_FAILURE, 1);
	cr_assert_eq(sum(0, T0 + 9999 * MS).failures, 2);
	add(0, T0 + 25 * SEC, OUTCOME_FAILURE, 1);
	add(0, T0 + 34 * SEC, OUTCOME_FAILURE, 1);
	cr_assert_eq(sum(0, T0 + 34 * SEC).failures, 2, "it began at 25 s");
	cr_assert_eq(sum(0, T0 + 36 * SEC).failures, 0);
	counts_begin_generation(kit.slot, 1, T0 + 36 * SEC);
	cr_assert_eq(sum(1, T0 + 36 * SEC).failures, 0);
	add(1, T0 + 45 * SEC, OUTCOME_FAILURE, 1);
	cr_assert_eq(sum(1, T0 + 46 * SEC - 1).failures, 1, "the first one begins with the generation");
	cr_assert_eq(sum(1, T0 + 47 * SEC).failures, 0);
}

Test(slices, count_although_the_generations_beginning_was_never_written)
{
	add(5, T0, OUTCOME_FAILURE, 1);
	add(5, T0 + SEC, OUTCOME_FAILURE, 1);
	cr_assert_eq(sum(5, T0 + SEC).failures, 2);
	cr_assert_eq(sum(5, T0 + 30 * SEC).failures, 0);
}
