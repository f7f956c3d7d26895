/* SPDX-License-Identifier: MIT */
/*
 * steer.c - breakers of a panel, selected, and one after the other changed.
 */
#include "cli/steer.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cli/environment.h"
#include "cli/say.h"

static enum cmd_status select_views(struct views *views, const char *pattern)
{
	if (pattern == NULL)
		return CMD_OK;
	if (!views_select(views, pattern))
		return CMD_NO;
	if (views->count > 0)
		return CMD_OK;
	say_error("no breaker matches \"%s\" in %s", pattern, views->path);
	return CMD_NO;
}

enum cmd_status steering_begin(struct steering *steering, const char *panel, const char *pattern)
{
	enum cmd_status status = CMD_NO;
	const char *path;

	*steering = (struct steering){ .views = VIEWS_EMPTY };
	if (!environment_panel(panel, &path))
		return CMD_USAGE;
	switch (views_open(&steering->views, path, PANEL_STEER, &steering->panel)) {
	case VIEWS_READ:
		status = select_views(&steering->views, pattern);
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

struct panel_slot *steering_slot(struct steering *steering, const struct panel_view *view)
{
	struct panel_slot *slot = panel_slot_of(&steering->panel, view);
	char title[2 * VIEW_TEXT_MAX];

	if (slot == NULL)
		say_error("%s: its breaker has just made room for another", view_title(view, title));
	return slot;
}

bool steering_tell(const struct panel_slot *slot, const struct panel_view *view, bool done)
{
	char title[2 * VIEW_TEXT_MAX], state[VIEW_TEXT_MAX], duration[32];
	uint64_t now = clock_now(), wait;
	struct panel_view after;

	view_title(view, title);
	if (!done || !panel_view_slot(slot, now, &after)) {
		say_error("%s: it changes all the time; nothing was done", title);
		return false;
	}
	printf("%s: %s", title, view_state(&after, state));
	if (view_retries(&after, now, &wait)) {
		duration_format_short(wait, duration, sizeof(duration));
		printf(", retry in %s", duration);
	}
	putchar('\n');
	return true;
}
