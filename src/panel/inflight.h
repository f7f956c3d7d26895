/* SPDX-License-Identifier: MIT */
/*
 * inflight.h - the rings of calls in flight, in shared words: one of handshakes, one of exchanges (on=response).
 *
 * Cells are breaker/ring.h's, each moved by compare-and-swap alone. A cell carries its slice and generation,
 * so no order between cells, or between a cell and the breaker's word, is relied on: everything is relaxed.
 *
 *   begin   adds one; a call that finds the count full, an overdue cell that is not swept yet, or a cell of
 *           a newer generation, goes without
 *   detach  turns a waiting call into a pending one
 *   attach  turns a pending call into a waiting one, if it is still there
 *   end     takes it out; a waiting call that is not there any more was counted by a sweep. Who ends one that
 *           another thread is just turning takes one of either kind: a cell always counts as many as began in it
 *           and have not ended
 *   sweep   takes overdue cells out; `swept` says when that was done last, so that it is once per slice
 *
 * May overlap: all with all. Each loop is bounded; one that gives up (others were faster TRIES times) costs
 * this call its place in the ring, or its result.
 *
 * A connect that blocks is waiting from its beginning; an exchange is pending until a thread is inside a receive, and
 * only then known to be waited for.
 *
 * A process that dies in a call leaves it in its cell until it is overdue: a waiting one is then counted as
 * a failure, a pending one is dropped. Dying in a sweep, between a cell and its count, loses that evidence.
 * Without a limit (overdue=off, slow-call=off) nothing is swept, and what the dead left stays until the generation
 * ends.
 */
#ifndef CUTOUT_PANEL_INFLIGHT_H
#define CUTOUT_PANEL_INFLIGHT_H

#include "panel/panel.h"

/* What became of the call, in the bits of panel_call.place. */
enum inflight {
	INFLIGHT_WITHOUT = 0, /* it has no place in the ring */
	INFLIGHT_IN_RING = PANEL_CALL_IN_RING,
	INFLIGHT_COUNTED = PANEL_CALL_COUNTED, /* it was overdue, and is counted as a failure */
};

/* One of a slot's two rings. */
struct inflight_ring {
	panel_word *cells;
	panel_word *swept;
	uint64_t limit; /* ns; 0: nothing in it is ever overdue */
};

static inline struct inflight_ring inflight_handshakes(struct panel_slot *slot, const struct breaker_policy *policy)
{
	return (struct inflight_ring){ slot->ring, &slot->swept, policy->overdue };
}

static inline struct inflight_ring inflight_exchanges(struct panel_slot *slot, const struct breaker_policy *policy)
{
	return (struct inflight_ring){ slot->answers, &slot->answers_swept, policy_answer_within(policy) };
}

/* `cells` are a ring's. What each call does takes them alone, and not the ring, which need not be put together then. */
enum inflight inflight_begin(panel_word *cells, uint64_t limit, uint32_t generation, uint32_t slice, enum ring_kind kind);
enum inflight inflight_detach(panel_word *cells, uint32_t generation, uint32_t slice);

/* False: it is not there any more, and is counted. */
bool inflight_end(panel_word *cells, uint32_t generation, uint32_t slice, enum ring_kind kind);

/* False when it is not there any more, or no place is free: it goes on pending. */
bool inflight_attach(panel_word *cells, uint32_t generation, uint32_t slice);

/* Somebody has to sweep, who is told of it by inflight_sweep_is_due(): `seen` is what swept holds. */
bool inflight_take_sweep(const struct inflight_ring *ring, uint64_t now, uint32_t slice, uint64_t seen, bool *long_ago);

/* `slice` is the one in which `now` lies; false: it was swept in that slice already. */
static inline bool inflight_sweep_may_be_due(const struct inflight_ring *ring, uint32_t slice)
{
	return ring->limit != 0 &&
	       (atomic_load_explicit(ring->swept, memory_order_relaxed) & RING_SLICE_MASK) != slice;
}

/*
 * True for one caller per slice, who is to sweep. Any slice but that which was swept makes it due: callers whose clock
 * readings lie on both sides of a boundary sweep once more than needed.
 */
static inline bool inflight_sweep_is_due(const struct inflight_ring *ring, uint64_t now, uint32_t slice, bool *long_ago)
{
	uint64_t seen = atomic_load_explicit(ring->swept, memory_order_relaxed);

	return ring->limit != 0 && (seen & RING_SLICE_MASK) != slice &&
	       inflight_take_sweep(ring, now, slice, seen, long_ago);
}

/*
 * Takes all overdue calls out of the ring. Returns how many waiting ones there were of `generation`; those of
 * older ones are late whatever comes of them. `long_ago`: the last sweep was so long ago that the slices'
 * numbers may have come round: everything but the present is overdue.
 */
unsigned inflight_sweep(const struct inflight_ring *ring, uint32_t generation, uint32_t slice, bool long_ago);

/* Calls that are in flight and not overdue, of any generation, in both rings. */
uint32_t inflight_count(const struct panel_slot *slot, const struct breaker_policy *policy, uint64_t now);

#endif
