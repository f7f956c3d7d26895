/* SPDX-License-Identifier: MIT */
/*
 * launch.c - what it takes to start a program under the object.
 */
#include "cli/launch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/object.h"
#include "cli/preload.h"
#include "cli/program.h"
#include "cli/say.h"

/* Linux's MAX_ARG_STRLEN: NAME=VALUE and its NUL. */
enum { VARIABLE_MAX = 32 * 4096 };

bool launch_set(const char *name, const char *value)
{
	if (setenv(name, value, 1) == 0)
		return true;
	say_error("%s: %s", name, strerror(errno));
	return false;
}

/* Too long for a variable: the program reads the file itself, if there is one. */
static enum cmd_status set_rules_file(const struct sources *sources, size_t length)
{
	char reference[PATH_MAX + 1];

	if (sources->count > 1 || sources->list[0].path == NULL) {
		say_error("%zu bytes of rules are more than the environment holds (%zu): put them into one file, "
			  "and give that alone with -f",
			  length, VARIABLE_MAX - sizeof("CUTOUT_RULES="));
		return CMD_USAGE;
	}
	snprintf(reference, sizeof(reference), "@%s", sources->list[0].path);
	return launch_set("CUTOUT_RULES", reference) ? CMD_OK : CMD_FAILED;
}

static enum cmd_status hand_over(const struct sources *sources)
{
	char *joined = sources_join(sources);
	enum cmd_status status = CMD_FAILED;

	if (joined == NULL)
		say_out_of_memory();
	else if (strlen(joined) > VARIABLE_MAX - sizeof("CUTOUT_RULES="))
		status = set_rules_file(sources, strlen(joined));
	else if (launch_set("CUTOUT_RULES", joined))
		status = CMD_OK;
	free(joined);
	return status;
}

enum cmd_status launch_set_rules(struct sources *sources)
{
	bool has_own_rules = sources->count > 0;
	struct arena arena = ARENA_EMPTY;
	enum cmd_status status = CMD_OK;

	if (!sources_add_environment(sources) || sources_parse(sources, &arena) == NULL)
		status = CMD_USAGE;
	arena_release(&arena);
	return status == CMD_OK && has_own_rules ? hand_over(sources) : status;
}

enum cmd_status launch_set_preload(void)
{
	char object[PATH_MAX];
	char *list;
	bool done;

	if (!object_find(object, sizeof(object)))
		return CMD_FAILED;
	if (!preload_can_hold(object)) {
		say_error("%s cannot be preloaded: its path has a blank or a colon in it", object);
		return CMD_FAILED;
	}
	list = preload_with(getenv("LD_PRELOAD"), object);
	done = list != NULL && launch_set("LD_PRELOAD", list);
	if (list == NULL)
		say_out_of_memory();
	free(list);
	return done ? CMD_OK : CMD_FAILED;
}

/* Told where somebody wants to hear it, or insists on it. */
enum cmd_status launch_judge(const char *name, const char *fate, bool is_quiet, bool is_strict)
{
	char path[PATH_MAX];
	char why[PATH_MAX + 128];

	if ((is_quiet && !is_strict) || !program_find(path, sizeof(path), name) ||
	    !program_objection(path, why, sizeof(why)))
		return CMD_OK;
	if (is_strict) {
		say_error("%s; it would run %s, which --strict forbids", why, fate);
		return CMD_FAILED;
	}
	say_warning("%s; it runs %s", why, fate);
	return CMD_OK;
}

enum cmd_status launch_become(char **argv)
{
	int error;

	execvp(argv[0], argv);
	error = errno;
	say_file_error(argv[0], error);
	return error == ENOENT || error == ENOTDIR ? CMD_NOT_FOUND : CMD_NOT_EXECUTABLE;
}
