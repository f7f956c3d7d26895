/* SPDX-License-Identifier: MIT */
/*
 * holding.h - which of this process's descriptors are connections that count for max-connections.
 *
 * A hold of the panel (panel/owners.h) belongs to the socket, and so to all of its descriptors: the last one that is
 * closed gives it back. It belongs to the process that connected: a forked child has the descriptors and not the
 * holds, and whoever closes last, the hold is given back when the process that connected has closed its own, or ends.
 *
 * Not a part of the connection's record (call.h): that would put each byte's way through the hooks, for nothing. One
 * word for each descriptor,
 *
 *   31..13 tag of the process   12..0 number of the hold + 1; 0: none
 *
 * and for each hold how many descriptors refer to it. The tag tells the words that a forked child finds in its copy.
 * Words are swapped, so that of two threads that close one descriptor one gives it up; a count goes up only from
 * above zero. All relaxed: what is shared with others is the panel's, which has its own order. A death costs
 * nothing here; what it leaves in the panel is found there. A signal handler that jumps out of a connect leaves its hold
 * until the process ends.
 *
 * Any thread, signal handler or child. Keeps errno.
 */
#ifndef CUTOUT_HOOK_HOLDING_H
#define CUTOUT_HOOK_HOLDING_H

#include <stdbool.h>
#include <stdint.h>

#include "panel/panel.h"

/* The constructor's. `limited`: some rule has max-connections. The panel is kept. */
void holding_init(struct panel *panel, bool limited);

/* Are there so many already, after what the dead left was given back? Asks at most every HOLDING_LOOK_NS. */
bool holding_is_full(struct panel_slot *slot, unsigned limit, uint64_t now);

/* One more, of which *hold is the number + 1; 0 where it cannot be counted. False: it is full after all. */
bool holding_begin(struct panel_slot *slot, unsigned limit, uint32_t *hold);

/* It came to nothing, or belongs to that descriptor from now on. Nothing for 0. */
void holding_drop(struct panel_slot *slot, uint32_t hold);
void holding_tie(int fd, struct panel_slot *slot, uint32_t hold);

/* `to` is a duplicate of `from`. */
void holding_share(int from, int to);

/* `fd` is about to refer to something else, or to a new connection. */
void holding_leave(int fd);

#endif
