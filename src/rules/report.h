/* SPDX-License-Identifier: MIT */
/*
 * report.h - complaints about a text: where, what, and what was perhaps meant.
 *
 * One thread; no allocation.
 */
#ifndef CUTOUT_RULES_REPORT_H
#define CUTOUT_RULES_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "rules/rules.h"

/* A piece of the text and its place. */
struct word {
	const char *at;
	size_t length;
	unsigned line;
	unsigned column;
};

/* The piece of a word that begins at `start`. */
static inline struct word word_part(const struct word *word, size_t start, size_t length)
{
	return (struct word){ word->at + start, length, word->line, word->column + (unsigned)start };
}

static inline bool word_is(const struct word *word, const char *text)
{
	return strlen(text) == word->length && memcmp(text, word->at, word->length) == 0;
}

/* Index of the first `c`; the word's length if there is none. */
static inline size_t word_find(const struct word *word, char c)
{
	const char *found = word->length > 0 ? memchr(word->at, c, word->length) : NULL;

	return found != NULL ? (size_t)(found - word->at) : word->length;
}

/* Has no value, and what hosts, addresses and ports have, and options have not. */
bool word_looks_like_pattern(const struct word *word);

struct report {
	const char *source;
	rules_complain *complain;
	void *context;
	size_t count; /* complaints so far */
};

/* One complaint in the making: `text` is appended to between begin and end. */
struct complaint {
	struct report *report;
	struct rules_error error;
	struct text text;
};

void complaint_begin(struct complaint *complaint, struct report *report, const struct word *place);
void complaint_quote(struct complaint *complaint, const struct word *word);
void complaint_suggest(struct complaint *complaint, const char *suggestion); /* NULL: nothing */
void complaint_end(struct complaint *complaint);

/* BEFORE "WORD" AFTER (did you mean "SUGGESTION"?), at the word's place. */
void report_word(struct report *report, const struct word *word, const char *before, const char *after,
		 const char *suggestion);

/* A message that needs no quotation. */
void report_at(struct report *report, const struct word *place, const char *message);

#endif
