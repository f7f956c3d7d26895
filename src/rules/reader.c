/* SPDX-License-Identifier: MIT */
/*
 * reader.c - a text as words and ends of rules, each with its place. Pure.
 */
#include "rules/reader.h"

#include <string.h>

void reader_init(struct reader *reader, const struct rules_text *text)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";

	reader->at = text->text;
	reader->end = text->text + text->length;
	if (text->length >= 3 && memcmp(text->text, byte_order_mark, 3) == 0)
		reader->at += 3;
	reader->line_start = reader->at;
	reader->line = 1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool ends_word(char c)
{
	return is_blank(c) || c == '\n' || c == ';';
}

static void skip_blanks_and_comment(struct reader *reader)
{
	while (reader->at < reader->end && is_blank(*reader->at))
		reader->at++;
	if (reader->at < reader->end && *reader->at == '#') {
		const char *line_end = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));

		reader->at = line_end != NULL ? line_end : reader->end;
	}
}

enum reader_token reader_next(struct reader *reader, struct word *word)
{
	skip_blanks_and_comment(reader);
	if (reader->at == reader->end)
		return READER_TEXT_END;
	if (*reader->at == ';' || *reader->at == '\n') {
		if (*reader->at++ == '\n') {
			reader->line++;
			reader->line_start = reader->at;
		}
		return READER_RULE_END;
	}
	word->at = reader->at;
	word->line = reader->line;
	word->column = (unsigned)(reader->at - reader->line_start) + 1;
	while (reader->at < reader->end && !ends_word(*reader->at))
		reader->at++;
	word->length = (size_t)(reader->at - word->at);
	return READER_WORD;
}
