/* SPDX-License-Identifier: MIT */
/*
 * trip.c - cutout trip: opens circuits by hand.
 */
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cli/cmd.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/steer.h"

static enum cmd_status trip(int argc, char **argv);

const struct cmd_entry cmd_trip_entry = {
	.name = "trip",
	.summary = "open circuits by hand",
	.usage =
		"Usage: cutout trip [-p PANEL] [--for=DURATION] [--hold] PATTERN\n"
		"\n"
		"Opens the circuits whose destination or address PATTERN matches as a whole; \"*\" stands for any\n"
		"text, \"?\" for one character. The next connect of every process is refused. The circuit stays\n"
		"open for the time that its policy says, becomes half-open then, and recovers as usual.\n"
		"\n"
		"Options:\n"
		"      --for=DURATION  how long it stays open: 90s, 10m, 24h; up to a year\n"
		"      --hold          hold it open until it is reset or tripped without this; with --for, until\n"
		"                      the time is over\n"
		"  -p, --panel=PANEL   the panel's path\n"
		"  -h, --help          print this text\n"
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
		"  cutout trip --for 10m '*:5432'\n",
	.run = trip,
};

struct request {
	const char *panel;
	const char *pattern;
	uint64_t duration; /* ns; 0: the policy's */
	bool hold;
};

static bool take_duration(void *context, const char *text)
{
	uint64_t *duration = context;

	if (!duration_parse(duration, text, strlen(text))) {
		say_usage_error("--for: \"%s\" is no duration up to a year, such as 90s, 10m or 24h", text);
		return false;
	}
	if (*duration == 0)
		say_usage_error("--for: the duration must be longer than 0; \"cutout reset\" closes circuits");
	return *duration > 0;
}

static enum cmd_status read_arguments(struct request *request, int argc, char **argv)
{
	const struct options_row rows[] = {
		{ 'p', "panel", .text = &request->panel },
		{ 0, "for", .take = take_duration, .context = &request->duration },
		{ 0, "hold", .flag = &request->hold },
		{ 0 },
	};
	enum cmd_status status = options_read(rows, argc, argv);

	if (status != CMD_OK)
		return status;
	if (argc == optind) {
		say_usage_error("which circuits? A pattern is needed; '*' stands for all");
		return CMD_USAGE;
	}
	return options_operand("pattern", argv + optind, &request->pattern);
}

static bool trip_one(struct steering *steering, const struct panel_view *view, const struct request *request)
{
	struct panel_slot *slot = steering_slot(steering, view);
	struct panel_change changes[2];

	return slot != NULL &&
	       steering_tell(slot, view,
			     panel_trip(slot, &view->policy, clock_now(), request->duration, request->hold, changes));
}

static enum cmd_status trip(int argc, char **argv)
{
	struct request request = { .pattern = NULL };
	struct steering steering;
	enum cmd_status status = read_arguments(&request, argc, argv);

	if (status == CMD_OK)
		status = steering_begin(&steering, request.panel, request.pattern);
	if (status != CMD_OK)
		return status;
	for (size_t i = 0; i < steering.views.count; i++)
		if (!trip_one(&steering, &steering.views.list[i], &request))
			status = CMD_NO;
	steering_end(&steering);
	return status;
}
