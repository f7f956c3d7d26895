/* SPDX-License-Identifier: MIT */
/*
 * event.c - one change of state as a line of text, as JSON, and as variables of an environment.
 */
#include "cli/event.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/duration.h"
#include "cli/json.h"

enum { TIME_MAX = 48, VARIABLE_MAX = 80 };

/* Without its breaker only the address is known. */
static void name_by_address(struct event *event)
{
	char address[VIEW_TEXT_MAX];

	event->view.key = event->change.key;
	view_address(&event->view, address);
	snprintf(event->view.destination, sizeof(event->view.destination), "%.*s",
		 (int)sizeof(event->view.destination) - 1, address);
}

void event_make(struct event *event, const struct panel *panel, const struct feed_item *item)
{
	const struct panel_event *change = &item->event;
	struct panel_view *view = &event->view;

	event->change = *change;
	event->lost = item->lost;
	if (!panel_view(panel, change->slot, change->now, view) || events_breaker(&view->key) != change->breaker) {
		*view = (struct panel_view){ .number = change->slot };
		name_by_address(event);
	}
	view->requests = change->requests;
	view->successes = change->successes;
	view->failures = change->failures;
	view->ignored = change->ignored;
	view->consecutive_successes = change->consecutive_successes;
	view->consecutive_failures = change->consecutive_failures;
	view->last_error = change->last_error;
}

/* RFC 3339, UTC. */
static const char *time_of(const struct event *event, char text[TIME_MAX])
{
	time_t seconds = (time_t)(event->change.wall / NSEC_PER_SEC);
	unsigned milliseconds = (unsigned)(event->change.wall % NSEC_PER_SEC / NSEC_PER_MSEC);
	struct tm when;
	size_t length = gmtime_r(&seconds, &when) != NULL ? strftime(text, TIME_MAX, "%Y-%m-%dT%H:%M:%S", &when) : 0;

	if (length == 0 || length > TIME_MAX - 8)
		return strcpy(text, "1970-01-01T00:00:00.000Z");
	snprintf(text + length, TIME_MAX - length, ".%03uZ", milliseconds);
	return text;
}

static const char *program_of(const struct event *event, char text[sizeof(event->change.program)])
{
	size_t i = 0;

	for (; event->change.program[i] != '\0' && i + 1 < sizeof(event->change.program); i++)
		text[i] = event->change.program[i] < ' ' || event->change.program[i] > '~' ? '?' : event->change.program[i];
	text[i] = '\0';
	return text;
}

/* What led to an opening, as in the log. */
static void print_opening(const struct event *event, FILE *file)
{
	const struct panel_event *change = &event->change;
	char text[VIEW_TEXT_MAX], duration[32];
	const char *error = view_last_error(&event->view, text);

	if (change->requests > 0)
		fprintf(file, " (%" PRIu64 " of %" PRIu64 " %s failed%s%s)", change->failures, change->requests,
			change->requests == 1 ? "call" : "calls", change->failures > 0 && error != NULL ? ", last " : "",
			change->failures > 0 && error != NULL ? error : "");
	if (change->open_time == 0)
		return;
	duration_format_short(change->open_time, duration, sizeof(duration));
	fprintf(file, ", retry in %s", duration);
}

void event_print(const struct event *event, FILE *file)
{
	const struct panel_event *change = &event->change;
	char when[TIME_MAX], title[2 * VIEW_TEXT_MAX], program[sizeof(change->program)];

	time_of(event, when);
	view_title(&event->view, title);
	if (event->lost > 0)
		fprintf(file, "%s cutout: %s: %u earlier %s lost\n", when, title, event->lost,
			event->lost == 1 ? "change is" : "changes are");
	fprintf(file, "%s %s[%" PRIu32 "]: %s: %s -> %s: %s", when, program_of(event, program), change->pid, title,
		phase_name(change->from), phase_name(change->to), reason_name(change->reason));
	if (change->to == BREAKER_OPEN)
		print_opening(event, file);
	fputc('\n', file);
}

static json_t *json_of_event(const struct event *event)
{
	const struct panel_event *change = &event->change;
	char when[TIME_MAX], destination[VIEW_TEXT_MAX], address[VIEW_TEXT_MAX], error[VIEW_TEXT_MAX];
	char program[sizeof(change->program)];
	json_t *json = json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:o, s:s?, s:I, s:s, s:o}",
				 "time", time_of(event, when),
				 "destination", view_destination(&event->view, destination),
				 "address", view_address(&event->view, address),
				 "generation", (int)change->generation,
				 "from", phase_name(change->from),
				 "to", phase_name(change->to),
				 "reason", reason_name(change->reason),
				 "counts", json_of_counts(&event->view),
				 "last_error", view_last_error(&event->view, error),
				 "pid", (json_int_t)change->pid,
				 "program", program_of(event, program),
				 "retry_in_seconds",
				 change->open_time > 0 ? json_of_seconds(change->open_time) : json_null());

	if (event->lost > 0)
		json_object_set_new(json, "lost", json_integer(event->lost));
	return json;
}

char *event_json(const struct event *event)
{
	json_t *json = json_of_event(event);
	char *text = json != NULL ? json_dumps(json, JSON_REAL_PRECISION(15)) : NULL;
	size_t length = text != NULL ? strlen(text) : 0;
	char *line = text != NULL ? realloc(text, length + 2) : NULL;

	if (line != NULL)
		memcpy(line + length, "\n", 2);
	else
		free(text);
	json_decref(json);
	return line;
}

/* A string as it is, null as nothing, numbers as JSON has them. */
static bool set_variable(const char *key, const json_t *value)
{
	char name[VARIABLE_MAX], number[64] = "";
	size_t length = (size_t)snprintf(name, sizeof(name), "CUTOUT_EVENT_%s", key);

	for (size_t i = 0; i < length && i < sizeof(name); i++)
		name[i] = (char)toupper((unsigned char)name[i]);
	if (json_is_integer(value))
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		snprintf(number, sizeof(number), "%.3f", json_real_value(value));
	return setenv(name, json_is_string(value) ? json_string_value(value) : number, 1) == 0;
}

static bool set_variables(json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		if (json_is_object(value) ? !set_variables(value) : !set_variable(key, value))
			return false;
	}
	return true;
}

bool event_set_environment(const struct event *event)
{
	json_t *json = json_of_event(event);
	bool is_set = json != NULL && set_variables(json);

	json_decref(json);
	return is_set;
}
