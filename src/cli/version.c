/* SPDX-License-Identifier: MIT */
/*
 * version.c - cutout version, and --version.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "cli/version.h"

#include <stdio.h>

#include "cli/cmd.h"
#include "cli/options.h"
#include "cli/say.h"
#include "panel/layout.h"

static enum cmd_status version(int argc, char **argv);

const struct cmd_entry cmd_version_entry = {
	.name = "version",
	.summary = "print the version",
	.usage =
		"Usage: cutout version\n"
		"\n"
		"Prints the version of cutout, and of the layout of its panel: programs share breakers\n"
		"only where their panels have the same layout. \"cutout --version\" does the same.\n"
		"\n"
		"Options:\n"
		"  -h, --help  print this text\n"
		"\n"
		"Exit status: 0; 2 for wrong usage.\n"
		"\n"
		"Example:\n"
		"  cutout version\n",
	.run = version,
};

const char *version_text(void)
{
	return PACKAGE_VERSION;
}

static enum cmd_status version(int argc, char **argv)
{
	enum cmd_status status = options_read((struct options_row[]){ { 0 } }, argc, argv);

	if (status != CMD_OK)
		return status;
	if (optind != argc) {
		say_usage_error("unexpected \"%s\"", argv[optind]);
		return CMD_USAGE;
	}
	printf("cutout %s (panel layout %d)\n", version_text(), PANEL_LAYOUT);
	return CMD_OK;
}
