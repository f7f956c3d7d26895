/* SPDX-License-Identifier: MIT */
/*
 * trace_line.h - one line of a trace: its words, and what they say. For trace.c.
 */
#ifndef CUTOUT_CLI_TRACE_LINE_H
#define CUTOUT_CLI_TRACE_LINE_H

#include "cli/trace.h"

/* No line has more words than "0.750 end 7 failure @db:5432"; a sixth one is seen, and is too many. */
enum { TRACE_WORDS_MAX = 6 };

struct trace_words {
	struct trace_word list[TRACE_WORDS_MAX];
	size_t count;
};

/* The words of the present line, without its comment. */
void trace_split(const struct trace *trace, struct trace_words *words);

/* `words` is not empty. False after a message. */
bool trace_parse(const struct trace *trace, const struct trace_words *words, struct trace_line *line);

#endif
