/* SPDX-License-Identifier: MIT */
/*
 * slices.h - the window of a closed breaker, in shared words.
 *
 * With several buckets the window rolls: slice floor((now - since) / length) has the word slices[slice % 60], and
 * counts together with the buckets - 1 before it. A word says to which generation and slice it belongs:
 *
 *   63..52 generation (low 12 bits)   51..42 epoch (slice / 60, low 10 bits)   41..21 finished   20..0 failed
 *
 * and whoever adds to one of another slice starts it anew, so nothing is ever cleaned. slow_slices has the
 * same form, its finished ones being the slow calls that are no failures. A count that is full is halved with its
 * neighbour, which leaves the rate. With one bucket the window is fixed, slices[0] counts, and slices[1] says
 *
 *   63..52 generation   51..42 which window (the epoch of slices[0])   41..0 its start, in units of 2^20 ns
 *
 * Results are added before the breaker's word is moved, so that of two failures at once one sees both. Each word
 * stands for itself: all orders are relaxed. A writer held up for a whole round of slices, or from before a
 * change of generation, costs what its slice held. A slice that nothing has overwritten reads as present
 * again after exactly 1024 rounds. While `since` is not written (or if its writer died), slices are counted from 0
 * on, and what was added meanwhile may be lost. Dying between slice and word leaves the result in the window only.
 *
 * May overlap: all with all. Any thread, signal handler or child.
 */
#ifndef CUTOUT_PANEL_SLICES_H
#define CUTOUT_PANEL_SLICES_H

#include "panel/panel.h"

struct slice_position {
	uint32_t generation;
	uint64_t number; /* of a fixed window: which */
};

/* Where `now` lies. A fixed window that is over begins anew. */
struct slice_position slices_at(struct panel_slot *slot, const struct breaker_policy *policy, uint32_t generation,
				uint64_t now);

/* `outcome` is what counts_outcome() says. */
void slices_add(struct panel_slot *slot, const struct breaker_policy *policy, const struct slice_position *at,
		enum breaker_outcome outcome, unsigned count);

void slices_sum(const struct panel_slot *slot, const struct breaker_policy *policy, const struct slice_position *at,
		struct breaker_tally *tally);

#endif
