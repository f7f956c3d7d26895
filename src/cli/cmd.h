/* SPDX-License-Identifier: MIT */
/*
 * cmd.h - what a subcommand is: one file that opens with its entry.
 *
 * main.c finds the entry by its name, and calls run() with argv[0] being that name. Everything in
 * this room runs in one thread, and may use stdio and malloc.
 */
#ifndef CUTOUT_CLI_CMD_H
#define CUTOUT_CLI_CMD_H

#include <stddef.h>

/* What run() returns, and the process exits with. */
enum cmd_status {
	CMD_HELP = -1,           /* -h was given: main() prints the usage, and exits with CMD_OK */
	CMD_OK = 0,
	CMD_NO = 1,              /* what was asked for does not hold, or is not there */
	CMD_USAGE = 2,           /* wrong usage, or a text that does not parse */
	CMD_FAILED = 125,        /* run: cutout itself failed */
	CMD_NOT_EXECUTABLE = 126,
	CMD_NOT_FOUND = 127,
};

struct cmd_entry {
	const char *name;
	const char *summary; /* for the list of commands: a few words, no full stop */
	const char *usage;   /* what --help prints */
	enum cmd_status (*run)(int argc, char **argv);
};

extern const struct cmd_entry cmd_run_entry;
extern const struct cmd_entry cmd_status_entry;
extern const struct cmd_entry cmd_check_entry;
extern const struct cmd_entry cmd_explain_entry;
extern const struct cmd_entry cmd_simulate_entry;
extern const struct cmd_entry cmd_record_entry;
extern const struct cmd_entry cmd_metrics_entry;
extern const struct cmd_entry cmd_top_entry;
extern const struct cmd_entry cmd_doctor_entry;
extern const struct cmd_entry cmd_trip_entry;
extern const struct cmd_entry cmd_reset_entry;
extern const struct cmd_entry cmd_mode_entry;
extern const struct cmd_entry cmd_events_entry;
extern const struct cmd_entry cmd_help_entry;
extern const struct cmd_entry cmd_version_entry;

/* All of them, in the order of the list that help prints; ends with NULL. */
extern const struct cmd_entry *const cmd_table[];

/* The entry of that name; NULL, after a message with a suggestion, if there is none. */
const struct cmd_entry *cmd_find(const char *name);

/* Prints the entry's usage. */
enum cmd_status cmd_show_usage(const struct cmd_entry *entry);

#endif
