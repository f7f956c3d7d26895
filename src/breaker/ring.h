/* SPDX-License-Identifier: MIT */
/*
 * ring.h - calls in flight by the time at which they began, so that stuck ones can be seen.
 *
 * A ring has RING_CELLS cells, one for each slice of an eighth of its limit (`overdue`, or `slow-call`
 * where answers are waited for); slice s lives in cell s % RING_CELLS. A cell is one 64-bit word:
 *
 *   63..52 generation (low 12 bits)   51..32 slice (low 20 bits)   31..16 waiting   15..0 pending
 *
 * waiting: blocking calls, each a thread that is really stuck. pending: non-blocking ones, which
 * prove nothing by themselves. A cell more than RING_OVERDUE slices old is overdue: whoever swaps
 * it to zero counts its waiting calls as failures and drops its pending ones. A call ends by
 * subtracting from the cell it began in, and only whoever subtracts counts the result: each call
 * is counted once. The limit is thereby rounded up by at most an eighth.
 *
 * These are pure functions on the words; the panel moves them by compare-and-swap.
 */
#ifndef CUTOUT_BREAKER_RING_H
#define CUTOUT_BREAKER_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "breaker/policy.h"

enum { RING_CELLS = 16, RING_OVERDUE = 8, RING_COUNT_MAX = 65535 };

enum {
	RING_GENERATION_SHIFT = 52,
	RING_GENERATION_LOW = 0xfff, /* of a cell */
	RING_SLICE_SHIFT = 32,
	RING_SLICE_MASK = 0xfffff,
	RING_WAITING_SHIFT = 16,
};

enum ring_kind { RING_WAITING, RING_PENDING };

/* Inline is what every call does: the swap of the cell is then all that is left to the caller. */

/* Slice in which `now` lies (low 20 bits); 0 without a limit (0), when cells never become overdue. */
static inline uint32_t ring_slice(uint64_t limit, uint64_t now)
{
	return limit == 0 ? 0 : now / policy_eighth(limit) & RING_SLICE_MASK;
}

static inline unsigned ring_index(uint32_t slice)
{
	return slice % RING_CELLS;
}

static inline uint64_t ring_empty_cell(uint32_t generation, uint32_t slice)
{
	return (uint64_t)(generation & RING_GENERATION_LOW) << RING_GENERATION_SHIFT |
	       (uint64_t)(slice & RING_SLICE_MASK) << RING_SLICE_SHIFT;
}

static inline unsigned ring_kind_shift(enum ring_kind kind)
{
	return kind == RING_WAITING ? RING_WAITING_SHIFT : 0;
}

static inline uint32_t ring_count(uint64_t cell, enum ring_kind kind)
{
	return cell >> ring_kind_shift(kind) & RING_COUNT_MAX;
}

/* True when the cell counts calls and they are overdue in slice `now`. A slice in the future is not. */
bool ring_is_overdue(uint64_t limit, uint64_t cell, uint32_t now);

/* True when the cell is of that generation and slice. */
static inline bool ring_matches(uint64_t cell, uint32_t generation, uint32_t slice)
{
	return cell >> RING_SLICE_SHIFT == ring_empty_cell(generation, slice) >> RING_SLICE_SHIFT;
}

/*
 * Adds one call to the cell. Where the cell belonged to another slice or generation it starts anew.
 * False, and no change, when the count is full: the call then goes without.
 */
static inline bool ring_add(uint64_t *cell, uint32_t generation, uint32_t slice, enum ring_kind kind)
{
	uint64_t start = ring_matches(*cell, generation, slice) ? *cell : ring_empty_cell(generation, slice);

	if (ring_count(start, kind) == RING_COUNT_MAX)
		return false;
	*cell = start + (UINT64_C(1) << ring_kind_shift(kind));
	return true;
}

/* Takes one call out. False when it is not there any more: it was overdue and has been counted. */
static inline bool ring_remove(uint64_t *cell, uint32_t generation, uint32_t slice, enum ring_kind kind)
{
	if (!ring_matches(*cell, generation, slice) || ring_count(*cell, kind) == 0)
		return false;
	*cell -= UINT64_C(1) << ring_kind_shift(kind);
	return true;
}

/*
 * Turns a waiting call into a pending one (connect() said EINPROGRESS). False as above; and when the count of
 * pending ones is full: the call is then out of the ring.
 */
bool ring_detach(uint64_t *cell, uint32_t generation, uint32_t slice);

/* The other way round: a thread waits for it from now on. False, and no change, as in ring_remove() and ring_add(). */
static inline bool ring_attach(uint64_t *cell, uint32_t generation, uint32_t slice)
{
	if (!ring_matches(*cell, generation, slice) || ring_count(*cell, RING_PENDING) == 0 ||
	    ring_count(*cell, RING_WAITING) == RING_COUNT_MAX)
		return false;
	*cell += (UINT64_C(1) << ring_kind_shift(RING_WAITING)) - (UINT64_C(1) << ring_kind_shift(RING_PENDING));
	return true;
}

uint32_t ring_waiting(uint64_t cell);
uint32_t ring_pending(uint64_t cell);
uint32_t ring_generation(uint64_t cell); /* 12 bits */

#endif
