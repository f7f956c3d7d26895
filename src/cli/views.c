/* SPDX-License-Identifier: MIT */
/*
 * views.c - the breakers of a panel as they are now, and their fields as text.
 */
#include "cli/views.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/errname.h"
#include "cli/say.h"
#include "panel/mode.h"
#include "rules/glob.h"

static bool add(struct views *views, const struct panel_view *view)
{
	if ((views->count & (views->count - 1)) == 0) { /* full: room doubles at each power of two */
		size_t room = views->count > 0 ? 2 * views->count : 1;
		struct panel_view *list = realloc(views->list, room * sizeof(*list));

		if (list == NULL)
			return false;
		views->list = list;
	}
	views->list[views->count++] = *view;
	return true;
}

static enum views_result read_all(struct views *views, const struct panel *panel, char *why, size_t size)
{
	views->netns = panel->netns;
	views->netns_by_name = panel->netns_by_name;
	panel_figures(panel, &views->figures);
	views->mode = (enum rule_mode)panel_mode(panel);
	views->now = clock_now();
	for (size_t i = 0; i < PANEL_SLOTS; i++) {
		struct panel_view view;

		if (panel_view(panel, i, views->now, &view) && !add(views, &view)) {
			snprintf(why, size, "out of memory");
			return VIEWS_FAILED;
		}
	}
	return VIEWS_READ;
}

static enum views_result open_quietly(struct views *views, const char *path, enum panel_access wanted,
				      struct panel *panel, char *why, size_t size)
{
	enum views_result result;

	*views = VIEWS_EMPTY;
	if (path != NULL && strcmp(path, "private") == 0) {
		snprintf(why, size, "a private panel is known to its programs alone: %s",
			 wanted == PANEL_READ ? "nothing can be shown of it" : "it cannot be steered");
		return VIEWS_FAILED;
	}
	if (path != NULL)
		snprintf(views->path, sizeof(views->path), "%s", path);
	else
		panel_default_path(views->path, sizeof(views->path));
	views->figures.capacity = PANEL_SLOTS;
	if (access(views->path, F_OK) != 0 && errno == ENOENT)
		return VIEWS_NO_PANEL;
	clock_init();
	if (!panel_open(panel, path, wanted, why, size))
		return panel->is_absent ? VIEWS_NO_PANEL : VIEWS_FAILED;
	result = read_all(views, panel, why, size);
	if (result != VIEWS_READ)
		panel_close(panel);
	return result;
}

enum views_result views_try(struct views *views, const char *path, char *why, size_t size)
{
	struct panel panel;
	enum views_result result = open_quietly(views, path, PANEL_READ, &panel, why, size);

	if (result == VIEWS_READ)
		panel_close(&panel);
	return result;
}

enum views_result views_open(struct views *views, const char *path, enum panel_access wanted, struct panel *panel)
{
	char why[512];
	enum views_result result = open_quietly(views, path, wanted, panel, why, sizeof(why));

	if (result == VIEWS_FAILED)
		say_error("%s", why);
	return result;
}

enum views_result views_read(struct views *views, const char *path)
{
	struct panel panel;
	enum views_result result = views_open(views, path, PANEL_READ, &panel);

	if (result == VIEWS_READ)
		panel_close(&panel);
	return result;
}

static int rank(enum breaker_phase phase)
{
	return phase == BREAKER_OPEN ? 0 : phase == BREAKER_HALF_OPEN ? 1 : 2;
}

int views_compare(const struct panel_view *first, const struct panel_view *second)
{
	char text[VIEW_TEXT_MAX], other[VIEW_TEXT_MAX];
	int order = rank(first->state.phase) - rank(second->state.phase);

	if (order == 0)
		order = strcmp(view_destination(first, text), view_destination(second, other));
	if (order == 0)
		order = strcmp(view_address(first, text), view_address(second, other));
	return order;
}

static int compare(const void *a, const void *b)
{
	return views_compare(a, b);
}

void views_sort(struct views *views)
{
	if (views->count > 1)
		qsort(views->list, views->count, sizeof(*views->list), compare);
}

bool view_matches(const struct panel_view *view, const char *glob)
{
	char text[VIEW_TEXT_MAX];

	view_destination(view, text);
	if (glob_match(glob, strlen(glob), text, strlen(text)))
		return true;
	view_address(view, text);
	return glob_match(glob, strlen(glob), text, strlen(text));
}

char *views_glob(const char *pattern)
{
	char *glob = strdup(pattern);

	if (glob == NULL)
		say_out_of_memory();
	for (char *at = glob; at != NULL && *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at + ('a' - 'A'));
	return glob;
}

bool views_select(struct views *views, const char *pattern)
{
	char *glob = views_glob(pattern);
	size_t kept = 0;

	if (glob == NULL)
		return false;
	for (size_t i = 0; i < views->count; i++)
		if (view_matches(&views->list[i], glob))
			views->list[kept++] = views->list[i];
	views->count = kept;
	free(glob);
	return true;
}

static bool matches_any(const struct views *views, const char *pattern)
{
	char *glob = views_glob(pattern);
	bool found = false;

	for (size_t i = 0; glob != NULL && !found && i < views->count; i++)
		found = view_matches(&views->list[i], glob);
	free(glob);
	return found;
}

/* Whoever leaves out the port means it as it stands, or any part. */
static bool find_near(const struct views *views, const char *pattern, char *near, size_t size)
{
	static const char *const before[] = { "", "*" };

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if ((size_t)snprintf(near, size, "%s%s*", before[i], pattern) < size && matches_any(views, near))
			return true;
	return false;
}

bool views_know(const struct views *views, const char *pattern)
{
	char near[VIEW_TEXT_MAX];

	if (matches_any(views, pattern))
		return true;
	if (find_near(views, pattern, near, sizeof(near)))
		say_error("no breaker matches \"%s\" in %s (did you mean \"%s\"?)", pattern, views->path, near);
	else
		say_error("no breaker matches \"%s\" in %s", pattern, views->path);
	return false;
}

bool views_select_some(struct views *views, const char *pattern)
{
	return views_know(views, pattern) && views_select(views, pattern);
}

void views_release(struct views *views)
{
	free(views->list);
	*views = VIEWS_EMPTY;
}

static const char *printable(char text[VIEW_TEXT_MAX], const char *from, size_t size)
{
	size_t length = 0;

	for (; length < size && length < VIEW_TEXT_MAX - 1 && from[length] != '\0'; length++)
		text[length] = from[length] < ' ' || from[length] > '~' ? '?' : from[length];
	text[length] = '\0';
	return text;
}

const char *view_destination(const struct panel_view *view, char text[VIEW_TEXT_MAX])
{
	return printable(text, view->destination, sizeof(view->destination));
}

const char *view_rule(const struct panel_view *view, char text[VIEW_TEXT_MAX])
{
	return printable(text, view->rule, sizeof(view->rule));
}

void view_get_addr(const struct panel_view *view, struct addr *addr)
{
	*addr = (struct addr){ .scope = view->key.scope, .port = view->key.port, .family = view->key.family };
	memcpy(addr->bytes, view->key.address, sizeof(addr->bytes));
}

const char *view_address(const struct panel_view *view, char text[VIEW_TEXT_MAX])
{
	struct addr addr;

	view_get_addr(view, &addr);
	if (addr.family != ADDR_IPV4 && addr.family != ADDR_IPV6)
		return strcpy(text, "-");
	addr_format(&addr, text, VIEW_TEXT_MAX);
	return text;
}

const char *view_last_error(const struct panel_view *view, char text[VIEW_TEXT_MAX])
{
	const char *name = errname_of(view->last_error);

	if (view->last_error == 0)
		return NULL;
	if (view->last_error == OUTCOME_ERROR_UNKNOWN)
		name = "unknown";
	if (name != NULL)
		return name;
	snprintf(text, VIEW_TEXT_MAX, "errno %d", view->last_error);
	return text;
}

const char *view_title(const struct panel_view *view, char text[2 * VIEW_TEXT_MAX])
{
	char address[VIEW_TEXT_MAX];
	size_t length;

	view_destination(view, text);
	view_address(view, address);
	length = strlen(text);
	if (strcmp(address, "-") != 0 && strcmp(address, text) != 0)
		snprintf(text + length, 2 * VIEW_TEXT_MAX - length, " (%s)", address);
	return text;
}

const char *view_state(const struct panel_view *view, char text[VIEW_TEXT_MAX])
{
	bool is_switched = view->mode != PANEL_MODE_DEFAULT;
	const char *mode = mode_name((enum rule_mode)view->mode);

	strcpy(text, phase_name(view->state.phase));
	if (view->state.held && is_switched)
		snprintf(text, VIEW_TEXT_MAX, "%s (held, %s)", phase_name(view->state.phase), mode);
	else if (view->state.held || is_switched)
		snprintf(text, VIEW_TEXT_MAX, "%s (%s)", phase_name(view->state.phase), is_switched ? mode : "held");
	return text;
}

const char *view_protocol(const struct panel_view *view)
{
	switch (view->key.protocol) {
	case PROTOCOL_UDP:
		return "udp";
	case PROTOCOL_UNIX:
		return "unix";
	case PROTOCOL_LOOKUP:
		return "lookup";
	default:
		return "tcp";
	}
}

uint64_t view_age(const struct panel_view *view, uint64_t now)
{
	return view->since < now ? now - view->since : 0;
}

bool view_retries(const struct panel_view *view, uint64_t now, uint64_t *wait)
{
	*wait = 0;
	if (view->state.phase != BREAKER_OPEN || state_is_open_for_good(&view->state))
		return false;
	if (view->state.deadline > now)
		*wait = view->state.deadline - now;
	return true;
}
