/* SPDX-License-Identifier: MIT */
/*
 * event.h - one change of state as a line of text, as JSON, and as variables of an environment.
 */
#ifndef CUTOUT_CLI_EVENT_H
#define CUTOUT_CLI_EVENT_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/feed.h"
#include "cli/views.h"

struct event {
	struct panel_event change;
	struct panel_view view; /* whose texts and counts are those of the change; nothing else of it is set */
	unsigned lost;          /* changes of the breaker before it that were lost */
};

/* `panel`: where the breaker's name is looked up, if it still has its slot. */
void event_make(struct event *event, const struct panel *panel, const struct feed_item *item);

/* A line; one more before it where changes were lost. */
void event_print(const struct event *event, FILE *file);

/* On one line, with its newline, to be freed; NULL without memory. */
char *event_json(const struct event *event);

/* Sets CUTOUT_EVENT_DESTINATION and so on: every key of the JSON, in capitals; false without memory. */
bool event_set_environment(const struct event *event);

#endif
