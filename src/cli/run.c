/* SPDX-License-Identifier: MIT */
/*
 * run.c - cutout run: become a program that runs under the breakers.
 *
 * Everything is handed over in the environment; by exec the pid, the signals and the terminal are
 * the program's. What the object would only report, and then leave the program unprotected, is an
 * error here, before anything has been started.
 */
#include "cli/cmd.h"
#include "cli/environment.h"
#include "cli/launch.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/sources.h"
#include "panel/panel.h"

static enum cmd_status run(int argc, char **argv);

const struct cmd_entry cmd_run_entry = {
	.name = "run",
	.summary = "run a program under the breakers",
	.usage =
		"Usage: cutout run [-r RULE]... [-f FILE]... [-m MODE] [-p PANEL] [-qv] [--strict]\n"
		"                  [--] PROGRAM [ARG]...\n"
		"\n"
		"Becomes PROGRAM, with libcutout.so preloaded: every network destination that it connects to\n"
		"has a circuit breaker, and connects to one whose circuit is open fail at once with\n"
		"ECONNREFUSED. The rules say what opens a circuit, and for how long. They are validated first:\n"
		"with a mistake in them nothing is run.\n"
		"\n"
		"Options:\n"
		"  -r, --rule=RULE    a rule, or several; the first one that matches a destination wins\n"
		"  -f, --file=FILE    rules from a file; \"-\" is the standard input\n"
		"                     (-r and -f may be repeated; with either, CUTOUT_RULES is not looked at)\n"
		"  -m, --mode=MODE    enforce; observe: count and report, but never refuse; off: do nothing\n"
		"  -p, --panel=PANEL  where the breakers live: an absolute path, or \"private\"\n"
		"  -q, --quiet        no warnings\n"
		"      --strict       what would be a warning is an error, and nothing is run\n"
		"  -v, --verbose      report changes of state on stderr, unless CUTOUT_LOG says where\n"
		"  -h, --help         print this text\n"
		"\n"
		"A warning says when PROGRAM cannot be covered (set-user-ID, statically linked, built for\n"
		"another machine or libc), or when the panel cannot be used: its breakers are then private.\n"
		"\"cutout doctor\" looks closer.\n"
		"\n"
		"Environment:\n"
		"  CUTOUT_RULES     rules, or @FILE, where neither -r nor -f is given\n"
		"  CUTOUT_DEFAULTS  options that every rule starts from\n"
		"  CUTOUT_MODE, CUTOUT_PANEL, CUTOUT_LOG\n"
		"                   as -m, -p and -v; an option wins over its variable\n"
		"  CUTOUT_ONLY, CUTOUT_SKIP\n"
		"                   which of the programs that run are protected, or are not, by name\n"
		"  LD_PRELOAD       what is there is kept; libcutout.so comes first in it, but after the\n"
		"                   runtimes of sanitizers, and once\n"
		"\n"
		"Exit status: that of PROGRAM, or\n"
		"  2    wrong usage, or rules that do not parse\n"
		"  125  cutout itself failed\n"
		"  126  PROGRAM was found but cannot be executed\n"
		"  127  PROGRAM was not found\n"
		"\n"
		"Example:\n"
		"  cutout run -v -r 'db.internal:5432 failures=3 timeout=10s' -- legacy-app --port 80\n",
	.run = run,
};

struct request {
	struct sources sources;
	const char *mode;
	const char *panel;
	bool is_quiet;
	bool is_strict;
	bool is_verbose;
};

/* All complaints about rules and environment; then the environment that the program gets. */
static enum cmd_status prepare(struct request *request)
{
	enum cmd_status status = launch_set_rules(&request->sources);

	if (status == CMD_FAILED ||
	    (request->mode != NULL && !launch_set("CUTOUT_MODE", request->mode)) ||
	    (request->panel != NULL && !launch_set("CUTOUT_PANEL", request->panel)) ||
	    (request->is_verbose && environment_variable("CUTOUT_LOG") == NULL && !launch_set("CUTOUT_LOG", "stderr")))
		return CMD_FAILED;
	if (!environment_is_valid() || status != CMD_OK)
		return CMD_USAGE;
	return launch_set_preload();
}

/*
 * Where the panel cannot be used, the object would use a private one instead, and say so in every process
 * that the program starts. It is said here, once, and the private one is what they are told to use.
 */
static enum cmd_status settle_panel(const struct request *request)
{
	struct panel panel;
	const char *path;
	char why[512];

	if (environment_mode() == MODE_OFF || !environment_panel(NULL, &path))
		return CMD_OK;
	if (panel_open(&panel, path, PANEL_USE, why, sizeof(why)))
		panel_close(&panel);
	if (why[0] == '\0')
		return CMD_OK;
	if (request->is_strict) {
		say_error("%s, which --strict forbids", why);
		return CMD_FAILED;
	}
	if (!request->is_quiet)
		say_warning("%s", why);
	return launch_set("CUTOUT_PANEL", "private") ? CMD_OK : CMD_FAILED;
}

/* CMD_OK: go on. `*is_done` when the options asked for something else. */
static enum cmd_status read_options(struct request *request, int argc, char **argv, bool *is_done)
{
	static const struct option longs[] = {
		{ "rule", required_argument, NULL, 'r' },
		{ "file", required_argument, NULL, 'f' },
		{ "mode", required_argument, NULL, 'm' },
		{ "panel", required_argument, NULL, 'p' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "strict", no_argument, NULL, OPTION_STRICT },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int letter;

	while ((letter = options_next(argc, argv, "+:r:f:m:p:qvh", longs)) != OPTIONS_END) {
		bool is_good = true;

		switch (letter) {
		case 'r':
			is_good = sources_add_text(&request->sources, "-r", optarg);
			break;
		case 'f':
			is_good = sources_add_file(&request->sources, optarg);
			break;
		case 'm':
			request->mode = optarg;
			is_good = environment_accepts_mode(optarg);
			break;
		case 'p':
			request->panel = optarg;
			is_good = environment_accepts_panel(optarg);
			break;
		case 'q':
			request->is_quiet = true;
			break;
		case OPTION_STRICT:
			request->is_strict = true;
			break;
		case 'v':
			request->is_verbose = true;
			break;
		case 'h':
			*is_done = true;
			return cmd_show_usage(&cmd_run_entry);
		default:
			is_good = false;
		}
		if (!is_good)
			return CMD_USAGE;
	}
	if (optind < argc)
		return CMD_OK;
	say_usage_error("which program?");
	return CMD_USAGE;
}

static enum cmd_status run(int argc, char **argv)
{
	struct request request = { .sources = SOURCES_EMPTY };
	bool is_done = false;
	enum cmd_status status = read_options(&request, argc, argv, &is_done);

	if (status == CMD_OK && !is_done)
		status = prepare(&request);
	sources_release(&request.sources);
	if (status != CMD_OK || is_done)
		return status;
	status = launch_judge(argv[optind], "unprotected", request.is_quiet, request.is_strict);
	if (status == CMD_OK)
		status = settle_panel(&request);
	return status == CMD_OK ? launch_become(argv + optind) : status;
}
