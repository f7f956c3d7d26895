/* SPDX-License-Identifier: MIT */
/*
 * trace_line.c - one line of a trace: its words, and what they say.
 */
#include "cli/trace_line.h"

#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/seconds.h"
#include "base/suggest.h"

enum { VERBS = 5, OUTCOMES = 4, ID_MAX = 255, DESTINATION_MAX = 511 };

static const struct verb {
	const char *name;
	const char *needs; /* what stands behind it */
	size_t words;
	bool has_destination; /* one more word may say which */
} verbs[VERBS] = {
	[TRACE_BEGIN] = { "begin", "an ID", 1, true },
	[TRACE_END] = { "end", "an ID and an outcome", 2, true },
	[TRACE_CALL] = { "call", "an outcome and a duration", 2, true },
	[TRACE_STATE] = { "state", "nothing", 0, true },
	[TRACE_RECORDED] = { "recorded", "nothing", 0, false },
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

void trace_split(const struct trace *trace, struct trace_words *words)
{
	const char *end = trace->text + trace->length;
	const char *at = trace->text;

	words->count = 0;
	while (words->count < TRACE_WORDS_MAX) {
		const char *start;

		while (at < end && is_blank(*at))
			at++;
		if (at == end || *at == '#')
			return;
		start = at;
		while (at < end && !is_blank(*at))
			at++;
		words->list[words->count++] = (struct trace_word){ start, (size_t)(at - start) };
	}
}

static bool word_is(const struct trace_word *word, const char *text)
{
	return strlen(text) == word->length && memcmp(text, word->at, word->length) == 0;
}

/* BEFORE "WORD" AFTER (did you mean "NEAR"?) */
static bool complain(const struct trace *trace, const struct trace_word *word, const char *before, const char *after,
		     const char *near)
{
	char quote[TRACE_QUOTE_MAX];

	trace_quote(word, quote);
	if (near != NULL)
		trace_complain(trace, word, "%s\"%s\"%s (did you mean \"%s\"?)", before, quote, after, near);
	else
		trace_complain(trace, word, "%s\"%s\"%s", before, quote, after);
	return false;
}

/* "250ms" and "0.5s" are durations elsewhere: here they are plain seconds. */
static bool read_seconds(const struct trace *trace, const struct trace_word *word, const char *what, uint64_t *ns)
{
	char suggestion[SECONDS_TEXT_MAX];
	uint64_t duration;

	switch (seconds_parse(ns, word->at, word->length)) {
	case SECONDS_GOOD:
		return true;
	case SECONDS_TOO_FINE:
		return complain(trace, word, "", " is finer than a nanosecond: nine decimals", NULL);
	case SECONDS_TOO_BIG:
		return complain(trace, word, "", " is too big: 9223372036 seconds at most", NULL);
	case SECONDS_NO_NUMBER:
		break;
	}
	if (!duration_parse(&duration, word->at, word->length))
		return complain(trace, word, "", what, NULL);
	seconds_format(duration, suggestion);
	return complain(trace, word, "", what, suggestion);
}

static bool read_verb(const struct trace *trace, const struct trace_word *word, enum trace_verb *verb)
{
	const char *names[VERBS];

	for (unsigned i = 0; i < VERBS; i++) {
		names[i] = verbs[i].name;
		*verb = (enum trace_verb)i;
		if (word_is(word, names[i]))
			return true;
	}
	return complain(trace, word, "", " is not begin, end, call, state or recorded",
			suggest(word->at, word->length, names, VERBS));
}

static bool read_outcome(const struct trace *trace, const struct trace_word *word, enum breaker_outcome *outcome)
{
	const char *names[OUTCOMES];

	for (unsigned i = 0; i < OUTCOMES; i++) {
		*outcome = (enum breaker_outcome)i;
		names[i] = outcome_name(*outcome);
		if (word_is(word, names[i]))
			return true;
	}
	return complain(trace, word, "", " is not success, failure, slow or ignored",
			suggest(word->at, word->length, names, OUTCOMES));
}

/* What comes out again must be a word of text, and of JSON. */
static bool read_name(const struct trace *trace, const struct trace_word *word, const char *what, size_t most,
		      struct trace_word *name)
{
	char before[32];

	if (word->length > most) {
		trace_complain(trace, word, "the %s is longer than %zu bytes", what, most);
		return false;
	}
	snprintf(before, sizeof(before), "the %s ", what);
	for (size_t i = 0; i < word->length; i++)
		if (word->at[i] <= ' ' || word->at[i] > '~')
			return complain(trace, word, before, " is not plain ASCII", NULL);
	*name = *word;
	return true;
}

static bool read_id(const struct trace *trace, const struct trace_word *word, struct trace_word *id)
{
	return read_name(trace, word, "ID", ID_MAX, id);
}

/* "@db.internal:5432" */
static bool read_destination(const struct trace *trace, const struct trace_word *word, struct trace_word *destination)
{
	const struct trace_word name = { word->at + 1, word->length - 1 };

	if (name.length > 0)
		return read_name(trace, &name, "destination", DESTINATION_MAX, destination);
	trace_complain(trace, word, "a destination is missing behind the \"@\"");
	return false;
}

static bool has_its_words(const struct trace *trace, const struct trace_words *words, const struct verb *verb)
{
	const struct trace_word *last = &words->list[words->count - 1];
	size_t most = verb->words + (verb->has_destination && *last->at == '@');

	if (words->count - 2 > most)
		return complain(trace, &words->list[2 + most], "", " is too much: the line is complete before it", NULL);
	if (words->count - 2 >= verb->words && words->count - 2 >= most)
		return true;
	trace_complain(trace, NULL, "\"%s\" needs %s", verb->name, verb->needs);
	return false;
}

bool trace_parse(const struct trace *trace, const struct trace_words *words, struct trace_line *line)
{
	const struct trace_word *behind = words->list + 2;

	if (!read_seconds(trace, &words->list[0], " is no time in seconds", &line->time))
		return false;
	if (words->count == 1) {
		trace_complain(trace, NULL, "begin, end, call, state or recorded is missing");
		return false;
	}
	if (!read_verb(trace, &words->list[1], &line->verb) || !has_its_words(trace, words, &verbs[line->verb]))
		return false;
	line->destination = (struct trace_word){ NULL, 0 };
	if (words->count - 2 > verbs[line->verb].words &&
	    !read_destination(trace, &behind[verbs[line->verb].words], &line->destination))
		return false;
	switch (line->verb) {
	case TRACE_BEGIN:
		return read_id(trace, &behind[0], &line->id);
	case TRACE_END:
		return read_id(trace, &behind[0], &line->id) && read_outcome(trace, &behind[1], &line->outcome);
	case TRACE_CALL:
		return read_outcome(trace, &behind[0], &line->outcome) &&
		       read_seconds(trace, &behind[1], " is no duration in seconds", &line->duration);
	case TRACE_STATE:
	case TRACE_RECORDED:
		return true;
	}
	return false;
}
