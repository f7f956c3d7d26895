/* SPDX-License-Identifier: MIT */
/*
 * timeline.h - what became of a breaker over time, in a fixed number of bins: to be drawn.
 *
 * How long a trace is, is known at its end. The bins begin with a nanosecond each; when time runs
 * beyond the last one, two become one, and they are twice as long. So memory stays the same however long
 * the trace, and at the end more than half of them are in use.
 */
#ifndef CUTOUT_CLI_TIMELINE_H
#define CUTOUT_CLI_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

enum { TIMELINE_BINS = 1024 };

struct timeline_bin {
	uint64_t open, half_open; /* ns in those states; the rest was closed */
	uint64_t admitted, refused;
	uint64_t finished, failures; /* of admitted calls, when they ended; ignored ones are neither */
};

struct timeline {
	uint64_t start;
	uint64_t reached; /* states are known until here */
	uint64_t width;   /* of a bin, ns */
	struct timeline_bin bins[TIMELINE_BINS];
};

void timeline_init(struct timeline *timeline, uint64_t start);

/*
 * States up to `now`: open until `open_end`, then half-open until `half_open_end`, then closed. Those may lie
 * before what is known already, or behind `now`: only what is in between counts.
 */
void timeline_reach(struct timeline *timeline, uint64_t now, uint64_t open_end, uint64_t half_open_end);

/* The bin of the time that was reached last, to count in. */
struct timeline_bin *timeline_now(struct timeline *timeline);

/* How many bins are in use. */
size_t timeline_length(const struct timeline *timeline);

/* Adds the counts and states of `count` bins. */
struct timeline_bin timeline_sum(const struct timeline *timeline, size_t first, size_t count);

#endif
