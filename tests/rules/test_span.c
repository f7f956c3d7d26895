/* SPDX-License-Identifier: MIT */
/*
 * test_span.c - overlapping ranges become disjoint ones, the first rule on top.
 */
#include "rules/span.h"

#include <criterion/criterion.h>

enum { RANGES = 64 };

static struct segment flat[2 * RANGES], scratch[2 * RANGES];

static struct span flatten(const struct segment *ranges, size_t count)
{
	size_t segments = span_flatten(ranges, count, flat, scratch);

	return (struct span){ flat, (uint32_t)segments, 0 };
}

Test(span, empty_one_has_no_rule)
{
	struct span span = flatten(NULL, 0);

	cr_assert_eq(span.count, 0);
	cr_assert_eq(span_find(&span, 80), SPAN_NONE);
}

Test(span, earlier_range_covers_the_later)
{
	static const struct segment ranges[] = { { 80, 80, 0 }, { 70, 90, 1 }, { 0, 65535, 2 } };
	struct span span = flatten(ranges, 3);

	cr_assert_eq(span.count, 5);
	cr_assert_eq(span_find(&span, 0), 2);
	cr_assert_eq(span_find(&span, 69), 2);
	cr_assert_eq(span_find(&span, 70), 1);
	cr_assert_eq(span_find(&span, 80), 0);
	cr_assert_eq(span_find(&span, 90), 1);
	cr_assert_eq(span_find(&span, 91), 2);
	cr_assert_eq(span_find(&span, 65535), 2);
}

Test(span, neighbours_of_one_rule_are_joined)
{
	static const struct segment ranges[] = { { 10, 19, 4 }, { 20, 29, 4 }, { 15, 40, 4 } };
	struct span span = flatten(ranges, 3);

	cr_assert_eq(span.count, 1);
	cr_assert_eq(span.segments[0].first, 10);
	cr_assert_eq(span.segments[0].last, 40);
}

Test(span, agrees_with_a_walk_over_random_ranges)
{
	uint64_t random = 3;

	for (int round = 0; round < 300; round++) {
		struct segment ranges[RANGES];
		size_t count = 1 + (size_t)round % RANGES;
		struct span span;

		for (size_t i = 0; i < count; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			ranges[i].first = (uint16_t)((random >> 33) % 200 + (random & 1 ? 65336 : 0));
			ranges[i].last = (uint16_t)(ranges[i].first + (random >> 45) % (65536u - ranges[i].first) % 60);
			ranges[i].rule = (uint32_t)i / 2;
		}
		span = flatten(ranges, count);
		cr_assert_leq(span.count, 2 * count);
		for (uint32_t i = 1; i < span.count; i++)
			cr_assert_lt(span.segments[i - 1].last, span.segments[i].first);
		for (unsigned port = 0; port < 65536; port += port < 300 || port > 65200 ? 1 : 500) {
			uint32_t expected = SPAN_NONE;

			for (size_t i = count; i-- > 0;)
				if (port >= ranges[i].first && port <= ranges[i].last)
					expected = ranges[i].rule;
			cr_assert_eq(span_find(&span, (uint16_t)port), expected);
		}
	}
}
