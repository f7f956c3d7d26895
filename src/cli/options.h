/* SPDX-License-Identifier: MIT */
/*
 * options.h - getopt_long() with messages of our own: named, and with a suggestion.
 */
#ifndef CUTOUT_CLI_OPTIONS_H
#define CUTOUT_CLI_OPTIONS_H

#include <getopt.h>

enum { OPTIONS_END = -1, OPTIONS_BAD = '?' };

/* What stands for the letter of an option that has none. */
enum {
	OPTION_JSON = 256,
	OPTION_RESOLVE,
	OPTION_PLOT,
	OPTION_RECORDED,
	OPTION_SEED,
	OPTION_TEXTFILE,
	OPTION_PID,
	OPTION_STRICT,
	OPTION_FOR,
	OPTION_HOLD,
	OPTION_ALL,
	OPTION_SINCE,
	OPTION_EXEC,
	OPTION_EXEC_TIMEOUT,
};

/*
 * The next option's letter, its argument in optarg; OPTIONS_END after the last, optind being the first
 * operand; OPTIONS_BAD after a message. `letters` are getopt()'s, and begin with ":", or with "+:" where
 * options end at the first operand.
 */
int options_next(int argc, char **argv, const char *letters, const struct option *longs);

#endif
