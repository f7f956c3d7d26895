/* SPDX-License-Identifier: MIT */
/*
 * ring.c - calls in flight by the time at which they began, so that stuck ones can be seen.
 *
 * Pure: any thread, signal handler or forked child. What is shared is moved by others.
 */
#include "breaker/ring.h"

enum {
	GENERATION_SHIFT = 52,
	GENERATION_MASK_LOW = 0xfff,
	SLICE_SHIFT = 32,
	SLICE_MASK = 0xfffff,
	WAITING_SHIFT = 16,
};

uint32_t ring_slice(uint64_t limit, uint64_t now)
{
	if (limit == 0)
		return 0;
	return now / policy_eighth(limit) & SLICE_MASK;
}

static uint64_t empty_cell(uint32_t generation, uint32_t slice)
{
	return (uint64_t)(generation & GENERATION_MASK_LOW) << GENERATION_SHIFT |
	       (uint64_t)(slice & SLICE_MASK) << SLICE_SHIFT;
}

static unsigned kind_shift(enum ring_kind kind)
{
	return kind == RING_WAITING ? WAITING_SHIFT : 0;
}

static uint32_t ring_count(uint64_t cell, enum ring_kind kind)
{
	return cell >> kind_shift(kind) & RING_COUNT_MAX;
}

bool ring_is_overdue(uint64_t limit, uint64_t cell, uint32_t now)
{
	uint32_t age = (now - (uint32_t)(cell >> SLICE_SHIFT)) & SLICE_MASK;

	return limit != 0 && (uint32_t)cell != 0 && age > RING_OVERDUE && age <= SLICE_MASK / 2;
}

bool ring_matches(uint64_t cell, uint32_t generation, uint32_t slice)
{
	return cell >> SLICE_SHIFT == empty_cell(generation, slice) >> SLICE_SHIFT;
}

bool ring_add(uint64_t *cell, uint32_t generation, uint32_t slice, enum ring_kind kind)
{
	uint64_t start = ring_matches(*cell, generation, slice) ? *cell : empty_cell(generation, slice);

	if (ring_count(start, kind) == RING_COUNT_MAX)
		return false;
	*cell = start + (UINT64_C(1) << kind_shift(kind));
	return true;
}

bool ring_remove(uint64_t *cell, uint32_t generation, uint32_t slice, enum ring_kind kind)
{
	if (!ring_matches(*cell, generation, slice) || ring_count(*cell, kind) == 0)
		return false;
	*cell -= UINT64_C(1) << kind_shift(kind);
	return true;
}

bool ring_detach(uint64_t *cell, uint32_t generation, uint32_t slice)
{
	return ring_remove(cell, generation, slice, RING_WAITING) && ring_add(cell, generation, slice, RING_PENDING);
}

bool ring_attach(uint64_t *cell, uint32_t generation, uint32_t slice)
{
	uint64_t next = *cell;

	if (!ring_remove(&next, generation, slice, RING_PENDING) || !ring_add(&next, generation, slice, RING_WAITING))
		return false;
	*cell = next;
	return true;
}

uint32_t ring_waiting(uint64_t cell)
{
	return ring_count(cell, RING_WAITING);
}

uint32_t ring_pending(uint64_t cell)
{
	return ring_count(cell, RING_PENDING);
}

uint32_t ring_generation(uint64_t cell)
{
	return cell >> GENERATION_SHIFT;
}
