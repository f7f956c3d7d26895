/* SPDX-License-Identifier: MIT */
/*
 * span.h - the ports of all rules for one host, as disjoint sorted segments with the first rule of each.
 *
 * Pure; safe everywhere.
 */
#ifndef CUTOUT_RULES_SPAN_H
#define CUTOUT_RULES_SPAN_H

#include <stddef.h>
#include <stdint.h>

/* Not the number of any rule. */
#define SPAN_NONE UINT32_MAX

struct segment {
	uint16_t first;
	uint16_t last;
	uint32_t rule;
};

struct span {
	const struct segment *segments;
	uint32_t count;
	uint32_t lowest; /* the lowest rule number of all; SPAN_NONE if it is empty */
};

/*
 * Flattens `count` ranges, those of the lowest rule first, where the earlier one wins. `flat` and `scratch`
 * have room for 2 * count segments each. Returns how many are in `flat`.
 */
size_t span_flatten(const struct segment *ranges, size_t count, struct segment *flat, struct segment *scratch);

/* The rule of that port, SPAN_NONE if there is none. */
static inline uint32_t span_find(const struct span *span, uint16_t port)
{
	const struct segment *at = span->segments;
	uint32_t count = span->count;

	/* The first segment that does not end before the port. */
	while (count > 1) {
		uint32_t half = count / 2;

		at += at[half - 1].last < port ? half : 0;
		count -= half;
	}
	if (count == 0 || port < at->first || port > at->last)
		return SPAN_NONE;
	return at->rule;
}

#endif
