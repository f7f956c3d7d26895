/* SPDX-License-Identifier: MIT */
/*
 * launch.h - what it takes to start a program under the object: its environment, and exec. For run and record.
 */
#ifndef CUTOUT_CLI_LAUNCH_H
#define CUTOUT_CLI_LAUNCH_H

#include <stdbool.h>

#include "cli/cmd.h"
#include "cli/sources.h"

/* A variable of the program's; false after a message. */
bool launch_set(const char *name, const char *value);

/*
 * CUTOUT_RULES from the sources, to which the environment is added, and which are parsed: all complaints about them.
 * CMD_OK: go on.
 */
enum cmd_status launch_set_rules(struct sources *sources);

/* LD_PRELOAD; CMD_OK: go on. */
enum cmd_status launch_set_preload(void);

/*
 * Warns, unless it is to be quiet, of a program that cannot be covered; with is_strict that is an error. `fate` is what
 * then happens to it: "unprotected".
 */
enum cmd_status launch_judge(const char *name, const char *fate, bool is_quiet, bool is_strict);

/* Becomes the program. Returns after a message. */
enum cmd_status launch_become(char **argv);

#endif
