/* SPDX-License-Identifier: MIT */
/*
 * test_timeline.c - however long a trace, its bins hold all of it.
 */
#include "cli/timeline.h"

#include <criterion/criterion.h>
#include <inttypes.h>

static struct timeline timeline;

static struct timeline_bin total(void)
{
	return timeline_sum(&timeline, 0, TIMELINE_BINS);
}

Test(timeline, states_are_spread_over_the_bins_that_they_cover)
{
	timeline_init(&timeline, 100);
	timeline_reach(&timeline, 105, 0, 0);
	timeline_reach(&timeline, 120, 110, UINT64_MAX);
	for (unsigned i = 0; i < 20; i++) {
		cr_assert_eq(timeline.bins[i].open, i >= 5 && i < 10, "bin %u", i);
		cr_assert_eq(timeline.bins[i].half_open, i >= 10, "bin %u", i);
	}
	cr_assert_eq(timeline_length(&timeline), 21);
}

Test(timeline, nothing_is_lost_when_bins_grow)
{
	uint64_t open = 0, half_open = 0, now = 7;

	timeline_init(&timeline, now);
	for (unsigned i = 0; i < 3000; i++) {
		uint64_t step = (uint64_t)i * i * 977 % 100000 + i;

		timeline_reach(&timeline, now + step, now + step / 3, now + step / 2);
		open += step / 3;
		half_open += step / 2 - step / 3;
		now += step;
		timeline_now(&timeline)->refused++;
		cr_assert_eq(timeline.reached, now);
	}
	cr_assert_eq(total().open, open);
	cr_assert_eq(total().half_open, half_open);
	cr_assert_eq(total().refused, 3000);
	cr_assert_gt(timeline_length(&timeline), TIMELINE_BINS / 2);
	cr_assert_leq(timeline_length(&timeline), TIMELINE_BINS);
}

Test(timeline, no_bin_holds_more_than_its_length)
{
	timeline_init(&timeline, 0);
	timeline_reach(&timeline, 1000000007, 600000001, 900000005);
	for (unsigned i = 0; i < TIMELINE_BINS; i++)
		cr_assert_leq(timeline.bins[i].open + timeline.bins[i].half_open, timeline.width);
	cr_assert_eq(total().open, 600000001);
	cr_assert_eq(total().half_open, 300000004);
}

Test(timeline, the_longest_trace_fits)
{
	timeline_init(&timeline, 0);
	timeline_reach(&timeline, UINT64_MAX - 1, 1000, UINT64_MAX);
	timeline_now(&timeline)->admitted++;
	cr_assert_eq(total().open, 1000);
	cr_assert_eq(total().half_open, UINT64_MAX - 1 - 1000);
	cr_assert_leq(timeline_length(&timeline), TIMELINE_BINS);
}

Test(timeline, time_that_stands_still_adds_nothing)
{
	timeline_init(&timeline, 5);
	timeline_reach(&timeline, 5, 10, 20);
	timeline_now(&timeline)->refused += 2;
	cr_assert_eq(total().open, 0);
	cr_assert_eq(timeline_length(&timeline), 1);
	cr_assert_eq(timeline.bins[0].refused, 2);
}
