/* SPDX-License-Identifier: MIT */
/*
 * evict.h - when the panel is full: which breaker makes room for another.
 *
 * One that is closed and idle: not held, without a mode of its own, no call in flight that is not overdue. Of those the
 * one that was asked longest ago, as far as SAMPLE of them tell that come next behind the header's hand; where
 * there are fewer, of all. So a panel that is full of open breakers is looked through whole, once in
 * BARREN: the header says when nothing was found. `used` is written 15 times a second at most (admit.c): breakers that
 * are asked as often are of the same age.
 *
 * One to which connections are held (owners.h) is not idle either, unless nobody has asked it for HELD_FOR: those that
 * hold them may be dead, which is found out only where a limit is reached. Its count stays with the slot.
 *
 * The word that was judged is the one that slot_leave() swaps: a breaker that has opened meanwhile stays. A call that
 * begins in between has its result dropped.
 *
 * hand and barren are hints, written with relaxed stores by anybody; what they hold is never wrong. Any thread, signal
 * handler or child; bounded: each slot is looked at once in each of a few attempts.
 */
#ifndef CUTOUT_PANEL_EVICT_H
#define CUTOUT_PANEL_EVICT_H

#include "panel/file.h"
#include "panel/panel.h"

/* A slot that has made room, and is the caller's to fill; NULL where none can. Counted in the header. */
struct panel_slot *evict(struct panel_file *file, uint64_t now);

/* Whether a slot in use could make room, and when it was last asked; *word is what was judged. */
bool evict_is_idle(const struct panel_slot *slot, uint64_t now, uint64_t *word, uint64_t *used);

#endif
