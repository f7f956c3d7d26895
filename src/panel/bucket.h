/* SPDX-License-Identifier: MIT */
/*
 * bucket.h - the index: which slots a hash leads to, in one word.
 *
 *   63..48 version   47..36 35..24 23..12 11..0 four places: the number of a slot plus one; 0: free
 *
 * A key has one bucket, and a bucket is one word: whoever adds a slot has seen, with the same load that the swap then
 * confirms, all others in which the key could be. So no two can be there, a slot that leaves makes its place free at
 * once, and nothing is left behind that lookups would have to walk over: one never looks at more than four slots,
 * whatever came and went before. Each change counts the version up, so that a word never comes back within 65536 changes
 * of its bucket.
 *
 * Four places are enough: with all slots in use a bucket has 0.09 on average, and of a new key's bucket all four are
 * taken once in 400,000 times; then one of the four makes room if it can. Pure functions on the word.
 */
#ifndef CUTOUT_PANEL_BUCKET_H
#define CUTOUT_PANEL_BUCKET_H

#include <assert.h>
#include <stdint.h>

#include "panel/layout.h"

enum { BUCKET_PLACES = 4, BUCKET_NUMBER_BITS = 12, BUCKET_VERSION_SHIFT = 48 };

#define BUCKET_NUMBER_MASK ((UINT64_C(1) << BUCKET_NUMBER_BITS) - 1)

static_assert(PANEL_SLOTS <= BUCKET_NUMBER_MASK, "a slot's number fits");
static_assert(BUCKET_PLACES * BUCKET_NUMBER_BITS == BUCKET_VERSION_SHIFT, "a bucket is full");

/* The slot in that place, as its number plus one; 0: none, or a number that no slot has. */
static inline uint32_t bucket_slot(uint64_t bucket, unsigned place)
{
	uint32_t slot = bucket >> BUCKET_NUMBER_BITS * place & BUCKET_NUMBER_MASK;

	return slot <= PANEL_SLOTS ? slot : 0;
}

/* Where that slot (its number plus one; 0: where none) is; BUCKET_PLACES: nowhere. */
static inline unsigned bucket_find(uint64_t bucket, uint32_t slot)
{
	unsigned place = 0;

	while (place < BUCKET_PLACES && (bucket >> BUCKET_NUMBER_BITS * place & BUCKET_NUMBER_MASK) != slot)
		place++;
	return place;
}

/* The bucket after the change: that slot, or none, in that place. */
static inline uint64_t bucket_put(uint64_t bucket, unsigned place, uint32_t slot)
{
	unsigned shift = BUCKET_NUMBER_BITS * place;

	bucket = (bucket & ~(BUCKET_NUMBER_MASK << shift)) | (uint64_t)slot << shift;
	return bucket + (UINT64_C(1) << BUCKET_VERSION_SHIFT);
}

#endif
