/* SPDX-License-Identifier: MIT */
/*
 * steer.c - breakers of a panel, selected, and one after the other changed.
 */
#include "cli/steer.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cli/environment.h"
#include "cli/say.h"

enum cmd_status steering_begin(struct steering *steering, const char *panel, const char *pattern)
{
	enum cmd_status status = CMD_NO;
	const char *path;

	*steering = (struct steering){ .views = VIEWS_EMPTY };
	if (!environment_panel(panel, &path))
		return CMD_USAGE;
	switch (views_open(&steering->views, path, PANEL_STEER, &steering->panel)) {
	case VIEWS_READ:
		if (pattern == NULL || views_select_some(&steering->views, pattern))
			status = CMD_OK;
		views_sort(&steering->views);
		break;
	case VIEWS_NO_PANEL:
		say_error("no panel yet at %s: nothing has run under cutout", steering->views.path);
		break;
	case VIEWS_FAILED:
		break;
	}
	if (status != CMD_OK)
		steering_end(steering);
	return status;
}

void steering_end(struct steering *steering)
{
	views_release(&steering->views);
	panel_close(&steering->panel);
}

/* Of the panel, or NULL and in `text` the reason. */
static struct panel_slot *slot_of(struct panel *panel, const struct panel_view *view, char text[STEERING_TEXT_MAX])
{
	struct panel_slot *slot = panel_slot_of(panel, view);
	char title[2 * VIEW_TEXT_MAX];

	if (slot == NULL)
		snprintf(text, STEERING_TEXT_MAX, "%s: its breaker has just made room for another",
			 view_title(view, title));
	return slot;
}

/* What the breaker is now or, after false, why nothing was done. */
static bool describe(const struct panel_slot *slot, const struct panel_view *view, bool done,
		     char text[STEERING_TEXT_MAX])
{
	char title[2 * VIEW_TEXT_MAX], state[VIEW_TEXT_MAX], retry[64] = "";
	uint64_t now = clock_now(), wait;
	struct panel_view after;

	view_title(view, title);
	if (!done || !panel_view_slot(slot, now, &after)) {
		snprintf(text, STEERING_TEXT_MAX, "%s: it changes all the time; nothing was done", title);
		return false;
	}
	if (view_retries(&after, now, &wait)) {
		strcpy(retry, ", retry in ");
		duration_format_short(wait, retry + strlen(retry), sizeof(retry) - strlen(retry));
	}
	snprintf(text, STEERING_TEXT_MAX, "%s: %s%s", title, view_state(&after, state), retry);
	return true;
}

struct panel_slot *steering_slot(struct steering *steering, const struct panel_view *view)
{
	char text[STEERING_TEXT_MAX];
	struct panel_slot *slot = slot_of(&steering->panel, view, text);

	if (slot == NULL)
		say_error("%s", text);
	return slot;
}

bool steering_tell(const struct panel_slot *slot, const struct panel_view *view, bool done)
{
	char text[STEERING_TEXT_MAX];
	bool result = describe(slot, view, done, text);

	if (result)
		puts(text);
	else
		say_error("%s", text);
	return result;
}

static bool change(struct panel *panel, const struct panel_view *view, bool trips, char text[STEERING_TEXT_MAX])
{
	struct panel_slot *slot = slot_of(panel, view, text);
	struct panel_change changes[2];
	uint64_t now = clock_now();

	if (slot == NULL)
		return false;
	return describe(slot, view,
			trips ? panel_trip(slot, &view->policy, now, 0, false, changes)
			      : panel_reset(slot, &view->policy, now, false, changes),
			text);
}

bool steering_change(const char *path, const struct panel_view *view, bool trips, char text[STEERING_TEXT_MAX])
{
	struct panel panel;
	bool done;

	if (!panel_open(&panel, path, PANEL_STEER, text, STEERING_TEXT_MAX))
		return false;
	done = change(&panel, view, trips, text);
	panel_close(&panel);
	return done;
}
