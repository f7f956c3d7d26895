/* SPDX-License-Identifier: MIT */
/*
 * complain.c - a complaint about a rule as people see it.
 *
 *   cutout check: rules.conf:3:18: unknown option "falures" (did you mean "failures"?)
 *     db.internal:5432 falures=3
 *                      ^
 *
 * Of a long line only the part around the column is shown. Columns are bytes; the caret stands
 * under the character that the byte begins.
 */
#include "cli/complain.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/say.h"

enum { EXCERPT_BEFORE = 60, EXCERPT_LENGTH = 96 };

struct span {
	const char *at;
	size_t length;
};

static struct span line_of(const char *text, size_t length, unsigned line)
{
	const char *end = text + length;
	const char *at = text;
	const char *stop;

	while (line > 1 && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		at = newline != NULL ? newline + 1 : end;
		line--;
	}
	stop = memchr(at, '\n', (size_t)(end - at));
	return (struct span){ at, (size_t)((stop != NULL ? stop : end) - at) };
}

/* The parser hands the name back that it was given; equal names are told apart by their address. */
static const struct source *source_of(const struct sources *sources, const char *name)
{
	const struct source *same = NULL;

	for (size_t i = 0; i < sources->count; i++) {
		if (sources->list[i].name == name)
			return &sources->list[i];
		if (same == NULL && strcmp(sources->list[i].name, name) == 0)
			same = &sources->list[i];
	}
	if (same == NULL && sources->defaults.name != NULL && strcmp(sources->defaults.name, name) == 0)
		return &sources->defaults;
	return same;
}

static bool continues_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static void print_bytes(struct span span)
{
	for (size_t i = 0; i < span.length; i++) {
		unsigned char c = (unsigned char)span.at[i];

		fputc(c != '\t' && (c < ' ' || c == 0x7f) ? '?' : c, stderr);
	}
}

/* As wide as the bytes are on the terminal, tabs included. */
static void print_blank(struct span span)
{
	for (size_t i = 0; i < span.length; i++)
		if (!continues_character(span.at[i]))
			fputc(span.at[i] == '\t' ? '\t' : ' ', stderr);
}

static void print_excerpt(struct span line, unsigned column)
{
	size_t offset = column > 0 ? column - 1 : 0;
	size_t skip = 0;

	if (line.length > 0 && line.at[line.length - 1] == '\r')
		line.length--;
	if (offset > line.length)
		offset = line.length;
	if (offset > EXCERPT_BEFORE && line.length > EXCERPT_LENGTH)
		skip = offset - EXCERPT_BEFORE;
	while (skip > 0 && continues_character(line.at[skip]))
		skip--;
	line = (struct span){ line.at + skip, line.length - skip };
	if (line.length > EXCERPT_LENGTH)
		line.length = EXCERPT_LENGTH;
	fputs("  ", stderr);
	print_bytes(line);
	fputs("\n  ", stderr);
	print_blank((struct span){ line.at, offset - skip });
	fputs("^\n", stderr);
}

void complain_excerpt(const char *line, size_t length, unsigned column)
{
	print_excerpt((struct span){ line, length }, column);
}

void complain_of_rule(void *context, const struct rules_error *error)
{
	struct complaints *complaints = context;
	const struct source *source = source_of(complaints->sources, error->source);
	char text[512];

	complaints->count++;
	rules_error_format(error, text, sizeof(text));
	say_error("%s", text);
	if (source != NULL)
		print_excerpt(line_of(source->text, source->length, error->line), error->column);
}
