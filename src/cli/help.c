/* SPDX-License-Identifier: MIT */
/*
 * help.c - cutout help: the commands, or one of them at length.
 */
#include <stdio.h>

#include "cli/cmd.h"
#include "cli/options.h"

static enum cmd_status help(int argc, char **argv);

const struct cmd_entry cmd_help_entry = {
	.name = "help",
	.summary = "list the commands, or explain one",
	.usage =
		"Usage: cutout help [COMMAND]\n"
		"\n"
		"Lists the commands, or prints what \"cutout COMMAND --help\" prints.\n"
		"\n"
		"Options:\n"
		"  -h, --help  print this text\n"
		"\n"
		"Exit status: 0; 2 for an unknown command.\n"
		"\n"
		"Example:\n"
		"  cutout help run\n",
	.run = help,
};

static void overview(void)
{
	fputs("Usage: cutout COMMAND [OPTION]... [ARGUMENT]...\n"
	      "       cutout --help | --version\n"
	      "\n"
	      "Gives every network destination of an unmodified program a circuit breaker: while a\n"
	      "destination is down, connects to it fail at once.\n"
	      "\n"
	      "Commands:\n",
	      stdout);
	for (const struct cmd_entry *const *entry = cmd_table; *entry != NULL; entry++)
		printf("  %-8s %s\n", (*entry)->name, (*entry)->summary);
	fputs("\n"
	      "\"cutout COMMAND --help\" tells all about one. Manual pages: cutout(1), cutout-rules(5),\n"
	      "libcutout(7).\n"
	      "\n"
	      "Example:\n"
	      "  cutout run -v -r 'db.internal:5432 failures=3 timeout=10s' -- legacy-app --port 80\n",
	      stdout);
}

static enum cmd_status help(int argc, char **argv)
{
	enum cmd_status status = options_read((struct options_row[]){ { 0 } }, argc, argv);
	const struct cmd_entry *entry;
	const char *name = NULL;

	if (status == CMD_OK)
		status = options_operand("command", argv + optind, &name);
	if (status != CMD_OK)
		return status;
	if (name == NULL) {
		overview();
		return CMD_OK;
	}
	entry = cmd_find(name);
	return entry != NULL ? cmd_show_usage(entry) : CMD_USAGE;
}
