/* SPDX-License-Identifier: MIT */
/*
 * process.h - what a running process has mapped, and with which environment it was started.
 */
#ifndef CUTOUT_CLI_PROCESS_H
#define CUTOUT_CLI_PROCESS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct process {
	pid_t pid;
	char name[64];           /* its comm */
	char program[PATH_MAX];  /* as it sees it */
	char object[PATH_MAX];   /* "": it has none of ours */
	bool object_is_replaced; /* the file is another one by now, or gone */
	char panel[PATH_MAX];    /* "private", or its path; "": it maps none */
	bool has_io_uring;
	char *environment;       /* NAME=VALUE, each with its NUL; NULL: it cannot be read */
	size_t environment_length;
};

/* Called for each file that is mapped as code: `name` as the process has it, `path` where it is for us. */
typedef void process_file(void *context, const char *name, const char *path);

/* False, after a message, where there is no such process, or it may not be looked at. */
bool process_read(struct process *process, pid_t pid, process_file *file, void *context);
void process_release(struct process *process);

/* What a variable was when the process was started; NULL where it was not set, or empty. */
const char *process_variable(const struct process *process, const char *name);

#endif
