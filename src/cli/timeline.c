/* SPDX-License-Identifier: MIT */
/*
 * timeline.c - what became of a breaker over time, in a fixed number of bins. Pure.
 */
#include "cli/timeline.h"

#include "breaker/arith.h"

void timeline_init(struct timeline *timeline, uint64_t start)
{
	*timeline = (struct timeline){ .start = start, .reached = start, .width = 1 };
}

static void add(struct timeline_bin *sum, const struct timeline_bin *bin)
{
	sum->open += bin->open;
	sum->half_open += bin->half_open;
	sum->admitted += bin->admitted;
	sum->refused += bin->refused;
	sum->finished += bin->finished;
	sum->failures += bin->failures;
}

static void double_width(struct timeline *timeline)
{
	for (size_t i = 0; i < TIMELINE_BINS / 2; i++)
		timeline->bins[i] = timeline_sum(timeline, 2 * i, 2);
	for (size_t i = TIMELINE_BINS / 2; i < TIMELINE_BINS; i++)
		timeline->bins[i] = (struct timeline_bin){ 0 };
	timeline->width *= 2;
}

static size_t index_of(const struct timeline *timeline, uint64_t time)
{
	return (time - timeline->start) / timeline->width;
}

/* From `from`, which is reached already, up to `to`. */
static void spread(struct timeline *timeline, uint64_t from, uint64_t to, size_t state)
{
	while (from < to) {
		size_t index = index_of(timeline, from);
		uint64_t left = timeline->width - (from - timeline->start) % timeline->width;
		uint64_t *field = (uint64_t *)((char *)&timeline->bins[index] + state);
		uint64_t step = at_most(left, to - from);

		*field += step;
		from += step;
	}
}

void timeline_reach(struct timeline *timeline, uint64_t now, uint64_t open_end, uint64_t half_open_end)
{
	uint64_t from = timeline->reached;

	if (now <= from)
		return;
	while (index_of(timeline, now) >= TIMELINE_BINS)
		double_width(timeline);
	open_end = at_most(open_end, now);
	half_open_end = at_most(half_open_end, now);
	spread(timeline, from, open_end, offsetof(struct timeline_bin, open));
	spread(timeline, open_end > from ? open_end : from, half_open_end, offsetof(struct timeline_bin, half_open));
	timeline->reached = now;
}

struct timeline_bin *timeline_now(struct timeline *timeline)
{
	return &timeline->bins[index_of(timeline, timeline->reached)];
}

size_t timeline_length(const struct timeline *timeline)
{
	return index_of(timeline, timeline->reached) + 1;
}

struct timeline_bin timeline_sum(const struct timeline *timeline, size_t first, size_t count)
{
	struct timeline_bin sum = { 0 };

	for (size_t i = first; i < first + count && i < TIMELINE_BINS; i++)
		add(&sum, &timeline->bins[i]);
	return sum;
}
