/* SPDX-License-Identifier: MIT */
/*
 * feed.h - the changes of a panel's breakers, as they are read from the ring: in order, and what is missing.
 *
 * The ring has them in the order in which they were written, which for one breaker may not be that of its
 * generations, and one may be written a little later than it is given its place, or never. So what is read is kept
 * back until its turn has come, or for FEED_PATIENCE. Each generation of a breaker follows the one before: what is not
 * there by then is lost.
 */
#ifndef CUTOUT_CLI_FEED_H
#define CUTOUT_CLI_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "panel/events.h"

#define FEED_PATIENCE UINT64_C(500000000) /* ns */

struct feed_item {
	struct panel_event event;
	uint64_t number;
	uint64_t read;   /* clock_now() then */
	unsigned lost;   /* changes of the breaker before this one that nobody will see */
	bool is_ready;
};

/* What is known of the breaker in a slot. */
struct feed_slot {
	bool is_known;
	uint32_t breaker;
	uint32_t generation; /* of the last change that was handed out */
};

struct feed_pending {
	uint64_t number;
	uint64_t since;
};

struct feed {
	const struct panel *panel;
	uint64_t next; /* number to be read */
	struct feed_item items[PANEL_EVENTS + 64]; /* read, by number; beyond that they are handed out out of turn */
	size_t item_count;
	struct feed_pending pending[PANEL_EVENTS]; /* given a place, not whole */
	size_t pending_count;
	struct feed_slot slots[PANEL_SLOTS];
};

/* It is big: allocate it. From the oldest event on that the ring has. */
void feed_begin(struct feed *feed, const struct panel *panel);

/* Reads what there is. False as long as something seems to be on its way. */
bool feed_read(struct feed *feed, uint64_t now);

/*
 * Hands out, in order, what has its turn; with `all` everything, since nothing more is waited for. An item's fields
 * are valid during its call. False, and no further, when `take` says so.
 */
bool feed_hand_out(struct feed *feed, uint64_t now, bool all, bool (*take)(void *context, const struct feed_item *item),
		   void *context);

#endif
