/* SPDX-License-Identifier: MIT */
/*
 * views.h - the breakers of a panel as they are now, and their fields as text.
 *
 * What a panel holds is not trusted: texts come out as printable ASCII.
 */
#ifndef CUTOUT_CLI_VIEWS_H
#define CUTOUT_CLI_VIEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "panel/panel.h"
#include "rules/rules.h"

enum views_result {
	VIEWS_READ,
	VIEWS_NO_PANEL, /* nothing has run yet, or not since the system was started: the list is empty */
	VIEWS_FAILED,   /* after a message */
};

struct views {
	char path[256]; /* of the panel */
	uint64_t now;   /* clock_now() of the reading */
	uint64_t netns; /* of this process; 0: not known */
	uint64_t netns_by_name; /* the same, for programs in a sandbox */
	struct panel_figures figures;
	enum rule_mode mode; /* the switch; MODE_DEFAULT: rules and programs decide */
	struct panel_view *list;
	size_t count;
};

#define VIEWS_EMPTY ((struct views){ .list = NULL })

/* Reads the panel at `path` (NULL: the default). Nothing is created or written. */
enum views_result views_read(struct views *views, const char *path);

/* As views_read(), but says nothing: `why` has the message. */
enum views_result views_try(struct views *views, const char *path, char *why, size_t size);
/* The same, and leaves the panel open, for the caller to close; with VIEWS_READ only. */
enum views_result views_open(struct views *views, const char *path, enum panel_access access, struct panel *panel);

/* Open ones first, then half-open, then closed; each by destination and address. */
int views_compare(const struct panel_view *first, const struct panel_view *second);
void views_sort(struct views *views);

/*
 * Keeps those whose destination or address matches the pattern, of which "*" and "?" mean something: not
 * fnmatch(), since the brackets of "[::1]:*" are part of the address. False, after a message, without memory.
 */
bool views_select(struct views *views, const char *pattern);

/* Whether the pattern selects any; false after a message, which says if a similar one would. */
bool views_know(const struct views *views, const char *pattern);

/* views_select(), but false, after a message, also when none would be left. */
bool views_select_some(struct views *views, const char *pattern);

/*
 * The same for one view: the glob is views_glob() of the pattern, which is to be freed; NULL, after a message,
 * without memory.
 */
char *views_glob(const char *pattern);
bool view_matches(const struct panel_view *view, const char *glob);

void views_release(struct views *views);

/* Room for any text below. */
enum { VIEW_TEXT_MAX = 192 };

const char *view_destination(const struct panel_view *view, char text[VIEW_TEXT_MAX]);
const char *view_address(const struct panel_view *view, char text[VIEW_TEXT_MAX]); /* "-": of no one address */
const char *view_rule(const struct panel_view *view, char text[VIEW_TEXT_MAX]);
const char *view_last_error(const struct panel_view *view, char text[VIEW_TEXT_MAX]); /* NULL: none yet */
const char *view_title(const struct panel_view *view, char text[2 * VIEW_TEXT_MAX]); /* destination (address) */
const char *view_protocol(const struct panel_view *view);
void view_get_addr(const struct panel_view *view, struct addr *addr);

/* "open", "closed (held)", "open (held, observe)". */
const char *view_state(const struct panel_view *view, char text[VIEW_TEXT_MAX]);

/* Nanoseconds in the present state. */
uint64_t view_age(const struct panel_view *view, uint64_t now);

/* True when it is open and becomes half-open by itself: in *wait ns. */
bool view_retries(const struct panel_view *view, uint64_t now, uint64_t *wait);

#endif
