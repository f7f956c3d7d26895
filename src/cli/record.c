/* SPDX-License-Identifier: MIT */
/*
 * record.c - cutout record: what calls does a program make, and how do they end?
 *
 * The program is a child: its trace is whole when the command is over. Its exit status is the command's.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cli/child.h"
#include "cli/cmd.h"
#include "cli/environment.h"
#include "cli/launch.h"
#include "cli/options.h"
#include "cli/recorder.h"
#include "cli/recording.h"
#include "cli/say.h"
#include "cli/version.h"

static enum cmd_status record(int argc, char **argv);

const struct cmd_entry cmd_record_entry = {
	.name = "record",
	.summary = "run a program and write down its calls, for simulate",
	.usage =
		"Usage: cutout record [-o TRACE] [-r RULE]... [-f FILE]... [-qw] [--strict] [--] PROGRAM [ARG]...\n"
		"\n"
		"Runs PROGRAM with libcutout.so preloaded, refuses nothing, and writes into TRACE when each call\n"
		"to each destination began, when it ended, and how: of all its processes, whatever they execute.\n"
		"\"cutout simulate\" reads it, and tells what a policy would have done. Ends with PROGRAM, and\n"
		"with its exit status; what is in flight then ends as ignored.\n"
		"\n"
		"The rules say which addresses belong together (per), which errors are failures (count, ignore),\n"
		"and what is passed over (pass, deny). What opens a circuit is not looked at.\n"
		"\n"
		"Options:\n"
		"  -o, --output=TRACE  where to: a file, \"-\" for the standard output; else \"cutout.trace\"\n"
		"  -r, --rule=RULE     a rule, or several; the first one that matches a destination wins\n"
		"  -f, --file=FILE     rules from a file; \"-\" is the standard input\n"
		"                      (-r and -f may be repeated; with either, CUTOUT_RULES is not looked at)\n"
		"  -w, --wait          go on until the processes that PROGRAM leaves behind have ended, too\n"
		"  -q, --quiet         no warnings, and no summary\n"
		"      --strict        what would be a warning about PROGRAM is an error, and nothing is run\n"
		"  -h, --help          print this text\n"
		"\n"
		"The summary on stderr says how much was recorded, and how much was lost: when this command\n"
		"does not get to read what processes tell, they do not wait.\n"
		"\n"
		"Environment:\n"
		"  CUTOUT_RULES     rules, or @FILE, where neither -r nor -f is given\n"
		"  CUTOUT_DEFAULTS  options that every rule starts from\n"
		"  CUTOUT_LOG, CUTOUT_ONLY, CUTOUT_SKIP\n"
		"                   as for \"cutout run\"\n"
		"  TMPDIR           where the recording is kept meanwhile, if not in /dev/shm\n"
		"\n"
		"Exit status: that of PROGRAM, or\n"
		"  2    wrong usage, or rules that do not parse\n"
		"  125  cutout itself failed\n"
		"  126  PROGRAM was found but cannot be executed\n"
		"  127  PROGRAM was not found\n"
		"\n"
		"Example:\n"
		"  cutout record -o monday.trace -- legacy-app --port 80\n"
		"  cutout simulate -q -p failures=3 -p 'failure-rate=50% timeout=5s' monday.trace\n",
	.run = record,
};

/* How long the tape is left alone: it holds 65536 calls. */
#define READ_EVERY (20 * NSEC_PER_MSEC)

static const char default_trace[] = "cutout.trace";

struct request {
	struct sources sources;
	const char *output;
	bool is_quiet;
	bool is_strict;
	bool waits_for_all;
};

/* --- the trace's beginning and its end --- */

static void write_head(FILE *out, char **argv)
{
	time_t now = time(NULL);
	struct tm when;
	char text[40] = "";

	if (gmtime_r(&now, &when) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &when);
	fprintf(out, "# cutout record %s, %s:", version_text(), text);
	for (; *argv != NULL; argv++) {
		fputc(' ', out);
		for (const char *at = *argv; *at != '\0'; at++)
			fputc(*at < ' ' || *at > '~' ? '?' : *at, out);
	}
	fputs("\n0.000 recorded\n", out);
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void sum_up(const struct recorder *recorder, char *text, size_t size)
{
	uint64_t lost = recorder->lost;
	struct panel_figures figures;
	int length;

	panel_figures(recorder->places.panel, &figures);
	length = snprintf(text, size,
			  "%" PRIu64 " call%s to %zu destination%s by %" PRIu64 " program%s; dropped: %" PRIu64
			  " of %" PRIu64 " entries",
			  recorder->calls, plural(recorder->calls), recorder->places.count,
			  plural(recorder->places.count), recorder->programs, plural(recorder->programs), lost,
			  recorder->at);
	if (recorder->unended > 0)
		length += snprintf(text + length, size - (size_t)length, "; without an end: %" PRIu64, recorder->unended);
	if (figures.unprotected > 0)
		snprintf(text + length, size - (size_t)length, "; no room in the panel for %" PRIu64 " calls",
			 figures.unprotected);
}

/* Always false, after a message, which say_farewell() need not repeat. */
static bool fail_to_write(const struct request *request, FILE *out)
{
	if (out != stdout)
		return say_file_error(request->output, errno);
	say_file_error("standard output", errno);
	__fpurge(stdout);
	clearerr(stdout);
	return false;
}

/* False after a message. */
static bool finish_trace(const struct request *request, const struct recorder *recorder)
{
	char text[400];

	sum_up(recorder, text, sizeof(text));
	fprintf(recorder->out, "# %s\n", text);
	if (fflush(recorder->out) != 0 || ferror(recorder->out))
		return fail_to_write(request, recorder->out);
	if (request->is_quiet)
		return true;
	if (recorder->programs == 0)
		say_warning("the program did not load libcutout.so: nothing is recorded; see \"cutout doctor\"");
	say_note("%s: %s", request->output, text);
	return true;
}

/* --- while it runs --- */

static bool is_alive(uint32_t pid)
{
	return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

static bool is_over(const struct child *child)
{
	return child->is_alone || (child->has_ended && child->is_told_to_stop);
}

/* False after a message; the program goes on, unrecorded, until its end. */
static bool follow(struct recorder *recorder, struct child *child)
{
	bool is_good = true;

	while (!is_over(child)) {
		child_wait(child, READ_EVERY);
		if (is_good && !recorder_read(recorder, clock_now())) {
			say_error("out of memory: recording ends here");
			is_good = false;
		}
	}
	return is_good && recorder_finish(recorder, clock_now());
}

/* What was recorded before goes when there is something to take its place, and not because of a misspelt program. */
static void empty(FILE *out)
{
	struct stat file;

	if (out != stdout && fstat(fileno(out), &file) == 0 && S_ISREG(file.st_mode) && ftruncate(fileno(out), 0) != 0)
		say_warning("the file stays as long as it was: %s", strerror(errno));
}

/* CMD_OK: the child has run, and ended in some way. */
static enum cmd_status record_program(const struct request *request, struct recorder *recorder, struct child *child,
				      char **argv)
{
	enum cmd_status status = child_start(child, argv);
	bool is_good;

	if (status != CMD_OK)
		return status;
	empty(recorder->out);
	write_head(recorder->out, argv);
	fflush(recorder->out);
	is_good = follow(recorder, child);
	is_good &= finish_trace(request, recorder);
	return is_good ? CMD_OK : CMD_FAILED;
}

static enum cmd_status record_in(const struct request *request, const struct recording *recording, FILE *out,
				 struct child *child, char **argv)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	enum cmd_status status;

	if (recorder == NULL || !launch_set("CUTOUT_RECORD", recording->directory)) {
		say_out_of_memory();
		free(recorder);
		return CMD_FAILED;
	}
	recorder->tape = recording->tape;
	recorder->places.panel = &recording->panel;
	recorder->out = out;
	recorder->is_alive = is_alive;
	recorder->start = clock_now();
	status = record_program(request, recorder, child, argv);
	recorder_release(recorder);
	free(recorder);
	return status;
}

/* Left as it is until the program runs. */
static FILE *open_output(const char *path)
{
	bool is_stdout = strcmp(path, "-") == 0;
	int fd = is_stdout ? -1 : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	FILE *out = is_stdout ? stdout : fd >= 0 ? fdopen(fd, "w") : NULL;

	if (out == NULL)
		say_file_error(path, errno);
	return out;
}

static enum cmd_status record_to(const struct request *request, char **argv)
{
	FILE *out = open_output(request->output);
	struct child child = { .waits_for_all = request->waits_for_all };
	enum cmd_status status = CMD_FAILED;
	struct recording recording;

	if (out == NULL)
		return CMD_FAILED;
	clock_init();
	if (recording_make(&recording)) {
		status = record_in(request, &recording, out, &child, argv);
		recording_remove(&recording);
	}
	if (out != stdout)
		fclose(out);
	return status == CMD_OK ? child_end(&child) : status;
}

/* --- the command line --- */

/* The panel and the mode are the recording's. */
static enum cmd_status prepare(struct request *request)
{
	enum cmd_status status = launch_set_rules(&request->sources);

	if (status == CMD_FAILED)
		return status;
	unsetenv("CUTOUT_PANEL");
	if (!launch_set("CUTOUT_MODE", "observe"))
		return CMD_FAILED;
	if (!environment_is_valid() || status != CMD_OK)
		return CMD_USAGE;
	return launch_set_preload();
}

static enum cmd_status read_options(struct request *request, int argc, char **argv)
{
	const struct options_row rows[] = {
		{ 'o', "output", .text = &request->output },
		{ 'r', "rule", .take = sources_take_rule, .context = &request->sources },
		{ 'f', "file", .take = sources_take_file, .context = &request->sources },
		{ 'w', "wait", .flag = &request->waits_for_all },
		{ 'q', "quiet", .flag = &request->is_quiet },
		{ 0, "strict", .flag = &request->is_strict },
		{ 0 },
	};

	return options_read_to_program(rows, argc, argv);
}

static enum cmd_status record(int argc, char **argv)
{
	struct request request = { .sources = SOURCES_EMPTY, .output = default_trace };
	enum cmd_status status = read_options(&request, argc, argv);

	if (status == CMD_OK)
		status = prepare(&request);
	sources_release(&request.sources);
	if (status == CMD_OK)
		status = launch_judge(argv[optind], "unrecorded", request.is_quiet, request.is_strict);
	return status == CMD_OK ? record_to(&request, argv + optind) : status;
}
