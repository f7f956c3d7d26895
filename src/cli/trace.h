/* SPDX-License-Identifier: MIT */
/*
 * trace.h - calls written down, one line after the other: "0.500 begin 7 @db.internal:5432".
 *
 * A trace is read in pieces, and may be endless: only the present line is held. Blank lines are passed
 * over; "#" begins a comment up to the end of its line.
 */
#ifndef CUTOUT_CLI_TRACE_H
#define CUTOUT_CLI_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "breaker/outcome.h"

enum { TRACE_LINE_MAX = 4096 };

/* A part of the present line. */
struct trace_word {
	const char *at;
	size_t length;
};

enum trace_verb {
	TRACE_BEGIN, /* a call asks for admission */
	TRACE_END,   /* and ends */
	TRACE_CALL,  /* both: it ends `duration` later, if it is admitted */
	TRACE_STATE, /* somebody looks */
	TRACE_RECORDED, /* the calls were made without the policies that are tried */
};

/* What a line says. The ID is valid until the next line. */
struct trace_line {
	uint64_t time; /* ns */
	enum trace_verb verb;
	struct trace_word id;         /* begin, end */
	struct trace_word destination; /* what the breaker is of; length 0: it has no name */
	enum breaker_outcome outcome; /* end, call */
	uint64_t duration;            /* call; ns */
};

struct trace {
	int fd;
	const char *name;
	unsigned long number; /* of the present line, from 1 */
	const char *text;     /* the present line */
	size_t length;
	uint64_t time; /* of the line before */
	size_t at, end; /* what is in the buffer and not read yet */
	bool is_over;   /* nothing comes behind it */
	char buffer[1 << 16];
};

enum trace_result {
	TRACE_READ,
	TRACE_OVER,
	TRACE_BAD, /* after a message */
};

/* "-" is the standard input. False after a message. */
bool trace_open(struct trace *trace, const char *path);
void trace_close(struct trace *trace);

/* The next line that says something. Times never decrease. */
enum trace_result trace_next(struct trace *trace, struct trace_line *line);

/* Says what is wrong with the present line, and shows the place. `word` NULL: its end. */
__attribute__((format(printf, 3, 4))) void trace_complain(const struct trace *trace, const struct trace_word *word,
							  const char *format, ...);

enum { TRACE_QUOTE_MAX = 48 };

/* The word for a message: cut, and without control characters. */
const char *trace_quote(const struct trace_word *word, char quote[TRACE_QUOTE_MAX]);

#endif
