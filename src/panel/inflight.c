/* SPDX-License-Identifier: MIT */
/*
 * inflight.c - the rings of calls in flight, in shared words. The protocol is in inflight.h.
 *
 * Any thread, signal handler or child; no system call, no lock, no allocation, no errno.
 */
#include "panel/inflight.h"
#include "base/hot.h"

enum {
	TRIES = 100,
	SWEPT_UNIT_BITS = 20, /* a `swept` word: time in units of 2^20 ns, then 20 bits of slice */
};

static uint64_t load(const panel_word *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static bool swap(panel_word *word, uint64_t *seen, uint64_t next)
{
	return atomic_compare_exchange_strong_explicit(word, seen, next, memory_order_relaxed, memory_order_relaxed);
}

/* Calls of a newer generation than ours are in it: ours is over, and starting the cell anew would lose theirs. */
static bool belongs_to_newer(uint64_t cell, uint32_t generation, uint32_t slice)
{
	uint32_t ahead = (ring_generation(cell) - generation) & RING_GENERATION_LOW;

	return (uint32_t)cell != 0 && ahead != 0 && ahead <= RING_GENERATION_LOW / 2 &&
	       ring_matches(cell, ring_generation(cell), slice);
}

/* An overdue cell is about to be counted by another. */
static bool is_taken(uint64_t limit, uint64_t cell, uint32_t generation, uint32_t slice)
{
	return belongs_to_newer(cell, generation, slice) || ring_is_overdue(limit, cell, slice);
}

HOT enum inflight inflight_begin(panel_word *cells, uint64_t limit, uint32_t generation, uint32_t slice, enum ring_kind kind)
{
	panel_word *cell = &cells[ring_index(slice)];
	uint64_t seen = load(cell);

	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t next = seen;

		if (!ring_matches(seen, generation, slice) && is_taken(limit, seen, generation, slice))
			return INFLIGHT_WITHOUT;
		if (!ring_add(&next, generation, slice, kind))
			return INFLIGHT_WITHOUT;
		if (swap(cell, &seen, next))
			return INFLIGHT_IN_RING;
	}
	return INFLIGHT_WITHOUT;
}

/* A sweep leaves neither kind. So where only pending ones are there, another has turned this one (end_turned()). */
static bool is_turned(uint64_t cell, uint32_t generation, uint32_t slice)
{
	return ring_matches(cell, generation, slice) && ring_waiting(cell) == 0 && ring_pending(cell) > 0;
}

enum inflight inflight_detach(panel_word *cells, uint32_t generation, uint32_t slice)
{
	panel_word *cell = &cells[ring_index(slice)];
	uint64_t seen = load(cell);

	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t next = seen;
		bool still_in = ring_detach(&next, generation, slice);

		/* Not there; or there, and the count of pending ones is full. */
		if (!still_in && next == seen)
			return is_turned(seen, generation, slice) ? INFLIGHT_IN_RING : INFLIGHT_COUNTED;
		if (swap(cell, &seen, next))
			return still_in ? INFLIGHT_IN_RING : INFLIGHT_WITHOUT;
	}
	return INFLIGHT_COUNTED;
}

HOT bool inflight_attach(panel_word *cells, uint32_t generation, uint32_t slice)
{
	panel_word *cell = &cells[ring_index(slice)];
	uint64_t seen = load(cell);

	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t next = seen;

		if (!ring_attach(&next, generation, slice))
			return false;
		if (swap(cell, &seen, next))
			return true;
	}
	return false;
}

/* A sweep leaves neither kind. So where only the other is there, some call is being turned. */
static __attribute__((noinline)) bool end_turned(panel_word *cell, uint32_t generation, uint32_t slice)
{
	uint64_t seen = load(cell);

	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t next = seen;

		if (!ring_remove(&next, generation, slice, RING_PENDING) &&
		    !ring_remove(&next, generation, slice, RING_WAITING))
			break;
		if (swap(cell, &seen, next))
			return true;
	}
	return false;
}

HOT bool inflight_end(panel_word *cells, uint32_t generation, uint32_t slice, enum ring_kind kind)
{
	panel_word *cell = &cells[ring_index(slice)];
	uint64_t seen = load(cell);

	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t next = seen;

		if (!ring_remove(&next, generation, slice, kind))
			return end_turned(cell, generation, slice);
		if (swap(cell, &seen, next))
			return true;
	}
	return false;
}

/* Dying after this leaves the sweep to the next slice. */
bool inflight_take_sweep(const struct inflight_ring *ring, uint64_t now, uint32_t slice, uint64_t seen, bool *long_ago)
{
	uint64_t then = seen >> SWEPT_UNIT_BITS << SWEPT_UNIT_BITS;

	*long_ago = now > then && (now - then) / RING_CELLS > policy_eighth(ring->limit);
	return swap(ring->swept, &seen, now >> SWEPT_UNIT_BITS << SWEPT_UNIT_BITS | slice);
}

/* Begun at most RING_OVERDUE slices ago, or in the next slice by a clock reading a little later than ours. */
static bool is_present(uint64_t cell, uint32_t slice)
{
	for (uint32_t age = 0; age <= RING_OVERDUE + 1; age++) {
		if (ring_matches(cell, ring_generation(cell), (slice + 1 - age) & RING_SLICE_MASK))
			return true;
	}
	return false;
}

static bool is_overdue(uint64_t limit, uint64_t cell, uint32_t slice, bool long_ago)
{
	if (ring_waiting(cell) == 0 && ring_pending(cell) == 0)
		return false;
	return ring_is_overdue(limit, cell, slice) || (long_ago && !is_present(cell, slice));
}

/* The one whose swap takes the calls out counts them. */
static unsigned sweep_cell(panel_word *cell, uint64_t limit, uint32_t generation, uint32_t slice, bool long_ago)
{
	uint64_t seen = load(cell);

	for (unsigned i = 0; i < TRIES && is_overdue(limit, seen, slice, long_ago); i++) {
		if (swap(cell, &seen, 0))
			return ring_generation(seen) == (generation & RING_GENERATION_LOW) ? ring_waiting(seen) : 0;
	}
	return 0;
}

unsigned inflight_sweep(const struct inflight_ring *ring, uint32_t generation, uint32_t slice, bool long_ago)
{
	unsigned waiting = 0;

	for (unsigned i = 0; i < RING_CELLS; i++)
		waiting += sweep_cell(&ring->cells[i], ring->limit, generation, slice, long_ago);
	return waiting;
}

static uint32_t count_present(const panel_word *cells, uint64_t limit, uint64_t now)
{
	uint32_t slice = ring_slice(limit, now);
	uint32_t count = 0;

	for (unsigned i = 0; i < RING_CELLS; i++) {
		uint64_t cell = load(&cells[i]);

		if (is_present(cell, slice))
			count += ring_waiting(cell) + ring_pending(cell);
	}
	return count;
}

uint32_t inflight_count(const struct panel_slot *slot, const struct breaker_policy *policy, uint64_t now)
{
	return count_present(slot->ring, policy->overdue, now) +
	       count_present(slot->answers, policy_answer_within(policy), now);
}
