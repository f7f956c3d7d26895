/* SPDX-License-Identifier: MIT */
/*
 * trace.c - lines of a trace: from a file in pieces, and what is wrong with one.
 */
#include "cli/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/seconds.h"
#include "cli/complain.h"
#include "cli/say.h"
#include "cli/trace_line.h"

bool trace_open(struct trace *trace, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;

	trace->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	trace->name = is_stdin ? "standard input" : path;
	trace->number = 0;
	trace->time = 0;
	trace->at = trace->end = 0;
	trace->is_over = false;
	if (trace->fd < 0)
		say_file_error(trace->name, errno);
	return trace->fd >= 0;
}

void trace_close(struct trace *trace)
{
	if (trace->fd != STDIN_FILENO)
		close(trace->fd);
}

/* Adds a piece of the file to the buffer, behind what is left in it. */
static bool fill(struct trace *trace)
{
	ssize_t count;

	memmove(trace->buffer, trace->buffer + trace->at, trace->end - trace->at);
	trace->end -= trace->at;
	trace->at = 0;
	do
		count = read(trace->fd, trace->buffer + trace->end, sizeof(trace->buffer) - trace->end);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return say_file_error(trace->name, errno);
	trace->end += (size_t)count;
	trace->is_over = count == 0;
	return true;
}

static enum trace_result take_line(struct trace *trace, size_t length)
{
	trace->text = trace->buffer + trace->at;
	trace->length = length;
	trace->at += length < trace->end - trace->at ? length + 1 : length;
	trace->number++;
	if (length <= TRACE_LINE_MAX)
		return TRACE_READ;
	trace->length = TRACE_LINE_MAX;
	trace_complain(trace, NULL, "the line is longer than %d bytes", TRACE_LINE_MAX);
	return TRACE_BAD;
}

static enum trace_result next_line(struct trace *trace)
{
	for (;;) {
		size_t left = trace->end - trace->at;
		const char *newline = memchr(trace->buffer + trace->at, '\n', left);

		if (newline != NULL)
			return take_line(trace, (size_t)(newline - trace->buffer) - trace->at);
		if (left > TRACE_LINE_MAX || (trace->is_over && left > 0))
			return take_line(trace, left);
		if (trace->is_over)
			return TRACE_OVER;
		if (!fill(trace))
			return TRACE_BAD;
	}
}

static bool is_ascending(struct trace *trace, const struct trace_words *words, uint64_t time)
{
	char before[SECONDS_TEXT_MAX];

	if (time < trace->time) {
		seconds_format(trace->time, before);
		trace_complain(trace, &words->list[0], "time runs backwards: it was %s already", before);
		return false;
	}
	trace->time = time;
	return true;
}

enum trace_result trace_next(struct trace *trace, struct trace_line *line)
{
	enum trace_result result;

	while ((result = next_line(trace)) == TRACE_READ) {
		struct trace_words words;

		trace_split(trace, &words);
		if (words.count == 0)
			continue;
		if (!trace_parse(trace, &words, line))
			return TRACE_BAD;
		return is_ascending(trace, &words, line->time) ? TRACE_READ : TRACE_BAD;
	}
	return result;
}

void trace_complain(const struct trace *trace, const struct trace_word *word, const char *format, ...)
{
	size_t offset = word != NULL ? (size_t)(word->at - trace->text) : trace->length;
	va_list arguments;
	char message[256];

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	say_error("%s:%lu:%zu: %s", trace->name, trace->number, offset + 1, message);
	complain_excerpt(trace->text, trace->length, (unsigned)offset + 1);
}

const char *trace_quote(const struct trace_word *word, char quote[TRACE_QUOTE_MAX])
{
	bool is_cut = word->length >= TRACE_QUOTE_MAX;
	size_t length = is_cut ? TRACE_QUOTE_MAX - 4 : word->length;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)word->at[i];

		quote[i] = c < ' ' || c == 0x7f ? '?' : (char)c;
	}
	strcpy(quote + length, is_cut ? "..." : "");
	return quote;
}
