/* SPDX-License-Identifier: MIT */
/*
 * reader.h - a text as words and ends of rules, each with its place.
 *
 * Words are separated by blanks, rules by ";" or the end of a line; a word that begins with "#" starts
 * a comment up to the end of its line. A carriage return is a blank. Pure.
 */
#ifndef CUTOUT_RULES_READER_H
#define CUTOUT_RULES_READER_H

#include "rules/report.h"

enum reader_token {
	READER_WORD,
	READER_RULE_END, /* ";" or a new line; may come several times in a row */
	READER_TEXT_END,
};

struct reader {
	const char *at;
	const char *end;
	const char *line_start;
	unsigned line;
};

void reader_init(struct reader *reader, const struct rules_text *text);

/* The word is set for READER_WORD only. */
enum reader_token reader_next(struct reader *reader, struct word *word);

#endif
