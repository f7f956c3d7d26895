/* SPDX-License-Identifier: MIT */
/*
 * test_limit.c - so many lines a second, in a time of the test's own.
 */
#include "hook/limit.h"

#include <criterion/criterion.h>

#include "base/duration.h"

static struct limit limit;

static unsigned admitted(unsigned lines, uint64_t now)
{
	unsigned count = 0, left_out;

	while (lines-- > 0)
		count += limit_admit(&limit, 20, now, &left_out);
	return count;
}

Test(limit, so_many_lines_go_through_each_second)
{
	cr_assert_eq(admitted(25, 5 * NSEC_PER_SEC), 20);
	cr_assert_eq(admitted(25, 6 * NSEC_PER_SEC - 1), 0);
	cr_assert_eq(admitted(25, 6 * NSEC_PER_SEC), 20);
}

Test(limit, the_next_line_is_told_once_how_many_were_left_out)
{
	unsigned left_out;

	admitted(27, 5 * NSEC_PER_SEC);
	cr_assert(limit_admit(&limit, 20, 9 * NSEC_PER_SEC, &left_out));
	cr_assert_eq(left_out, 7);
	cr_assert(limit_admit(&limit, 20, 9 * NSEC_PER_SEC, &left_out));
	cr_assert_eq(left_out, 0);
}

Test(limit, lines_lost_later_count_as_left_out)
{
	unsigned left_out;

	limit_lost(&limit, 3);
	cr_assert(limit_admit(&limit, 20, NSEC_PER_SEC, &left_out));
	cr_assert_eq(left_out, 3);
}

Test(limit, a_thread_whose_time_is_a_little_older_gets_no_second_of_its_own)
{
	admitted(20, 6 * NSEC_PER_SEC);
	cr_assert_eq(admitted(1, 6 * NSEC_PER_SEC - 1), 0);
	cr_assert_eq(admitted(1, 6 * NSEC_PER_SEC), 0);
}

Test(limit, the_count_of_lines_left_out_stops_at_its_end)
{
	unsigned left_out;

	limit_lost(&limit, LIMIT_LEFT_OUT_MAX - 1);
	limit_lost(&limit, 5);
	limit_lost(&limit, 0xffffffff);
	cr_assert(limit_admit(&limit, 20, NSEC_PER_SEC, &left_out));
	cr_assert_eq(left_out, LIMIT_LEFT_OUT_MAX);
}
