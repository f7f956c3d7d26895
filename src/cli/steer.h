/* SPDX-License-Identifier: MIT */
/*
 * steer.h - what trip, reset and mode have in common: breakers of a panel, selected, and one after the other changed.
 */
#ifndef CUTOUT_CLI_STEER_H
#define CUTOUT_CLI_STEER_H

#include <stdbool.h>

#include "cli/cmd.h"
#include "cli/views.h"

struct steering {
	struct panel panel;
	struct views views; /* those that were selected, as they were before; sorted */
};

/*
 * Opens the panel that -p says (NULL: the environment's) and selects by `pattern` (NULL: all). CMD_OK, and then
 * steering_end() is to follow; anything else after a message: there is no panel, or nothing matches.
 */
enum cmd_status steering_begin(struct steering *steering, const char *panel, const char *pattern);
void steering_end(struct steering *steering);

/* The slot of a view; NULL after a message. */
struct panel_slot *steering_slot(struct steering *steering, const struct panel_view *view);

/* After panel_trip() or panel_reset(), whose answer is `done`: a line about what the breaker is now, or a message. */
bool steering_tell(const struct panel_slot *slot, const struct panel_view *view, bool done);

#endif
