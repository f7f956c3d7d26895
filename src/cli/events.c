/* SPDX-License-Identifier: MIT */
/*
 * events.c - cutout events: the changes of state that a panel remembers, and those to come.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cli/cmd.h"
#include "cli/command.h"
#include "cli/environment.h"
#include "cli/event.h"
#include "cli/feed.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/views.h"

static enum cmd_status events(int argc, char **argv);

const struct cmd_entry cmd_events_entry = {
	.name = "events",
	.summary = "show changes of state, or run a command for each",
	.usage =
		"Usage: cutout events [-p PANEL] [--follow] [--json] [--since=DURATION] [--exec=COMMAND]\n"
		"                     [--exec-timeout=DURATION] [PATTERN]\n"
		"\n"
		"Shows the last changes of state, of all breakers or of those whose destination or address PATTERN\n"
		"matches as a whole; \"*\" stands for any text, \"?\" for one character. The changes of a breaker\n"
		"are in their order. The panel remembers 4096; what was lost before it could be read is shown\n"
		"as lost.\n"
		"\n"
		"Options:\n"
		"  -f, --follow                 go on with changes as they happen\n"
		"      --json                   one JSON object per line\n"
		"      --since=DURATION         only changes of the last 30s, 10m, 24h; 0: only those to come\n"
		"      --exec=COMMAND           run COMMAND by sh for each change, one at a time: the fields are in\n"
		"                               its environment, the JSON object on its standard input\n"
		"      --exec-timeout=DURATION  kill COMMAND after this long (default 10s)\n"
		"  -p, --panel=PANEL            the panel's path\n"
		"  -h, --help                   print this text\n"
		"\n"
		"Environment:\n"
		"  CUTOUT_PANEL  the panel, where -p is not given; without both it is the user's own\n"
		"COMMAND finds CUTOUT_EVENT_TIME, _DESTINATION, _ADDRESS, _GENERATION, _FROM, _TO, _REASON,\n"
		"_LAST_ERROR, _PID, _PROGRAM, _RETRY_IN_SECONDS, _REQUESTS, _SUCCESSES, _FAILURES, _IGNORED,\n"
		"_CONSECUTIVE_SUCCESSES, _CONSECUTIVE_FAILURES and, after lost changes, _LOST.\n"
		"\n"
		"Exit status:\n"
		"  0  also when there is no panel, or no change, yet\n"
		"  1  no breaker matches PATTERN, the panel cannot be used, or the output cannot be written\n"
		"  2  wrong usage\n"
		"\n"
		"Example:\n"
		"  cutout events --follow --since 0 --exec 'logger -t breakers'\n",
	.run = events,
};

enum { GRACE_MS = 100, GRACE_STEP_MS = 5, POLL_MS = 50, POLLS_PER_LOOK = 20 };

struct request {
	const char *panel;
	const char *pattern;
	const char *command;
	uint64_t limit;
	uint64_t since; /* ns */
	bool has_since;
	bool follows;
	bool is_json;
};

/* While it runs. */
struct watching {
	const struct request *request;
	const char *path; /* NULL: the default */
	char shown_path[256];
	struct panel panel;
	struct stat file; /* which the panel is */
	struct feed *feed;
	char *glob;       /* NULL: all */
	uint64_t from;    /* wall time */
	size_t shown;
};

static volatile sig_atomic_t stopped_by;

static void stop(int number)
{
	stopped_by = number;
}

/* A command that runs is to end with us. */
static void catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = stop };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction old;

		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

static void pause_for(unsigned milliseconds)
{
	nanosleep(&(struct timespec){ .tv_nsec = (long)(milliseconds * NSEC_PER_MSEC) }, NULL);
}

/* --- one event --- */

static bool set_environment(void *event)
{
	return event_set_environment(event);
}

static bool run_command(const struct watching *watching, struct event *event, const char *json)
{
	struct command command = {
		.text = watching->request->command,
		.limit = watching->request->limit,
		.input = json,
		.prepare = set_environment,
		.context = event,
	};

	return command_run(&command, &stopped_by);
}

static bool is_wanted(const struct watching *watching, const struct event *event)
{
	return event->change.wall >= watching->from &&
	       (watching->glob == NULL || view_matches(&event->view, watching->glob));
}

/* False: no further. */
static bool show(void *context, const struct feed_item *item)
{
	struct watching *watching = context;
	bool goes_on = true;
	struct event event;
	char *json;

	event_make(&event, &watching->panel, item);
	if (!is_wanted(watching, &event))
		return true;
	watching->shown++;
	json = event_json(&event);
	if (json == NULL)
		return say_out_of_memory();
	if (watching->request->is_json)
		fputs(json, stdout);
	else
		event_print(&event, stdout);
	if (watching->request->command != NULL)
		goes_on = run_command(watching, &event, json);
	free(json);
	return goes_on && !stopped_by && !ferror(stdout);
}

/* --- the panel --- */

/* As views_open(). One that is replaced between the two looks is read anew: is_replaced() tells. */
static enum views_result open_panel(struct watching *watching)
{
	char why[512];

	if (stat(watching->shown_path, &watching->file) != 0 && errno == ENOENT)
		return VIEWS_NO_PANEL;
	if (panel_open(&watching->panel, watching->path, PANEL_READ, why, sizeof(why))) {
		feed_begin(watching->feed, &watching->panel);
		return VIEWS_READ;
	}
	if (watching->panel.is_absent)
		return VIEWS_NO_PANEL;
	say_error("%s", why);
	return VIEWS_FAILED;
}

/* Another file has its name now: its programs are those that count. */
static bool is_replaced(const struct watching *watching)
{
	struct stat found;

	return stat(watching->shown_path, &found) == 0 &&
	       (found.st_ino != watching->file.st_ino || found.st_dev != watching->file.st_dev);
}

/* --- once --- */

/* False after a message. */
static bool is_pattern_known(const struct watching *watching)
{
	struct views views = VIEWS_EMPTY;
	bool known = views_read(&views, watching->path) != VIEWS_FAILED && views_know(&views, watching->request->pattern);

	views_release(&views);
	return known;
}

static bool show_all(struct watching *watching)
{
	for (unsigned waited = 0; !feed_read(watching->feed, clock_now()) && waited < GRACE_MS; waited += GRACE_STEP_MS)
		pause_for(GRACE_STEP_MS);
	return feed_hand_out(watching->feed, clock_now(), true, show, watching);
}

static enum cmd_status show_once(struct watching *watching)
{
	enum views_result opened = open_panel(watching);

	if (opened == VIEWS_NO_PANEL && watching->glob == NULL) {
		say_note("no panel yet at %s: nothing has run under cutout", watching->shown_path);
		return CMD_OK;
	}
	if (opened == VIEWS_FAILED || (opened == VIEWS_READ && !show_all(watching)))
		return CMD_NO;
	if (watching->shown == 0 && watching->glob != NULL && !is_pattern_known(watching))
		return CMD_NO;
	if (watching->shown == 0)
		say_note("no change of state %s in %s", watching->request->has_since ? "since then" : "yet",
			 watching->shown_path);
	return CMD_OK;
}

/* --- for as long as it is wanted --- */

static bool follow_panel(struct watching *watching)
{
	for (unsigned polls = 1; !stopped_by; polls++) {
		bool is_last = polls % POLLS_PER_LOOK == 0 && is_replaced(watching);

		feed_read(watching->feed, clock_now());
		if (!feed_hand_out(watching->feed, clock_now(), is_last, show, watching))
			return false;
		if (fflush(stdout) != 0)
			return false;
		if (is_last)
			return true;
		pause_for(POLL_MS);
	}
	return false;
}

/* True once it is open. */
static bool wait_for_panel(struct watching *watching)
{
	enum views_result opened = open_panel(watching);

	if (opened == VIEWS_NO_PANEL)
		say_note("no panel yet at %s: waiting for one", watching->shown_path);
	while (!stopped_by && opened == VIEWS_NO_PANEL) {
		pause_for(POLL_MS);
		opened = open_panel(watching);
	}
	return !stopped_by && opened == VIEWS_READ;
}

static enum cmd_status follow(struct watching *watching)
{
	bool goes_on = true;

	while (goes_on && wait_for_panel(watching)) {
		goes_on = follow_panel(watching);
		panel_close(&watching->panel);
	}
	return CMD_NO;
}

/* As who sent the signal expects it. */
static void die(int number)
{
	fflush(stdout);
	signal(number, SIG_DFL);
	raise(number);
}

/* --- the command --- */

static bool read_duration(const char *option, const char *text, uint64_t *ns)
{
	if (duration_parse(ns, text, strlen(text)))
		return true;
	say_usage_error("%s: \"%s\" is no duration up to a year, such as 30s, 10m or 24h", option, text);
	return false;
}

static bool take_since(void *context, const char *text)
{
	struct request *request = context;

	request->has_since = true;
	return read_duration("--since", text, &request->since);
}

static bool take_limit(void *context, const char *text)
{
	struct request *request = context;

	if (!read_duration("--exec-timeout", text, &request->limit))
		return false;
	if (request->limit == 0)
		say_usage_error("--exec-timeout: the duration must be longer than 0");
	return request->limit > 0;
}

static enum cmd_status read_arguments(struct request *request, int argc, char **argv)
{
	const struct options_row rows[] = {
		{ 'p', "panel", .text = &request->panel },
		{ 'f', "follow", .flag = &request->follows },
		{ 0, "json", .flag = &request->is_json },
		{ 0, "since", .take = take_since, .context = request },
		{ 0, "exec", .text = &request->command },
		{ 0, "exec-timeout", .take = take_limit, .context = request },
		{ 0 },
	};
	enum cmd_status status = options_read(rows, argc, argv);

	return status == CMD_OK ? options_operand("pattern", argv + optind, &request->pattern) : status;
}

static bool prepare(struct watching *watching)
{
	const struct request *request = watching->request;
	uint64_t wall;

	if (watching->path != NULL && strcmp(watching->path, "private") == 0) {
		say_error("a private panel is known to its programs alone: nothing can be shown of it");
		return false;
	}
	if (watching->path != NULL)
		snprintf(watching->shown_path, sizeof(watching->shown_path), "%s", watching->path);
	else
		panel_default_path(watching->shown_path, sizeof(watching->shown_path));
	clock_init();
	wall = clock_wall();
	if (request->has_since && wall > request->since)
		watching->from = wall - request->since;
	watching->feed = malloc(sizeof(*watching->feed));
	if (watching->feed == NULL)
		return say_out_of_memory();
	if (request->pattern != NULL)
		watching->glob = views_glob(request->pattern);
	return request->pattern == NULL || watching->glob != NULL;
}

static enum cmd_status events(int argc, char **argv)
{
	struct request request = { .limit = 10 * NSEC_PER_SEC };
	struct watching watching = { .request = &request };
	enum cmd_status status = read_arguments(&request, argc, argv);

	if (status != CMD_OK)
		return status;
	if (!environment_panel(request.panel, &watching.path))
		return CMD_USAGE;
	status = CMD_NO;
	catch_signals();
	if (prepare(&watching))
		status = request.follows ? follow(&watching) : show_once(&watching);
	panel_close(&watching.panel);
	free(watching.feed);
	free(watching.glob);
	if (stopped_by)
		die(stopped_by);
	return status;
}
