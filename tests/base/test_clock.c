/* SPDX-License-Identifier: MIT */
/*
 * test_clock.c - the clock agrees with libc's, before and after clock_init().
 */
#include "base/clock.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <time.h>

static uint64_t libc_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void check_against_libc(void)
{
	uint64_t before = libc_ns(CLOCK_MONOTONIC);
	uint64_t now = clock_now();
	uint64_t wall_before;
	uint64_t wall;

	cr_assert_geq(now, before);
	cr_assert_leq(now, libc_ns(CLOCK_MONOTONIC));
	wall_before = libc_ns(CLOCK_REALTIME);
	wall = clock_wall();
	/* the wall clock may be set meanwhile, but not by a minute */
	cr_assert_geq(wall + 60000000000, wall_before);
	cr_assert_leq(wall, wall_before + 60000000000);
}

Test(clock, is_monotonic_time_before_it_is_initialized)
{
	check_against_libc();
}

Test(clock, is_monotonic_time_by_the_vdso)
{
	clock_init();
	check_against_libc();
}

Test(clock, never_goes_backwards)
{
	uint64_t last = clock_now();

	for (int i = 0; i < 20000; i++) {
		uint64_t now;

		if (i == 10000)
			clock_init();
		now = clock_now();
		cr_assert_geq(now, last);
		last = now;
	}
}

Test(clock, leaves_errno_alone)
{
	errno = E2BIG;
	clock_now();
	clock_wall();
	clock_init();
	clock_now();
	clock_wall();
	cr_assert_eq(errno, E2BIG);
}

/* The processor may be somebody else's between the readings: then nothing can be said. */
Test(clock, the_tick_is_not_ahead_and_not_older_than_a_tick)
{
	unsigned old = 0;

	clock_init();
	for (int i = 0; i < 200; i++) {
		uint64_t before = clock_now(), tick = clock_tick();

		cr_assert_leq(tick, clock_now());
		old += tick + CLOCK_TICK_MAX < before;
	}
	cr_assert_lt(old, 100);
}
