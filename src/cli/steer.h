/* SPDX-License-Identifier: MIT */
/*
 * steer.h - what trip, reset and mode have in common: breakers of a panel, selected, and one after the other changed;
 * and one alone changed, for cutout top, without a word on the terminal.
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

enum { STEERING_TEXT_MAX = 2 * VIEW_TEXT_MAX + 128 };

/*
 * Trips or resets the breaker of a view, as the commands do without options, in the panel at `path` (NULL: the
 * default). `text` says how it is now or, after false, why nothing was done.
 */
bool steering_change(const char *path, const struct panel_view *view, bool trips, char text[STEERING_TEXT_MAX]);

#endif
