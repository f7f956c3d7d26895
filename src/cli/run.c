/* SPDX-License-Identifier: MIT */
/*
 * run.c - cutout run: become a program that runs under the breakers.
 *
 * Everything is handed over in the environment; by exec the pid, the signals and the terminal are
 * the program's. What the object would only report, and then leave the program unprotected, is an
 * error here, before anything has been started.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
		"  -v, --verbose      report changes of state on stderr, unless CUTOUT_LOG says where else\n"
		"  -h, --help         print this text\n"
		"\n"
		"A warning says when PROGRAM cannot be covered (set-user-ID, statically linked, built for\n"
		"another machine or libc), when the panel cannot be used: its breakers are then private; or\n"
		"when the file of CUTOUT_LOG cannot be written. \"cutout doctor\" looks closer.\n"
		"\n"
		"Environment:\n"
		"  CUTOUT_RULES     rules, or @FILE, where neither -r nor -f is given\n"
		"  CUTOUT_DEFAULTS  options that every rule starts from\n"
		"  CUTOUT_MODE, CUTOUT_PANEL\n"
		"                   as -m and -p; an option wins over its variable\n"
		"  CUTOUT_LOG       where changes of state are told: off, stderr, syslog or an absolute path\n"
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

/* CUTOUT_LOG=off says that nobody wants to hear, and not where. */
static bool log_is_elsewhere(void)
{
	const char *log = environment_variable("CUTOUT_LOG");

	return log != NULL && strcmp(log, "off") != 0;
}

/* All complaints about rules and environment; then the environment that the program gets. */
static enum cmd_status prepare(struct request *request)
{
	enum cmd_status status = launch_set_rules(&request->sources);

	if (status == CMD_FAILED ||
	    (request->mode != NULL && !launch_set("CUTOUT_MODE", request->mode)) ||
	    (request->panel != NULL && !launch_set("CUTOUT_PANEL", request->panel)) ||
	    (request->is_verbose && !log_is_elsewhere() && !launch_set("CUTOUT_LOG", "stderr")))
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

/*
 * 0 or the errno of what the object will find. Not created here: the program may write as another user. Nor opened: who reads
 * from a named pipe would take that for all that comes.
 */
static int try_log(const char *path)
{
	char directory[PATH_MAX];
	struct stat file;

	if (lstat(path, &file) == 0) {
		if (S_ISLNK(file.st_mode) || S_ISDIR(file.st_mode))
			return S_ISLNK(file.st_mode) ? ELOOP : EISDIR;
		return access(path, W_OK) == 0 ? 0 : errno;
	}
	if (errno != ENOENT)
		return errno;
	snprintf(directory, sizeof(directory), "%s", path);
	*(strrchr(directory, '/') + 1) = '\0';
	return access(directory, W_OK | X_OK) == 0 ? 0 : errno;
}

/* The object loses lines without a word. */
static enum cmd_status settle_log(const struct request *request)
{
	const char *log = environment_variable("CUTOUT_LOG");
	const char *why;
	int error;

	if (environment_mode() == MODE_OFF || log == NULL || *log != '/')
		return CMD_OK;
	error = try_log(log);
	if (error == 0)
		return CMD_OK;
	why = error == ELOOP ? "is a symbolic link" : strerror(error);
	if (request->is_strict) {
		say_error("CUTOUT_LOG: %s: %s; changes of state would be told nowhere, which --strict forbids", log, why);
		return CMD_FAILED;
	}
	if (!request->is_quiet)
		say_warning("CUTOUT_LOG: %s: %s; changes of state are told nowhere", log, why);
	return CMD_OK;
}

static bool take_mode(void *context, const char *mode)
{
	struct request *request = context;

	request->mode = mode;
	return environment_accepts_mode(mode);
}

static bool take_panel(void *context, const char *panel)
{
	struct request *request = context;

	request->panel = panel;
	return environment_accepts_panel(panel);
}

static enum cmd_status read_options(struct request *request, int argc, char **argv)
{
	const struct options_row rows[] = {
		{ 'r', "rule", .take = sources_take_rule, .context = &request->sources },
		{ 'f', "file", .take = sources_take_file, .context = &request->sources },
		{ 'm', "mode", .take = take_mode, .context = request },
		{ 'p', "panel", .take = take_panel, .context = request },
		{ 'q', "quiet", .flag = &request->is_quiet },
		{ 0, "strict", .flag = &request->is_strict },
		{ 'v', "verbose", .flag = &request->is_verbose },
		{ 0 },
	};

	return options_read_to_program(rows, argc, argv);
}

static enum cmd_status run(int argc, char **argv)
{
	struct request request = { .sources = SOURCES_EMPTY };
	enum cmd_status status = read_options(&request, argc, argv);

	if (status == CMD_OK)
		status = prepare(&request);
	sources_release(&request.sources);
	if (status == CMD_OK)
		status = launch_judge(argv[optind], "unprotected", request.is_quiet, request.is_strict);
	if (status == CMD_OK)
		status = settle_panel(&request);
	if (status == CMD_OK)
		status = settle_log(&request);
	return status == CMD_OK ? launch_become(argv + optind) : status;
}
