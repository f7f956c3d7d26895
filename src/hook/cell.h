/* SPDX-License-Identifier: MIT */
/*
 * cell.h - a small record that threads and signal handlers share without locks and without waits.
 *
 * A sequence word guards the other words: 0 while the cell was never filled, even when it is whole
 * (the value is its version and never comes back), odd while somebody writes it. All words are atomic,
 * so a reader that overtakes a writer reads a mixture, but no undefined one, and finds the version
 * changed (Boehm: Can seqlocks get along with programming language memory models?, 2012).
 *
 *   reader   cell_version(), cell_get() …, cell_unchanged(); what it got counts only if that is true
 *   writer   cell_claim(), cell_put() …, cell_publish()
 *
 * | at the same time | what happens                                                          |
 * | ---------------- | --------------------------------------------------------------------- |
 * | readers          | nothing                                                               |
 * | reader, writer   | the reader does without, or tries again, a bounded number of times     |
 * | writers          | one claims; the others look for another cell or do without             |
 *
 * A writer that never publishes (cancelled in mid-write, or another thread's at the moment of a fork)
 * leaves the cell odd for good. It is not taken over: nothing tells such a writer from one that was
 * only stopped for a while and will go on writing. It costs one cell.
 */
#ifndef CUTOUT_HOOK_CELL_H
#define CUTOUT_HOOK_CELL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef _Atomic uint64_t cell_word;

/* What every cell begins with. */
struct cell {
	cell_word sequence;
	cell_word used; /* when it was last confirmed; only a hint, not guarded */
};

/* The version to compare with later; 0: nothing to read. Acquire: pairs with cell_publish(). */
static inline uint64_t cell_version(const struct cell *cell)
{
	uint64_t sequence = atomic_load_explicit(&cell->sequence, memory_order_acquire);

	return sequence & 1 ? 0 : sequence;
}

/* Acquire: pairs with the release in cell_put(), so that a later cell_unchanged() sees that writer's claim. */
static inline uint64_t cell_get(const cell_word *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

/* Relaxed is enough: the acquire of each cell_get() keeps this load behind it. */
static inline bool cell_unchanged(const struct cell *cell, uint64_t version)
{
	return atomic_load_explicit(&cell->sequence, memory_order_relaxed) == version;
}

/*
 * True: it was whole and as in `version` (or empty: 0), and is the caller's to write until it publishes.
 * Acquire: what was there is read as its writer left it.
 */
static inline bool cell_claim(struct cell *cell, uint64_t version)
{
	return atomic_compare_exchange_strong_explicit(&cell->sequence, &version, version + 1, memory_order_acquire,
						       memory_order_relaxed);
}

/* Release: the claim is visible to whoever sees this value; pairs with cell_get(). No fence, which TSan lacks. */
static inline void cell_put(cell_word *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_release);
}

/* Returns the new version. Release: pairs with the acquire in cell_version(). */
static inline uint64_t cell_publish(struct cell *cell, uint64_t version)
{
	atomic_store_explicit(&cell->sequence, version + 2, memory_order_release);
	return version + 2;
}

static inline void cell_touch(struct cell *cell, uint64_t stamp)
{
	atomic_store_explicit(&cell->used, stamp, memory_order_relaxed);
}

/*
 * Of `count` cells that lie `stride` bytes apart, an empty one or the one used longest ago, with its version;
 * NULL when all are being written.
 */
static inline struct cell *cell_oldest(void *first, size_t stride, unsigned count, uint64_t *version)
{
	struct cell *oldest = NULL;
	uint64_t oldest_used = 0;

	for (unsigned i = 0; i < count; i++) {
		struct cell *cell = (struct cell *)((char *)first + i * stride);
		uint64_t sequence = atomic_load_explicit(&cell->sequence, memory_order_acquire);
		uint64_t used = sequence ? atomic_load_explicit(&cell->used, memory_order_relaxed) : 0;

		if (sequence & 1 || (oldest && used >= oldest_used))
			continue;
		oldest = cell;
		oldest_used = used;
		*version = sequence;
	}
	return oldest;
}

#endif
