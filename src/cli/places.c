/* SPDX-License-Identifier: MIT */
/*
 * places.c - the destinations of a recording: what a trace calls them.
 */
#include "cli/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/views.h"
#include "panel/events.h"

enum { ROOM_AT_FIRST = 16, NAME_MAX_BYTES = 2 * VIEW_TEXT_MAX };

/* What a line of a trace can hold as one word. */
static void make_word(char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			*text = '?';
}

static void make_name(const struct panel_view *view, char name[NAME_MAX_BYTES])
{
	char destination[VIEW_TEXT_MAX], address[VIEW_TEXT_MAX];

	view_destination(view, destination);
	view_address(view, address);
	if (strcmp(address, "-") == 0 || strcmp(address, destination) == 0)
		snprintf(name, NAME_MAX_BYTES, "%s", destination);
	else
		snprintf(name, NAME_MAX_BYTES, "%s/%s", destination, address);
	make_word(name);
	if (*name == '\0')
		strcpy(name, "?");
}

static bool add_name(struct places *places, const char *name)
{
	if (places->count == places->room) {
		size_t room = places->room > 0 ? 2 * places->room : ROOM_AT_FIRST;
		char **names = realloc(places->names, room * sizeof(*names));

		if (names == NULL)
			return false;
		places->names = names;
		places->room = room;
	}
	places->names[places->count] = strdup(name);
	if (places->names[places->count] == NULL)
		return false;
	places->count++;
	return true;
}

/* Evicted and come back, or of two namespaces: one name is one destination. */
static bool find_name(const struct places *places, const char *name, uint32_t *number)
{
	for (size_t i = 0; i < places->count; i++) {
		if (strcmp(places->names[i], name) == 0) {
			*number = (uint32_t)i;
			return true;
		}
	}
	return false;
}

enum places_found places_find(struct places *places, size_t slot, uint32_t breaker, uint32_t *number)
{
	char name[NAME_MAX_BYTES];
	struct panel_view view;

	if (places->slots[slot].number != 0 && places->slots[slot].breaker == breaker) {
		*number = places->slots[slot].number - 1;
		return PLACE_FOUND;
	}
	if (!panel_view(places->panel, slot, 0, &view) || events_breaker(&view.key) != breaker)
		return PLACE_GONE;
	make_name(&view, name);
	if (!find_name(places, name, number)) {
		*number = (uint32_t)places->count;
		if (!add_name(places, name))
			return PLACE_NO_MEMORY;
	}
	places->slots[slot].breaker = breaker;
	places->slots[slot].number = *number + 1;
	return PLACE_FOUND;
}

void places_release(struct places *places)
{
	for (size_t i = 0; i < places->count; i++)
		free(places->names[i]);
	free(places->names);
}
