/* SPDX-License-Identifier: MIT */
/*
 * top.c - cutout top: the breakers of a panel as they change.
 *
 * A signal that ends the program is noted, the terminal put back as it was, and the signal raised again.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cli/board.h"
#include "cli/cmd.h"
#include "cli/environment.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/screen.h"

static enum cmd_status top(int argc, char **argv);

const struct cmd_entry cmd_top_entry = {
	.name = "top",
	.summary = "watch the breakers on a live screen",
	.usage =
		"Usage: cutout top [-p PANEL] [-d TIME] [PATTERN]\n"
		"\n"
		"Shows the breakers of a panel as they change, open ones first. PATTERN is the filter to begin\n"
		"with: a part of a destination or address, in which \"*\" stands for any text, \"?\" for one\n"
		"character. Failure rate and calls per second are of the last ten updates.\n"
		"\n"
		"Keys: up and down choose a breaker, t opens its circuit and r closes it, s and S change the\n"
		"order, / sets the filter, h explains, q quits.\n"
		"\n"
		"Options:\n"
		"  -p, --panel=PANEL  the panel's path\n"
		"  -d, --delay=TIME   time between updates, from 100ms to 1h; default: 1s\n"
		"  -h, --help         print this text\n"
		"\n"
		"Environment:\n"
		"  CUTOUT_PANEL  the panel, where -p is not given; without both it is the user's own\n"
		"  NO_COLOR      if it is set, no colours\n"
		"  TERM          the kind of terminal\n"
		"\n"
		"Exit status:\n"
		"  0  by q\n"
		"  1  this is no terminal, or the panel cannot be used\n"
		"  2  wrong usage\n"
		"\n"
		"Example:\n"
		"  cutout top -d 5s :5432\n",
	.run = top,
};

struct request {
	const char *panel;
	const char *pattern;
	uint64_t delay;
};

static volatile sig_atomic_t caught, stop_is_wanted;

static void catch(int number)
{
	if (number == SIGTSTP)
		stop_is_wanted = 1;
	else
		caught = number;
}

/*
 * The ones that end a program or stop it and are not ignored. The handler of curses for SIGTSTP would write to the
 * terminal in the midst of what is being written.
 */
static void catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	struct sigaction action = { .sa_handler = catch }, before;

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
}

/* As the kernel would have done it, but with the terminal as it was before; goes on with SIGCONT. */
static void stop(void)
{
	stop_is_wanted = 0;
	screen_leave();
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	signal(SIGTSTP, catch);
}

/* Milliseconds, rounded up; a signal may come when nothing waits for it, so not too many of them. */
static int until(uint64_t due)
{
	uint64_t now = clock_now();
	uint64_t wait = due > now ? (due - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC : 0;

	return wait < 500 ? (int)wait : 500;
}

static bool watch(struct board *board, uint64_t delay)
{
	uint64_t due = 0;
	bool going = true;

	while (going && !board->is_over && caught == 0) {
		uint64_t now;

		if (stop_is_wanted)
			stop();
		now = clock_now();
		if (now >= due) {
			going = board_read(board, true);
			due = now + delay;
		}
		if (!going)
			break;
		board_show(board);
		going = board_obey(board, screen_key(until(due)));
	}
	return going;
}

static bool take_delay(void *context, const char *text)
{
	uint64_t *delay = context;

	if (duration_parse(delay, text, strlen(text)) && *delay >= 100 * NSEC_PER_MSEC && *delay <= 3600 * NSEC_PER_SEC)
		return true;
	say_usage_error("-d: \"%s\" is no time from 100ms to 1h", text);
	return false;
}

static enum cmd_status read_arguments(struct request *request, int argc, char **argv)
{
	const struct options_row rows[] = {
		{ 'p', "panel", .text = &request->panel },
		{ 'd', "delay", .take = take_delay, .context = &request->delay },
		{ 0 },
	};
	enum cmd_status status = options_read(rows, argc, argv);

	if (status == CMD_OK)
		status = options_operand("pattern", argv + optind, &request->pattern);
	if (status == CMD_OK && strlen(request->pattern) >= BOARD_FILTER_MAX) {
		say_usage_error("a filter has %d characters at most", BOARD_FILTER_MAX - 1);
		return CMD_USAGE;
	}
	return status;
}

/* What cannot be read at all is told on the terminal as it is. */
static bool run(struct board *board, uint64_t delay)
{
	bool going;

	if (!board_read(board, false)) {
		say_error("%s", board->why);
		return false;
	}
	catch_signals();
	if (!screen_begin())
		return false;
	going = watch(board, delay);
	screen_end();
	if (!going)
		say_error("%s", board->why);
	return going;
}

static enum cmd_status top(int argc, char **argv)
{
	struct request request = { .pattern = "", .delay = NSEC_PER_SEC };
	struct board board = { .views.list = NULL };
	enum cmd_status result = read_arguments(&request, argc, argv);
	bool went_well;

	if (result != CMD_OK)
		return result;
	if (!environment_panel(request.panel, &board.panel))
		return CMD_USAGE;
	strcpy(board.filter, request.pattern);
	clock_init();
	went_well = run(&board, request.delay);
	board_release(&board);
	if (caught != 0) {
		signal(caught, SIG_DFL);
		raise(caught);
	}
	return went_well ? CMD_OK : CMD_NO;
}
