/* SPDX-License-Identifier: MIT */
/*
 * options.c - getopt_long() with messages of our own.
 */
#include "cli/options.h"

#include <stdbool.h>
#include <string.h>

#include "base/suggest.h"
#include "cli/say.h"

enum { LONGS_MAX = 16 };

static bool starts_some(const char *word, size_t length, const struct option *longs)
{
	for (; longs->name != NULL; longs++)
		if (strncmp(word, longs->name, length) == 0)
			return true;
	return false;
}

/* `written` is the word of the command line: "--rul=x". */
static void complain_about_long(const char *written, const struct option *longs)
{
	const char *names[LONGS_MAX];
	const char *word = written + 2;
	size_t length = strcspn(word, "=");
	size_t count = 0;
	const char *near;

	if (starts_some(word, length, longs)) {
		say_usage_error("option \"--%.*s\" could be several", (int)length, word);
		return;
	}
	for (; longs->name != NULL && count < LONGS_MAX; longs++)
		names[count++] = longs->name;
	near = suggest(word, length, names, count);
	if (near != NULL)
		say_usage_error("unknown option \"--%.*s\" (did you mean \"--%s\"?)", (int)length, word, near);
	else
		say_usage_error("unknown option \"--%.*s\"", (int)length, word);
}

static const char *long_name(int letter, const struct option *longs)
{
	for (; longs->name != NULL; longs++)
		if (longs->val == letter)
			return longs->name;
	return "";
}

static void complain_about_value(const char *name, int letter)
{
	if (letter < OPTION_JSON)
		say_usage_error("option \"--%s\" (-%c) needs a value", name, letter);
	else
		say_usage_error("option \"--%s\" needs a value", name);
}

int options_next(int argc, char **argv, const char *letters, const struct option *longs)
{
	int letter;

	opterr = 0;
	letter = getopt_long(argc, argv, letters, longs, NULL);
	if (letter == ':' && optopt > 255) {
		say_usage_error("option \"--%s\" needs a value", long_name(optopt, longs));
		return OPTIONS_BAD;
	}
	if (letter == ':') {
		complain_about_value(long_name(optopt, longs), optopt);
		return OPTIONS_BAD;
	}
	if (letter != '?')
		return letter;
	if (optopt == 0)
		complain_about_long(argv[optind - 1], longs);
	else if (*long_name(optopt, longs) != '\0')
		say_usage_error("option \"--%s\" takes no value", long_name(optopt, longs));
	else
		say_usage_error("unknown option \"-%c\"", optopt);
	return OPTIONS_BAD;
}
