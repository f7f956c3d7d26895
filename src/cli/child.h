/* SPDX-License-Identifier: MIT */
/*
 * child.h - a program that runs as a child, and is to notice nothing of its parent.
 *
 * It is in the parent's process group, so that the terminal treats both as one: keys reach it directly, and a stop stops both.
 * A signal that somebody sends to the parent is handed on. The parent sleeps in child_wait() and nowhere else: its
 * signals are blocked from child_start() on.
 */
#ifndef CUTOUT_CLI_CHILD_H
#define CUTOUT_CLI_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/cmd.h"

struct child {
	pid_t pid;
	bool has_ended;
	int status;        /* of wait(), once it has ended */
	bool waits_for_all; /* set before the start: also for the processes that it leaves behind */
	bool is_alone;     /* none is left that is waited for */
	bool is_told_to_stop; /* a signal came when there was nobody left to hand it to */
};

/* CMD_OK: it runs. Otherwise what the parent exits with, after a message. */
enum cmd_status child_start(struct child *child, char **argv);

/* Until something happens, `ns` at most. */
void child_wait(struct child *child, uint64_t ns);

/* What the parent exits with: the child's own. Killed by a signal, it dies by the same, and does not return. */
enum cmd_status child_end(const struct child *child);

#endif
