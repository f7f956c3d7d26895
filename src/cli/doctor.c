/* SPDX-License-Identifier: MIT */
/*
 * doctor.c - cutout doctor: what will be covered of a program, and is of a running process.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/diagnosis_show.h"
#include "cli/options.h"
#include "cli/program.h"
#include "cli/say.h"

static enum cmd_status doctor(int argc, char **argv);

const struct cmd_entry cmd_doctor_entry = {
	.name = "doctor",
	.summary = "say what of a program is covered, and why not",
	.usage =
		"Usage: cutout doctor [--json] PROGRAM\n"
		"       cutout doctor [--json] --pid=PID\n"
		"\n"
		"Reads the file of a program, and every library that is loaded with it, and says what the\n"
		"object will cover of it; for what it will not, the reason and what can be done. Nothing is\n"
		"run. A script is followed to its interpreter, also through env. Libraries are looked for as\n"
		"the loader does it, in the present environment.\n"
		"\n"
		"The table has the functions of libc that matter, whether calls to them are covered, and who\n"
		"of the program and its libraries imports them.\n"
		"\n"
		"Options:\n"
		"      --pid=PID  say of a running process whether it has the object, and which panel and mode\n"
		"      --json     machine-readable\n"
		"  -h, --help     print this text\n"
		"\n"
		"Environment: PATH, LD_LIBRARY_PATH, LD_PRELOAD, ASAN_OPTIONS, as the program would have them.\n"
		"\n"
		"Exit status:\n"
		"  0  covered\n"
		"  1  not covered, or only in part\n"
		"  2  wrong usage; there is no such program or process, or it may not be looked at\n"
		"\n"
		"Example:\n"
		"  cutout doctor curl\n",
	.run = doctor,
};

struct request {
	const char *program;
	pid_t pid; /* 0: none */
	bool is_json;
};

/* --- a process --------------------------------------------------------------------------------- */

static const char at_start[] = "start it with \"cutout run\"; a running process cannot get the object any more";

/* Why there is an object that does nothing. */
static void judge_idle(struct findings *findings, const struct process *process)
{
	const char *only = process_variable(process, "CUTOUT_ONLY"), *skip = process_variable(process, "CUTOUT_SKIP");

	if (strcmp(process_mode(process), "off") == 0)
		findings_add(findings, "mode-off", NOT_COVERED, "start it with another CUTOUT_MODE",
			     "CUTOUT_MODE is off");
	else if (only != NULL || skip != NULL)
		findings_add(findings, "idle", NOT_COVERED, "look at CUTOUT_ONLY and CUTOUT_SKIP",
			     "it maps no panel: its name, %s, is left out by CUTOUT_ONLY or CUTOUT_SKIP, or its rules are wrong",
			     process->name);
	else
		findings_add(findings, "idle", NOT_COVERED, "run \"cutout check\" with its variables",
			     "it maps no panel that this version knows: its CUTOUT_ variables are wrong, or libcutout.so is of "
			     "another version");
}

static void judge_process(struct findings *findings, const struct process *process)
{
	const char *preload = process_variable(process, "LD_PRELOAD");

	if (process->object[0] == '\0' && preload != NULL && strstr(preload, "libcutout.so") != NULL)
		findings_add(findings, "not-loaded", NOT_COVERED, "cutout doctor PROGRAM says what is in the way",
			     "LD_PRELOAD names libcutout.so, but it was not loaded");
	else if (process->object[0] == '\0')
		findings_add(findings, "not-loaded", NOT_COVERED, at_start, "it was started without libcutout.so");
	else if (process->panel[0] == '\0')
		judge_idle(findings, process);
	else if (strcmp(process_mode(process), "observe") == 0)
		findings_add(findings, "observe", COVERED, NULL, "CUTOUT_MODE is observe: it counts, and refuses nothing");
	if (process->object_is_replaced)
		findings_add(findings, "replaced", COVERED, "start it again to have the new one",
			     "%s has been replaced since it was started", process->object);
	if (process->has_io_uring)
		findings_add(findings, "io-uring", COVERED_PARTLY, "tell the program to use another backend, if it has one",
			     "it has an io_uring open: connects made through it are not seen");
}

/* The first is the program itself, which the closure has already. */
static void take_file(void *context, const char *name, const char *path)
{
	struct diagnosis *diagnosis = context;

	if (diagnosis->closure.count > 0)
		closure_add_file(&diagnosis->closure, last_part(name), path);
}

static enum cmd_status show(const struct diagnosis *diagnosis, const struct request *request, const char *program,
			    const struct process *process)
{
	bool done = request->is_json ? diagnosis_show_json(diagnosis, program, process)
				     : diagnosis_show(diagnosis, program, process);

	return done && findings_verdict(&diagnosis->findings) == COVERED ? CMD_OK : CMD_NO;
}

static enum cmd_status ask_process(struct diagnosis *diagnosis, const struct request *request)
{
	char path[64], name[PATH_MAX] = "";
	enum cmd_status status = CMD_USAGE;
	struct process process;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)request->pid);
	length = readlink(path, name, sizeof(name) - 1);
	if (length > 0) {
		name[length] = '\0';
		diagnosis_read_file(diagnosis, last_part(name), path);
	}
	if (process_read(&process, request->pid, take_file, diagnosis)) {
		judge_process(&diagnosis->findings, &process);
		if (process.object[0] == '\0')
			diagnosis_judge_rights(&diagnosis->findings, path);
		diagnosis_judge_running(diagnosis, process.object[0] != '\0');
		status = show(diagnosis, request, process.program, &process);
	}
	process_release(&process);
	return status;
}

/* --- a program --------------------------------------------------------------------------------- */

/* One that cannot be executed is looked at all the same, where a path was given. */
static bool find_program(char path[PATH_MAX], const char *name)
{
	if (program_find(path, PATH_MAX, name))
		return true;
	if (strchr(name, '/') == NULL) {
		if (access(name, F_OK) == 0)
			say_error("%s: not found in PATH (did you mean \"./%s\"?)", name, name);
		else
			say_error("%s: not found in PATH", *name != '\0' ? name : "\"\"");
		return false;
	}
	if (access(name, F_OK) == 0 && snprintf(path, PATH_MAX, "%s", name) < PATH_MAX)
		return true;
	return say_file_error(name, errno);
}

static enum cmd_status ask_program(struct diagnosis *diagnosis, const struct request *request)
{
	char path[PATH_MAX];

	if (!find_program(path, request->program))
		return CMD_USAGE;
	diagnosis_judge(diagnosis, path);
	return show(diagnosis, request, path, NULL);
}

/* --- the command ------------------------------------------------------------------------------- */

static bool take_pid(void *context, const char *text)
{
	pid_t *pid = context;
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno == 0 && end != text && *end == '\0' && number > 0 && number <= INT_MAX) {
		*pid = (pid_t)number;
		return true;
	}
	say_usage_error("--pid: \"%s\" is no process id", text);
	return false;
}

static enum cmd_status read_arguments(struct request *request, int argc, char **argv)
{
	const struct options_row rows[] = {
		{ 0, "pid", .take = take_pid, .context = &request->pid },
		{ 0, "json", .flag = &request->is_json },
		{ 0 },
	};
	enum cmd_status status = options_read(rows, argc, argv);

	if (status == CMD_OK)
		status = options_operand("program", argv + optind, &request->program);
	if (status != CMD_OK || (request->program != NULL) != (request->pid != 0))
		return status;
	say_usage_error(request->program != NULL ? "either a program or --pid, not both" : "which program?");
	return CMD_USAGE;
}

static enum cmd_status doctor(int argc, char **argv)
{
	struct request request = { NULL, 0, false };
	struct diagnosis diagnosis;
	enum cmd_status status = read_arguments(&request, argc, argv);

	if (status != CMD_OK)
		return status;
	if (!diagnosis_begin(&diagnosis))
		return CMD_USAGE;
	status = request.pid != 0 ? ask_process(&diagnosis, &request) : ask_program(&diagnosis, &request);
	diagnosis_release(&diagnosis);
	return status;
}
