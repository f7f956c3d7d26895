/* SPDX-License-Identifier: MIT */
/*
 * reset.c - cutout reset: closes circuits by hand.
 */
#include "base/clock.h"
#include "cli/cmd.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/steer.h"

static enum cmd_status reset(int argc, char **argv);

const struct cmd_entry cmd_reset_entry = {
	.name = "reset",
	.summary = "close circuits by hand",
	.usage =
		"Usage: cutout reset [-p PANEL] [--hold] PATTERN\n"
		"       cutout reset [-p PANEL] [--hold] --all\n"
		"\n"
		"Closes the circuits whose destination or address PATTERN matches as a whole; \"*\" stands for any\n"
		"text, \"?\" for one character. The next connect of every process is let through, and failures\n"
		"are counted from 0. A circuit that is held is released.\n"
		"\n"
		"Options:\n"
		"      --all          all circuits; those that are closed and not held stay as they are\n"
		"      --hold         hold them closed, whatever fails, until they are reset without this\n"
		"  -p, --panel=PANEL  the panel's path\n"
		"  -h, --help         print this text\n"
		"\n"
		"Environment:\n"
		"  CUTOUT_PANEL  the panel, where -p is not given; without both it is the user's own\n"
		"\n"
		"Exit status:\n"
		"  0  done; a line for each circuit says how it is now\n"
		"  1  nothing matches PATTERN, there is no panel, or it cannot be used\n"
		"  2  wrong usage\n"
		"\n"
		"Example:\n"
		"  cutout reset db.internal:5432\n",
	.run = reset,
};

struct request {
	const char *panel;
	const char *pattern; /* NULL: all */
	bool is_all;
	bool hold;
};

static enum cmd_status read_arguments(struct request *request, int argc, char **argv)
{
	const struct options_row rows[] = {
		{ 'p', "panel", .text = &request->panel },
		{ 0, "all", .flag = &request->is_all },
		{ 0, "hold", .flag = &request->hold },
		{ 0 },
	};
	enum cmd_status status = options_read(rows, argc, argv);

	if (status != CMD_OK)
		return status;
	if (argc == optind && !request->is_all) {
		say_usage_error("which circuits? A pattern or --all is needed");
		return CMD_USAGE;
	}
	if (argc > optind && request->is_all) {
		say_usage_error("either --all or a pattern, not also \"%s\"", argv[optind]);
		return CMD_USAGE;
	}
	return options_operand("pattern", argv + optind, &request->pattern);
}

/* For --all: what is closed anyway would lose its counts, and the events their history, for nothing. */
static bool is_left_alone(const struct panel_view *view, const struct request *request)
{
	return request->is_all && view->state.phase == BREAKER_CLOSED && view->state.held == request->hold;
}

static bool reset_one(struct steering *steering, const struct panel_view *view, const struct request *request)
{
	struct panel_slot *slot = steering_slot(steering, view);
	struct panel_change changes[2];

	return slot != NULL &&
	       steering_tell(slot, view, panel_reset(slot, &view->policy, clock_now(), request->hold, changes));
}

static enum cmd_status reset_all(struct steering *steering, const struct request *request)
{
	enum cmd_status status = CMD_OK;
	size_t left_alone = 0;

	for (size_t i = 0; i < steering->views.count; i++) {
		const struct panel_view *view = &steering->views.list[i];

		if (is_left_alone(view, request))
			left_alone++;
		else if (!reset_one(steering, view, request))
			status = CMD_NO;
	}
	if (left_alone == steering->views.count)
		say_note("nothing to do: every circuit is %s", request->hold ? "held closed" : "closed, and none is held");
	return status;
}

static enum cmd_status reset(int argc, char **argv)
{
	struct request request = { .pattern = NULL };
	struct steering steering;
	enum cmd_status status = read_arguments(&request, argc, argv);

	if (status == CMD_OK)
		status = steering_begin(&steering, request.panel, request.pattern);
	if (status != CMD_OK)
		return status;
	status = reset_all(&steering, &request);
	steering_end(&steering);
	return status;
}
