/* SPDX-License-Identifier: MIT */
/*
 * options.h - a command line, read by a table of options that says what each one does.
 *
 * What is wrong is told in a message: CMD_USAGE then. -h is in no table, since every command has it: CMD_HELP.
 */
#ifndef CUTOUT_CLI_OPTIONS_H
#define CUTOUT_CLI_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "cli/cmd.h"

/* A table ends with { 0 }. What an option does is the first of `flag`, `text` and `take` that is not NULL. */
struct options_row {
	char letter; /* 0: it has none */
	const char *name;
	bool *flag;        /* becomes true: the option has no value */
	const char **text; /* becomes the value */
	bool (*take)(void *context, const char *value); /* is told the value; false after a message */
	void *context;
};

/* After CMD_OK optind is the first operand. */
enum cmd_status options_read(const struct options_row *rows, int argc, char **argv);

/* As options_read(), for a command that starts a program: what stands behind that one's name is its own. */
enum cmd_status options_read_to_program(const struct options_row *rows, int argc, char **argv);

/* What may stand there once: without any *operand stays as it is. `what` is it, "pattern", for the message. */
enum cmd_status options_operand(const char *what, char **operands, const char **operand);

#endif
