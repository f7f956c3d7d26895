/* SPDX-License-Identifier: MIT */
/*
 * status.c - cutout status: the breakers of a panel, open ones first.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "cli/cmd.h"
#include "cli/environment.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/views.h"

static enum cmd_status status(int argc, char **argv);

const struct cmd_entry cmd_status_entry = {
	.name = "status",
	.summary = "show the breakers",
	.usage =
		"Usage: cutout status [-p PANEL] [--json] [PATTERN]\n"
		"\n"
		"Shows the breakers of a panel: open ones first, then half-open, then closed ones, each by\n"
		"destination. PATTERN selects those whose destination or address it matches as a whole; \"*\"\n"
		"stands for any text, \"?\" for one character. CALLS, FAILED and REFUSED are of the breaker's\n"
		"whole life, SINCE is the time in the present state, RETRY IN the time until an open circuit\n"
		"admits a call again. Shown where there are any: FALLBACK, calls that went to the fallback of a\n"
		"rule; WOULD REFUSE, calls that were made in observe mode, and refused otherwise. A breaker that\n"
		"serves several addresses has the address \"-\".\n"
		"A mode that was set by hand (cutout mode) stands above the table, one of a breaker alone in\n"
		"brackets behind its state. How many calls passed unprotected, since the panel was full,\n"
		"stands there too, if any did.\n"
		"\n"
		"Options:\n"
		"  -p, --panel=PANEL  the panel's path\n"
		"      --json         machine-readable, with all counts and the policy\n"
		"  -h, --help         print this text\n"
		"\n"
		"Environment:\n"
		"  CUTOUT_PANEL  the panel, where -p is not given; without both it is the user's own\n"
		"  NO_COLOR      if it is set, no colours on a terminal\n"
		"\n"
		"Exit status:\n"
		"  0  also when there is no panel yet\n"
		"  1  nothing matches PATTERN, the panel cannot be used, or the output cannot be written\n"
		"  2  wrong usage\n"
		"\n"
		"Example:\n"
		"  cutout status '*:5432'\n",
	.run = status,
};

struct request {
	const char *panel;
	const char *pattern;
	bool is_json;
};

static const struct table_column columns[] = {
	{ "STATE", false }, { "DESTINATION", false }, { "ADDRESS", false },    { "CALLS", true }, { "FAILED", true },
	{ "REFUSED", true }, { "LAST ERROR", false }, { "SINCE", true }, { "RETRY IN", true },
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* Behind the others, where there are any: most rules have no fallback, and most programs refuse. */
static const struct {
	struct table_column column;
	enum panel_total total;
} optional[] = {
	{ { "FALLBACK", true }, TOTAL_FALLBACK },
	{ { "WOULD REFUSE", true }, TOTAL_WOULD_REFUSE },
};

enum { OPTIONAL = sizeof(optional) / sizeof(optional[0]) };

struct optional_columns {
	enum panel_total totals[OPTIONAL];
	size_t count;
};

static const char *colour_of(enum breaker_phase phase)
{
	return phase == BREAKER_OPEN ? "31" : phase == BREAKER_HALF_OPEN ? "33" : "32";
}

static void fill_row(struct table_row *row, const struct optional_columns *more, const struct panel_view *view,
		     uint64_t now)
{
	static const enum panel_total totals[] = { TOTAL_CALLS, TOTAL_FAILURES, TOTAL_REFUSED };
	char text[VIEW_TEXT_MAX];
	const char *error = view_last_error(view, text);
	uint64_t wait;

	row->colour = colour_of(view->state.phase);
	view_state(view, row->cells[0]);
	snprintf(row->cells[6], TABLE_CELL_MAX, "%s", error != NULL ? error : "-");
	view_destination(view, row->cells[1]);
	view_address(view, row->cells[2]);
	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++)
		snprintf(row->cells[3 + i], TABLE_CELL_MAX, "%" PRIu64, view->totals[totals[i]]);
	duration_format_short(view_age(view, now), row->cells[7], TABLE_CELL_MAX);
	if (view_retries(view, now, &wait))
		duration_format_short(wait, row->cells[8], TABLE_CELL_MAX);
	else
		strcpy(row->cells[8], "-");
	for (size_t i = 0; i < more->count; i++)
		snprintf(row->cells[COLUMNS + i], TABLE_CELL_MAX, "%" PRIu64, view->totals[more->totals[i]]);
}

static bool has_any(const struct views *views, enum panel_total total)
{
	for (size_t i = 0; i < views->count; i++)
		if (views->list[i].totals[total] != 0)
			return true;
	return false;
}

static bool show_table(const struct views *views)
{
	struct table_column all[COLUMNS + OPTIONAL];
	struct optional_columns more = { .count = 0 };
	struct table table = { all, 0, NULL, 0 };
	struct table_row *row = NULL;

	memcpy(all, columns, sizeof(columns));
	for (size_t i = 0; i < OPTIONAL; i++) {
		if (!has_any(views, optional[i].total))
			continue;
		all[COLUMNS + more.count] = optional[i].column;
		more.totals[more.count++] = optional[i].total;
	}
	table.column_count = COLUMNS + more.count;
	for (size_t i = 0; i < views->count; i++) {
		row = table_add(&table);
		if (row == NULL)
			break;
		fill_row(row, &more, &views->list[i], views->now);
	}
	if (row != NULL)
		table_print(&table, stdout, table_wants_colour(stdout));
	else
		say_out_of_memory();
	table_release(&table);
	return row != NULL;
}

static bool show_json(const struct views *views)
{
	json_t *breakers = json_array();
	json_t *json = json_head(views->path);

	for (size_t i = 0; i < views->count; i++)
		json_array_append_new(breakers, json_of_view(&views->list[i], views->now));
	json_object_set_new(json, "breakers", breakers);
	json_object_set_new(json, "mode", json_string(mode_name(views->mode)));
	return json_show(json);
}

/* Somebody has taken it out of the hands of rules and programs: that comes first. */
static void show_mode(const struct views *views)
{
	if (views->mode != MODE_DEFAULT)
		printf("mode: %s, set by hand; \"cutout mode default\" gives it back to the rules\n", mode_name(views->mode));
}

/* The table cannot tell of destinations that are not in it. */
static void show_unprotected(const struct views *views)
{
	uint64_t calls = views->figures.unprotected;

	if (calls > 0)
		printf("%" PRIu64 " call%s passed unprotected: the panel was full, and no breaker could make room\n", calls,
		       calls == 1 ? "" : "s");
}

static enum cmd_status show(struct views *views, const struct request *request, bool has_panel)
{
	if (request->pattern != NULL && !views_select_some(views, request->pattern))
		return CMD_NO;
	views_sort(views);
	if (request->is_json)
		return show_json(views) ? CMD_OK : CMD_NO;
	if (!has_panel) {
		say_note("no panel yet at %s: nothing has run under cutout", views->path);
		return CMD_OK;
	}
	show_mode(views);
	show_unprotected(views);
	if (views->count == 0) {
		say_note("no breaker yet in %s", views->path);
		return CMD_OK;
	}
	return show_table(views) ? CMD_OK : CMD_NO;
}

static enum cmd_status read_arguments(struct request *request, int argc, char **argv)
{
	const struct options_row rows[] = {
		{ 'p', "panel", .text = &request->panel },
		{ 0, "json", .flag = &request->is_json },
		{ 0 },
	};
	enum cmd_status result = options_read(rows, argc, argv);

	return result == CMD_OK ? options_operand("pattern", argv + optind, &request->pattern) : result;
}

static enum cmd_status status(int argc, char **argv)
{
	struct request request = { NULL, NULL, false };
	struct views views = VIEWS_EMPTY;
	enum cmd_status result = read_arguments(&request, argc, argv);
	enum views_result reading;
	const char *path;

	if (result != CMD_OK)
		return result;
	if (!environment_panel(request.panel, &path))
		return CMD_USAGE;
	reading = views_read(&views, path);
	result = reading == VIEWS_FAILED ? CMD_NO : show(&views, &request, reading == VIEWS_READ);
	views_release(&views);
	return result;
}
