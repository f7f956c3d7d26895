/* SPDX-License-Identifier: MIT */
/*
 * reading.h - a reader that polls a panel, its breakers and its events, and holds what it sees against watch.h.
 */
#ifndef CUTOUT_TESTS_STRESS_READING_H
#define CUTOUT_TESTS_STRESS_READING_H

#include "watch.h"

/* All zeros in the beginning. */
struct reading {
	struct seen seen[PANEL_SLOTS];
	struct told told[PANEL_SLOTS];
	uint64_t next_event;
	unsigned waited;
};

void reading_views(struct reading *reading, const struct panel *panel, struct tally *tally);
void reading_events(struct reading *reading, const struct panel *panel, struct tally *tally);

#endif
