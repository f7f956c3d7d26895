/* SPDX-License-Identifier: MIT */
/*
 * command.h - a command of the user's, run to its end or for as long as it may take.
 */
#ifndef CUTOUT_CLI_COMMAND_H
#define CUTOUT_CLI_COMMAND_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct command {
	const char *text;  /* for sh -c */
	uint64_t limit;    /* ns; then its process group is killed */
	const char *input; /* what it reads on its standard input: at most a pipe full (4096 bytes) */
	bool (*prepare)(void *context); /* in the new process: the environment */
	void *context;
};

/*
 * Runs it and waits. A failure is told of. False when `*stop` became set meanwhile: the command is killed then.
 */
bool command_run(const struct command *command, const volatile sig_atomic_t *stop);

#endif
