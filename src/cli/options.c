/* SPDX-License-Identifier: MIT */
/*
 * options.c - getopt_long() by a table, with messages of our own: named, and with a suggestion.
 */
#include "cli/options.h"

#include <string.h>

#include "base/suggest.h"
#include "cli/say.h"

enum {
	ROWS_MAX = 16,
	NO_LETTER = 256, /* plus the index of the row: what getopt_long() knows an option by that has none */
};

/* The rows and -h, as getopt_long() wants them. */
struct grammar {
	char letters[sizeof("+:h") + 2 * ROWS_MAX];
	struct option longs[ROWS_MAX + 2];
};

static int value_of(const struct options_row *rows, size_t index)
{
	return rows[index].letter != 0 ? rows[index].letter : NO_LETTER + (int)index;
}

static void make_grammar(struct grammar *grammar, const struct options_row *rows, const char *prefix)
{
	char *letter = stpcpy(grammar->letters, prefix);
	size_t count = 0;

	for (; rows[count].name != NULL && count < ROWS_MAX; count++) {
		int argument = rows[count].flag != NULL ? no_argument : required_argument;

		grammar->longs[count] = (struct option){ rows[count].name, argument, NULL, value_of(rows, count) };
		if (rows[count].letter != 0)
			*letter++ = rows[count].letter;
		if (rows[count].letter != 0 && argument == required_argument)
			*letter++ = ':';
	}
	grammar->longs[count] = (struct option){ "help", no_argument, NULL, 'h' };
	grammar->longs[count + 1] = (struct option){ .name = NULL };
	strcpy(letter, "h");
}

/* --- messages --- */

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
	const char *names[ROWS_MAX + 1];
	const char *word = written + 2;
	size_t length = strcspn(word, "=");
	size_t count = 0;
	const char *near;

	if (starts_some(word, length, longs)) {
		say_usage_error("option \"--%.*s\" could be several", (int)length, word);
		return;
	}
	for (; longs->name != NULL; longs++)
		names[count++] = longs->name;
	near = suggest(word, length, names, count);
	if (near != NULL)
		say_usage_error("unknown option \"--%.*s\" (did you mean \"--%s\"?)", (int)length, word, near);
	else
		say_usage_error("unknown option \"--%.*s\"", (int)length, word);
}

static const char *long_name(int value, const struct option *longs)
{
	for (; longs->name != NULL; longs++)
		if (longs->val == value)
			return longs->name;
	return "";
}

static void complain_about_value(int value, const struct option *longs)
{
	if (value < NO_LETTER)
		say_usage_error("option \"--%s\" (-%c) needs a value", long_name(value, longs), value);
	else
		say_usage_error("option \"--%s\" needs a value", long_name(value, longs));
}

/* `what` is the answer of getopt_long(): ":" or "?". */
static void complain(int what, const char *written, const struct option *longs)
{
	if (what == ':')
		complain_about_value(optopt, longs);
	else if (optopt == 0)
		complain_about_long(written, longs);
	else if (*long_name(optopt, longs) != '\0')
		say_usage_error("option \"--%s\" takes no value", long_name(optopt, longs));
	else
		say_usage_error("unknown option \"-%c\"", optopt);
}

/* --- reading --- */

static const struct options_row *row_of(const struct options_row *rows, int value)
{
	size_t index = 0;

	while (value_of(rows, index) != value)
		index++;
	return &rows[index];
}

static bool obey(const struct options_row *row)
{
	if (row->flag != NULL)
		*row->flag = true;
	else if (row->text != NULL)
		*row->text = optarg;
	else
		return row->take(row->context, optarg);
	return true;
}

/* `prefix` is what getopt()'s letters begin with. */
static enum cmd_status read_all(const struct options_row *rows, int argc, char **argv, const char *prefix)
{
	struct grammar grammar;
	int value;

	make_grammar(&grammar, rows, prefix);
	opterr = 0;
	while ((value = getopt_long(argc, argv, grammar.letters, grammar.longs, NULL)) != -1) {
		if (value == 'h')
			return CMD_HELP;
		if (value == ':' || value == '?') {
			complain(value, argv[optind - 1], grammar.longs);
			return CMD_USAGE;
		}
		if (!obey(row_of(rows, value)))
			return CMD_USAGE;
	}
	return CMD_OK;
}

enum cmd_status options_read(const struct options_row *rows, int argc, char **argv)
{
	return read_all(rows, argc, argv, ":");
}

enum cmd_status options_read_to_program(const struct options_row *rows, int argc, char **argv)
{
	enum cmd_status status = read_all(rows, argc, argv, "+:");

	if (status == CMD_OK && optind == argc) {
		say_usage_error("which program?");
		return CMD_USAGE;
	}
	return status;
}

enum cmd_status options_operand(const char *what, char **operands, const char **operand)
{
	if (operands[0] == NULL)
		return CMD_OK;
	if (operands[1] != NULL) {
		say_usage_error("one %s at a time, not also \"%s\"", what, operands[1]);
		return CMD_USAGE;
	}
	*operand = operands[0];
	return CMD_OK;
}
