/* SPDX-License-Identifier: MIT */
/*
 * log.c - one line for each change of state (log.h).
 *
 * What a line says is logline.c's, how it gets out unnoticed output.c's, how many a second limit.c's.
 * The target is written in the constructor and only read afterwards. A child has the parent's limit as
 * it was at the fork.
 */
#include "hook/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/self.h"
#include "hook/limit.h"
#include "hook/logline.h"
#include "hook/output.h"

enum log_target {
	TARGET_OFF,
	TARGET_STDERR,
	TARGET_SYSLOG,
	TARGET_FILE,
};

static struct {
	enum log_target target;
	const char *path;
	struct output_identity standard_error; /* as it was at the start */
	char program[SELF_NAME_SIZE];
	bool problem_told;
	struct limit limit;
} log_state;

static enum log_target target_of(const char *name)
{
	if (!name || strcmp(name, "off") == 0)
		return TARGET_OFF;
	if (strcmp(name, "stderr") == 0)
		return TARGET_STDERR;
	if (strcmp(name, "syslog") == 0)
		return TARGET_SYSLOG;
	return TARGET_FILE;
}

void log_init(const char *target)
{
	int saved = errno;

	log_state.target = target_of(target);
	if (log_state.target == TARGET_FILE)
		log_state.path = target;
	if (log_state.target == TARGET_STDERR && !output_identify(STDERR_FILENO, &log_state.standard_error))
		log_state.target = TARGET_OFF;
	if (log_state.target != TARGET_OFF)
		self_first_name(log_state.program);
	errno = saved;
}

static struct logline_origin origin(void)
{
	return (struct logline_origin){
		.form = log_state.target == TARGET_SYSLOG ? LOGLINE_SYSLOG : LOGLINE_PLAIN,
		.pid = (int)self_pid(),
		.program = log_state.program,
	};
}

static bool emit(const char *line, size_t length)
{
	switch (log_state.target) {
	case TARGET_STDERR:
		return output_to_fd(STDERR_FILENO, &log_state.standard_error, line, length);
	case TARGET_SYSLOG:
		return output_to_syslog(line, length);
	case TARGET_FILE:
		return output_to_file(log_state.path, line, length);
	case TARGET_OFF:
		break;
	}
	return true;
}

static void log_change(const struct panel_slot *slot, const struct panel_change *change, uint64_t now)
{
	struct logline_origin from = origin();
	char line[LOGLINE_SIZE];
	unsigned left_out;
	size_t length;

	if (!limit_admit(&log_state.limit, LOG_LINES_PER_SECOND, now, &left_out))
		return;
	length = logline_change(line, sizeof(line), &from, slot, change, left_out);
	if (!emit(line, length))
		limit_lost(&log_state.limit, left_out + 1);
}

void log_changes_made(const struct panel_slot *slot, const struct panel_change changes[2], uint64_t now)
{
	int saved = errno;

	if (log_state.target == TARGET_OFF)
		return;
	for (unsigned i = 0; i < 2; i++)
		if (changes[i].reason != REASON_NONE)
			log_change(slot, &changes[i], now);
	errno = saved;
}

/* On the standard error there is at the start, whatever that is: it is the program's to choose. */
static void tell(const char *problem)
{
	struct logline_origin nobody = { .form = LOGLINE_PLAIN };
	struct output_identity identity;
	char line[LOGLINE_SIZE];
	size_t length = logline_problem(line, sizeof(line), &nobody, problem);

	if (output_identify(STDERR_FILENO, &identity))
		output_to_fd(STDERR_FILENO, &identity, line, length);
}

void log_startup_problem(const char *problem)
{
	int saved = errno;

	if (log_state.problem_told)
		return;
	log_state.problem_told = true;
	tell(problem);
	/* A daemon's standard error is often nowhere: who asked for a log elsewhere finds it there too. */
	if (log_state.target == TARGET_SYSLOG || log_state.target == TARGET_FILE) {
		struct logline_origin from = origin();
		char line[LOGLINE_SIZE];

		emit(line, logline_problem(line, sizeof(line), &from, problem));
	}
	errno = saved;
}
