/* SPDX-License-Identifier: MIT */
/*
 * rates.h - how fast the counts of breakers grow, from repeated readings of a panel.
 *
 * Of each breaker the counts of the last readings are kept; rates are what lies between the oldest and the
 * newest of them. A breaker that is gone is forgotten, and one whose counts went back (it made room for another,
 * and came back) begins anew.
 */
#ifndef CUTOUT_CLI_RATES_H
#define CUTOUT_CLI_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/views.h"

enum { RATES_READINGS = 11 }; /* ten intervals */

struct rates {
	struct rates_history *list; /* by key */
	size_t count;
};

#define RATES_EMPTY ((struct rates){ NULL, 0 })

struct rate {
	bool has_calls;    /* there are two readings at least */
	bool has_failures; /* and a call has ended between them */
	double calls;      /* admitted ones per second */
	double failures;   /* share of the finished ones, 0 to 1 */
};

/* One more reading: of all breakers, before any are selected. False without memory; then nothing is changed. */
bool rates_read(struct rates *rates, const struct views *views);

struct rate rates_of(const struct rates *rates, const struct panel_key *key);

void rates_release(struct rates *rates);

#endif
