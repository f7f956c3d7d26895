/* SPDX-License-Identifier: MIT */
/*
 * main.c - the table of subcommands, and the way from argv[1] to one of them.
 */
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "cli/cmd.h"
#include "cli/say.h"

const struct cmd_entry *const cmd_table[] = {
	&cmd_run_entry,
	&cmd_status_entry,
	&cmd_check_entry,
	&cmd_explain_entry,
	&cmd_simulate_entry,
	&cmd_record_entry,
	&cmd_metrics_entry,
	&cmd_top_entry,
	&cmd_doctor_entry,
	&cmd_trip_entry,
	&cmd_reset_entry,
	&cmd_mode_entry,
	&cmd_events_entry,
	&cmd_help_entry,
	&cmd_version_entry,
	NULL,
};

enum { TABLE_LENGTH = sizeof(cmd_table) / sizeof(cmd_table[0]) - 1 };

const struct cmd_entry *cmd_find(const char *name)
{
	const char *names[TABLE_LENGTH];
	const char *near;

	for (size_t i = 0; i < TABLE_LENGTH; i++) {
		names[i] = cmd_table[i]->name;
		if (strcmp(name, names[i]) == 0)
			return cmd_table[i];
	}
	near = suggest(name, strlen(name), names, TABLE_LENGTH);
	if (near != NULL)
		say_error("unknown command \"%s\" (did you mean \"%s\"?)", name, near);
	else
		say_error("unknown command \"%s\"; \"cutout help\" lists them", name);
	return NULL;
}

enum cmd_status cmd_show_usage(const struct cmd_entry *entry)
{
	fputs(entry->usage, stdout);
	return CMD_OK;
}

/* The options that stand in front of a command do the work of the command of that name. */
static const char *command_of_option(const char *option)
{
	static const char *const known[] = { "--help", "--version" };
	const char *near;

	if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0)
		return "help";
	if (strcmp(option, "--version") == 0 || strcmp(option, "-V") == 0)
		return "version";
	near = suggest(option, strlen(option), known, sizeof(known) / sizeof(known[0]));
	if (near != NULL)
		say_error("unknown option \"%s\" (did you mean \"%s\"?)", option, near);
	else
		say_error("unknown option \"%s\": options of a command stand behind its name", option);
	return NULL;
}

static enum cmd_status dispatch(int argc, char **argv)
{
	const struct cmd_entry *entry;
	const char *name = argv[0];
	enum cmd_status status;

	if (name[0] == '-')
		name = command_of_option(name);
	entry = name != NULL ? cmd_find(name) : NULL;
	if (entry == NULL)
		return CMD_USAGE;
	say_for(entry->name);
	status = entry->run(argc, argv);
	return status == CMD_HELP ? cmd_show_usage(entry) : status;
}

int main(int argc, char **argv)
{
	enum cmd_status status;

	say_in_lines();
	if (argc < 2) {
		say_error("which command? \"cutout help\" lists them");
		return CMD_USAGE;
	}
	status = dispatch(argc - 1, argv + 1);
	if (!say_farewell() && status == CMD_OK)
		status = CMD_NO;
	return status;
}
