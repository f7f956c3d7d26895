/* SPDX-License-Identifier: MIT */
/*
 * help.c - cutout help: the commands, or one of them at length.
 */
#include <stdio.h>

#include "cli/cmd.h"
#include "cli/options.h"
#include "cli/say.h"

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
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	const struct cmd_entry *entry;

	switch (options_next(argc, argv, ":h", longs)) {
	case 'h':
		return cmd_show_usage(&cmd_help_entry);
	case OPTIONS_BAD:
		return CMD_USAGE;
	default:
		break;
	}
	if (optind == argc) {
		overview();
		return CMD_OK;
	}
	if (argc - optind > 1) {
		say_usage_error("one command at a time, not also \"%s\"", argv[optind + 1]);
		return CMD_USAGE;
	}
	entry = cmd_find(argv[optind]);
	return entry != NULL ? cmd_show_usage(entry) : CMD_USAGE;
}
