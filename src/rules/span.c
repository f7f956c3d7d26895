/* SPDX-License-Identifier: MIT */
/*
 * span.c - the ports of all rules for one host, flattened.
 *
 * By halves, as in a merge sort: ten thousand rules for one host take n log n steps.
 */
#include "rules/span.h"

struct builder {
	struct segment *at;
	size_t count;
};

/* Joined to the segment before where it continues it. */
static void put(struct builder *flat, uint32_t first, uint32_t last, uint32_t rule)
{
	struct segment *before = flat->count > 0 ? &flat->at[flat->count - 1] : NULL;

	if (before != NULL && before->rule == rule && before->last + 1u == first)
		before->last = (uint16_t)last;
	else
		flat->at[flat->count++] = (struct segment){ (uint16_t)first, (uint16_t)last, rule };
}

static void put_segment(struct builder *flat, const struct segment *segment)
{
	put(flat, segment->first, segment->last, segment->rule);
}

/* All of `over`, and what of `under` it leaves free. Both are disjoint and sorted; so is the result. */
static size_t overlay(const struct segment *over, size_t over_count, const struct segment *under, size_t under_count,
		      struct segment *result)
{
	const struct segment *over_end = over + over_count;
	struct builder flat = { result, 0 };

	for (size_t i = 0; i < under_count; i++) {
		uint32_t from = under[i].first;

		while (over < over_end && over->last < from)
			put_segment(&flat, over++);
		while (from <= under[i].last && over < over_end && over->first <= under[i].last) {
			if (over->first > from)
				put(&flat, from, over->first - 1u, under[i].rule);
			from = over->last + 1u;
			if (over->last <= under[i].last)
				put_segment(&flat, over++);
		}
		if (from <= under[i].last)
			put(&flat, from, under[i].last, under[i].rule);
	}
	while (over < over_end)
		put_segment(&flat, over++);
	return flat.count;
}

size_t span_flatten(const struct segment *ranges, size_t count, struct segment *flat, struct segment *scratch)
{
	size_t half = count / 2;
	size_t over, under;

	if (count == 0)
		return 0;
	flat[0] = ranges[0];
	if (count == 1)
		return 1;
	over = span_flatten(ranges, half, scratch, flat);
	under = span_flatten(ranges + half, count - half, scratch + 2 * half, flat + 2 * half);
	return overlay(scratch, over, scratch + 2 * half, under, flat);
}
