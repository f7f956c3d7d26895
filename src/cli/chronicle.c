/* SPDX-License-Identifier: MIT */
/*
 * chronicle.c - what happened in a simulation, on stdout.
 *
 * A trace has millions of lines: they are put together by hand, numbers exactly as they are.
 */
#include "cli/chronicle.h"

#include <stdio.h>
#include <string.h>

#include "base/seconds.h"
#include "base/text.h"

enum { LINE_MAX_BYTES = 2560, COLUMN_WIDTH = 32, TIME_WIDTH = 12, VERB_WIDTH = 6, ID_WIDTH = 8 };

struct line {
	struct text text;
	char buffer[LINE_MAX_BYTES];
};

static void line_start(struct line *line)
{
	text_init(&line->text, line->buffer, sizeof(line->buffer));
}

static void line_print(struct line *line)
{
	text_put_char(&line->text, '\n');
	fwrite(line->buffer, 1, text_length(&line->text), stdout);
}

static void put_seconds(struct text *text, uint64_t ns)
{
	char seconds[SECONDS_TEXT_MAX];

	text_put_bytes(text, seconds, seconds_format(ns, seconds));
}

/* Blanks up to a width, from where the text had the length `start`; at least two. */
static void pad(struct text *text, size_t start, size_t width)
{
	text_put(text, "  ");
	while (text_length(text) < start + width + 2)
		text_put_char(text, ' ');
}

/* --- as text --- */

static void put_counts(struct text *text, const struct breaker_counts *counts, char separator)
{
	const uint64_t numbers[] = {
		counts->successes, counts->failures, counts->ignored, counts->consecutive_successes,
		counts->consecutive_failures,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (i > 0)
			text_put_char(text, separator);
		text_put_number(text, numbers[i]);
	}
}

/* Behind all that lines without one have. */
static void put_destination(struct text *text, const struct chronicle *chronicle, const char *before)
{
	if (chronicle->destination == NULL)
		return;
	text_put(text, before);
	text_put_char(text, '@');
	text_put(text, chronicle->destination);
}

/* WHAT STATE TIME SUCCESSES FAILURES IGNORED CONSECUTIVE_SUCCESSES CONSECUTIVE_FAILURES */
static void print_alone(const struct chronicle *chronicle, uint64_t time)
{
	const struct sight *sight = &chronicle->simulation->trials[0].sight;
	struct line line;

	line_start(&line);
	text_put(&line.text, sight_name(sight->what));
	text_put_char(&line.text, ' ');
	text_put(&line.text, phase_name(sight->phase));
	text_put_char(&line.text, ' ');
	put_seconds(&line.text, time);
	text_put_char(&line.text, ' ');
	put_counts(&line.text, &sight->counts, ' ');
	put_destination(&line.text, chronicle, " ");
	line_print(&line);
}

/* WHAT STATE COUNTS */
static void put_column(struct text *text, const struct sight *sight)
{
	if (sight->what == SIGHT_NOTHING) {
		text_put(text, "- - -");
		return;
	}
	text_put(text, sight_name(sight->what));
	text_put_char(text, ' ');
	text_put(text, phase_name(sight->phase));
	text_put_char(text, ' ');
	put_counts(text, &sight->counts, '/');
}

static void put_head(struct text *text, const char *time, const char *what, const char *id)
{
	text_put(text, time);
	pad(text, 0, TIME_WIDTH);
	text_put(text, what);
	pad(text, TIME_WIDTH + 2, VERB_WIDTH);
	text_put(text, id);
}

/* One column after the other; each is a line of its own as far as the buffer is concerned. */
static void print_side_by_side(const struct chronicle *chronicle, const char *verb, const char *id, uint64_t time)
{
	const struct simulation *simulation = chronicle->simulation;
	char seconds[SECONDS_TEXT_MAX];
	size_t start = TIME_WIDTH + VERB_WIDTH + 4;
	size_t width = ID_WIDTH;
	struct line line;

	seconds_format(time, seconds);
	line_start(&line);
	put_head(&line.text, seconds, verb, id != NULL ? id : "-");
	for (size_t i = 0; i < simulation->count; i++) {
		pad(&line.text, start, width);
		fwrite(line.buffer, 1, text_length(&line.text), stdout);
		line_start(&line);
		put_column(&line.text, &simulation->trials[i].sight);
		start = 0;
		width = COLUMN_WIDTH;
	}
	put_destination(&line.text, chronicle, "  ");
	line_print(&line);
}

static void print_titles(const struct chronicle *chronicle)
{
	struct line line;

	line_start(&line);
	put_head(&line.text, "TIME", "EVENT", "ID");
	pad(&line.text, TIME_WIDTH + VERB_WIDTH + 4, ID_WIDTH);
	fwrite(line.buffer, 1, text_length(&line.text), stdout);
	for (size_t i = 0; i < chronicle->simulation->count; i++) {
		bool is_last = i + 1 == chronicle->simulation->count;

		if (is_last)
			printf("%s\n", chronicle->labels[i]);
		else if (strlen(chronicle->labels[i]) > COLUMN_WIDTH)
			printf("%.*s...  ", COLUMN_WIDTH - 3, chronicle->labels[i]);
		else
			printf("%-*s  ", COLUMN_WIDTH, chronicle->labels[i]);
	}
}

/* --- as JSON --- */

static void put_key(struct text *text, const char *key, uint64_t number)
{
	text_put(text, ", \"");
	text_put(text, key);
	text_put(text, "\": ");
	text_put_number(text, number);
}

/* Which policy, from 1; under one there is nothing to say. */
static void put_policy(struct text *text, const struct simulation *simulation, size_t index)
{
	if (simulation->count > 1)
		put_key(text, "policy", index + 1);
}

static void put_word(struct text *text, const char *word)
{
	if (word == NULL) {
		text_put(text, "null");
		return;
	}
	text_put_char(text, '"');
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			text_put_char(text, '\\');
		text_put_char(text, *word);
	}
	text_put_char(text, '"');
}

static void print_object(const struct chronicle *chronicle, size_t index, const char *id, uint64_t time)
{
	const struct simulation *simulation = chronicle->simulation;
	const struct sight *sight = &simulation->trials[index].sight;
	struct line line;

	line_start(&line);
	text_put(&line.text, "{\"event\": \"");
	text_put(&line.text, sight_name(sight->what));
	text_put_char(&line.text, '"');
	put_policy(&line.text, simulation, index);
	text_put(&line.text, ", \"id\": ");
	put_word(&line.text, id);
	if (chronicle->destination != NULL) {
		text_put(&line.text, ", \"destination\": ");
		put_word(&line.text, chronicle->destination);
	}
	text_put(&line.text, ", \"state\": \"");
	text_put(&line.text, phase_name(sight->phase));
	text_put(&line.text, "\", \"time\": ");
	put_seconds(&line.text, time);
	put_key(&line.text, "requests", sight->counts.requests);
	put_key(&line.text, "successes", sight->counts.successes);
	put_key(&line.text, "failures", sight->counts.failures);
	put_key(&line.text, "ignored", sight->counts.ignored);
	put_key(&line.text, "consecutive_successes", sight->counts.consecutive_successes);
	put_key(&line.text, "consecutive_failures", sight->counts.consecutive_failures);
	text_put_char(&line.text, '}');
	line_print(&line);
}

/* --- either --- */

void chronicle_start(const struct chronicle *chronicle)
{
	if (!chronicle->is_quiet && !chronicle->is_json && chronicle->simulation->count > 1)
		print_titles(chronicle);
}

void chronicle_event(void *context, enum trace_verb verb, const char *id, uint64_t time)
{
	static const char *const verbs[] = {
		[TRACE_BEGIN] = "begin", [TRACE_END] = "end", [TRACE_CALL] = "call", [TRACE_STATE] = "state",
	};
	const struct chronicle *chronicle = context;
	const struct simulation *simulation = chronicle->simulation;

	if (chronicle->is_quiet)
		return;
	if (chronicle->is_json) {
		for (size_t i = 0; i < simulation->count; i++)
			if (simulation->trials[i].sight.what != SIGHT_NOTHING)
				print_object(chronicle, i, id, time);
	} else if (simulation->count == 1) {
		print_alone(chronicle, time);
	} else {
		print_side_by_side(chronicle, verbs[verb], id, time);
	}
}
