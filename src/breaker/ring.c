/* SPDX-License-Identifier: MIT */
/*
 * ring.c - calls in flight by the time at which they began, so that stuck ones can be seen.
 *
 * Pure: any thread, signal handler or forked child. What is shared is moved by others.
 */
#include "breaker/ring.h"

bool ring_is_overdue(uint64_t limit, uint64_t cell, uint32_t now)
{
	uint32_t age = (now - (uint32_t)(cell >> RING_SLICE_SHIFT)) & RING_SLICE_MASK;

	return limit != 0 && (uint32_t)cell != 0 && age > RING_OVERDUE && age <= RING_SLICE_MASK / 2;
}

bool ring_detach(uint64_t *cell, uint32_t generation, uint32_t slice)
{
	return ring_remove(cell, generation, slice, RING_WAITING) && ring_add(cell, generation, slice, RING_PENDING);
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
	return cell >> RING_GENERATION_SHIFT;
}
