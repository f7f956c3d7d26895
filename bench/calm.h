/* SPDX-License-Identifier: MIT */
/*
 * calm.h - is the processor ours at the moment?
 *
 * A virtual processor is often half of a real one, and runs the same code half as fast again while the other half's owner
 * is at work: for a tenth of a second or for minutes, whatever the load of this machine is. A median over blocks
 * does not help against that. So a fixed computation, which needs all of the processor and no memory, is timed
 * before and after each block: a block counts when both ran about as fast as the computation ever did, and is measured
 * again otherwise. Patience has an end: after a few seconds of waiting in one program it does with fewer blocks, or, where
 * those are too few, takes disturbed ones, too, and says so on standard error.
 *
 * $BENCH_BEST is what the computation takes at best, in nanoseconds, as `bench/calm` has found it; without it nothing
 * is waited for. For programs of one thread.
 */
#ifndef CUTOUT_BENCH_CALM_H
#define CUTOUT_BENCH_CALM_H

#include <stdbool.h>

#include "timing.h"

enum { CALM_ROUNDS = 400, CALM_PATIENCE_SECONDS = 5, CALM_SLOWER_PERCENT = 10, CALM_ENOUGH = 40 };

/* Six sums at a time: as many as the processor can make at once, so that a neighbour is felt. */
static inline double calm_compute(void)
{
	uint64_t began = timing_now();
	uint64_t a = began, b = 1, c = 2, d = 3, e = 4, f = 5;

	for (uint64_t i = 0; i < CALM_ROUNDS; i++) {
		a += i;
		b ^= i;
		c += b;
		d ^= i;
		e += i;
		f -= i;
		/* Neither unrolled into vectors nor left out. */
		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
	}
	return (double)(timing_now() - began);
}

static inline double calm_best(void)
{
	const char *best = getenv("BENCH_BEST");

	return best ? strtod(best, NULL) : 0;
}

/* The better of two, since one may be interrupted. */
static inline bool calm_is(double best)
{
	double one = calm_compute(), other = calm_compute();

	return best == 0 || (one < other ? one : other) <= best * (100 + CALM_SLOWER_PERCENT) / 100;
}

/* Measures a block, and keeps the figure as that of `number`. */
typedef void calm_block(size_t number, void *context);

/* Nanoseconds of waiting and measuring that came to nothing, for one program. */
static uint64_t calm_patience = UINT64_C(1000000000) * CALM_PATIENCE_SECONDS;

static inline void calm_spend(uint64_t since)
{
	uint64_t spent = timing_now() - since;

	calm_patience = spent < calm_patience ? calm_patience - spent : 0;
}

static inline void calm_measure(calm_block *measure, size_t number, void *context)
{
	double best = calm_best();
	uint64_t began = timing_now();

	while (calm_patience > 0 && !calm_is(best)) {
		calm_spend(began);
		began = timing_now();
	}
	measure(number, context);
}

/* Blocks 0 to `count` - 1. Returns how many there are in the end, at least one. */
static inline size_t calm_run(size_t count, calm_block *measure, void *context)
{
	double best = calm_best();
	size_t done = 0;

	while (done == 0 || (done < count && (calm_patience > 0 || done < CALM_ENOUGH))) {
		uint64_t began = timing_now();

		calm_measure(measure, done, context);
		if (calm_patience == 0 || calm_is(best))
			done++;
		else
			calm_spend(began);
	}
	if (calm_patience == 0 && done < count)
		fprintf(stderr, "(measured while others used the processor)\n");
	return done;
}

#endif
