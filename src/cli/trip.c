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

static bool read_duration(struct request *request, const char *text)
{
	if (!duration_parse(&request->duration, text, strlen(text))) {
		say_usage_error("--for: \"%s\" is no duration up to a year, such as 90s, 10m or 24h", text);
		return false;
	}
	if (request->duration == 0)
		say_usage_error("--for: the duration must be longer than 0; \"cutout reset\" closes circuits");
	return request->duration > 0;
}

static bool take_option(struct request *request, int letter)
{
	switch (letter) {
	case 'p':
		request->panel = optarg;
		return true;
	case OPTION_HOLD:
		request->hold = true;
		return true;
	case OPTION_FOR:
		return read_duration(request, optarg);
	default:
		return false;
	}
}

static enum cmd_status read_arguments(struct request *request, int argc, char **argv, bool *is_done)
{
	static const struct option longs[] = {
		{ "panel", required_argument, NULL, 'p' },
		{ "for", required_argument, NULL, OPTION_FOR },
		{ "hold", no_argument, NULL, OPTION_HOLD },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int letter;

	while ((letter = options_next(argc, argv, ":p:h", longs)) != OPTIONS_END) {
		if (letter == 'h') {
			*is_done = true;
			return cmd_show_usage(&cmd_trip_entry);
		}
		if (!take_option(request, letter))
			return CMD_USAGE;
	}
	if (argc == optind) {
		say_usage_error("which circuits? A pattern is needed; '*' stands for all");
		return CMD_USAGE;
	}
	if (argc - optind > 1) {
		say_usage_error("one pattern at a time, not also \"%s\"", argv[optind + 1]);
		return CMD_USAGE;
	}
	request->pattern = argv[optind];
	return CMD_OK;
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
	bool is_done = false;
	enum cmd_status status = read_arguments(&request, argc, argv, &is_done);

	if (status != CMD_OK || is_done)
		return status;
	status = steering_begin(&steering, request.panel, request.pattern);
	if (status != CMD_OK)
		return status;
	for (size_t i = 0; i < steering.views.count; i++)
		if (!trip_one(&steering, &steering.views.list[i], &request))
			status = CMD_NO;
	steering_end(&steering);
	return status;
}
