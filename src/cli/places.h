/* SPDX-License-Identifier: MIT */
/*
 * places.h - the destinations of a recording: what a trace calls them.
 *
 * A word of ASCII: "db.internal:5432/10.0.0.5:5432", the name and the address of the breaker; where both say the same, or
 * it has no one address, one of them. A breaker's slot may be given to another while the recording goes on.
 */
#ifndef CUTOUT_CLI_PLACES_H
#define CUTOUT_CLI_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "panel/panel.h"

struct places {
	const struct panel *panel; /* of the recording */
	char **names;
	size_t count, room;
	struct {
		uint32_t breaker;
		uint32_t number; /* from 1; 0: nothing is known of the slot yet */
	} slots[PANEL_SLOTS];
};

enum places_found { PLACE_FOUND, PLACE_GONE /* its slot is another's by now */, PLACE_NO_MEMORY };

/* The number of the destination of which an entry of the tape says slot and breaker. */
enum places_found places_find(struct places *places, size_t slot, uint32_t breaker, uint32_t *number);

static inline const char *places_name(const struct places *places, uint32_t number)
{
	return places->names[number];
}

void places_release(struct places *places);

#endif
