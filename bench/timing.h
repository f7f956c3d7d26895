/* SPDX-License-Identifier: MIT */
/*
 * timing.h - what the programs of this directory share: the clock, the count of rounds, the median, how to give up.
 *
 * Each prints its figures on one line, in nanoseconds for one operation. They know nothing of cutout:
 * whether they run under it is the environment's matter.
 */
#ifndef CUTOUT_BENCH_TIMING_H
#define CUTOUT_BENCH_TIMING_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t timing_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline unsigned long timing_rounds(int argc, char **argv, unsigned long otherwise)
{
	return argc > 1 ? strtoul(argv[1], NULL, 10) : otherwise;
}

static inline int timing_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts them. Of short blocks it is what a machine shows on which others work, too: those that were interrupted are few. */
static inline double timing_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), timing_compare);
	return values[count / 2];
}

/* Room for the figures of so many blocks. */
static inline double *timing_room(size_t count)
{
	double *values = calloc(count, sizeof(*values));

	if (!values) {
		perror("calloc");
		exit(1);
	}
	return values;
}

static inline _Noreturn void timing_give_up(const char *what)
{
	perror(what);
	exit(1);
}

#endif
