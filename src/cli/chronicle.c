/* SPDX-License-Identifier: MIT */
/*
 * chronicle.c - what happened in a simulation, on stdout.
 *
 * A trace has millions of lines: they are put together by hand, numbers exactly as they are.
 */
#include "cli/chronicle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/seconds.h"
#include "base/text.h"
#include "cli/say.h"
#include "cli/table.h"
#include "rules/rules.h"

enum { LINE_MAX_BYTES = 1024, COLUMN_WIDTH = 32, TIME_WIDTH = 12, VERB_WIDTH = 6, ID_WIDTH = 8 };

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

/* WHAT STATE TIME SUCCESSES FAILURES IGNORED CONSECUTIVE_SUCCESSES CONSECUTIVE_FAILURES */
static void print_alone(const struct sight *sight, uint64_t time)
{
	struct line line;

	line_start(&line);
	text_put(&line.text, sight_name(sight->what));
	text_put_char(&line.text, ' ');
	text_put(&line.text, phase_name(sight->phase));
	text_put_char(&line.text, ' ');
	put_seconds(&line.text, time);
	text_put_char(&line.text, ' ');
	put_counts(&line.text, &sight->counts, ' ');
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
static void print_side_by_side(const struct simulation *simulation, const char *verb, const char *id, uint64_t time)
{
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

static void put_id(struct text *text, const char *id)
{
	text_put(text, ", \"id\": ");
	if (id == NULL) {
		text_put(text, "null");
		return;
	}
	text_put_char(text, '"');
	for (; *id != '\0'; id++) {
		if (*id == '"' || *id == '\\')
			text_put_char(text, '\\');
		text_put_char(text, *id);
	}
	text_put_char(text, '"');
}

static void print_object(const struct simulation *simulation, size_t index, const char *id, uint64_t time)
{
	const struct sight *sight = &simulation->trials[index].sight;
	struct line line;

	line_start(&line);
	text_put(&line.text, "{\"event\": \"");
	text_put(&line.text, sight_name(sight->what));
	text_put_char(&line.text, '"');
	put_policy(&line.text, simulation, index);
	put_id(&line.text, id);
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
				print_object(simulation, i, id, time);
	} else if (simulation->count == 1) {
		print_alone(&simulation->trials[0].sight, time);
	} else {
		print_side_by_side(simulation, verbs[verb], id, time);
	}
}

static void sum_up_in_json(const struct simulation *simulation, size_t index)
{
	const struct trial *trial = &simulation->trials[index];
	char options[2048], open[SECONDS_TEXT_MAX];

	policy_format(&trial->policy, options, sizeof(options));
	seconds_format(trial_open_time(trial, simulation->now), open);
	fputs("{\"event\": \"summary\"", stdout);
	if (simulation->count > 1)
		printf(", \"policy\": %zu", index + 1);
	printf(", \"options\": \"%s\", \"calls\": %" PRIu64 ", \"refused\": %" PRIu64
	       ", \"failures_let_through\": %" PRIu64 ", \"open_seconds\": %s, \"trips\": %" PRIu64 "}\n",
	       options, simulation->asked, trial->refused, trial->failures, open, trial->breaker.trips);
}

static void sum_up_alone(const struct simulation *simulation)
{
	const struct trial *trial = &simulation->trials[0];
	char open[SECONDS_TEXT_MAX];

	seconds_format(trial_open_time(trial, simulation->now), open);
	printf("summary calls=%" PRIu64 " refused=%" PRIu64 " failures_let_through=%" PRIu64
	       " open_seconds=%s trips=%" PRIu64 "\n",
	       simulation->asked, trial->refused, trial->failures, open, trial->breaker.trips);
}

static void fill_row(struct table_row *row, const struct simulation *simulation, const struct trial *trial,
		     const char *label)
{
	char open[SECONDS_TEXT_MAX];

	seconds_format(trial_open_time(trial, simulation->now), open);
	snprintf(row->cells[0], TABLE_CELL_MAX, "%s", label);
	snprintf(row->cells[1], TABLE_CELL_MAX, "%" PRIu64, simulation->asked);
	snprintf(row->cells[2], TABLE_CELL_MAX, "%" PRIu64, trial->refused);
	snprintf(row->cells[3], TABLE_CELL_MAX, "%" PRIu64, trial->failures);
	snprintf(row->cells[4], TABLE_CELL_MAX, "%ss", open);
	snprintf(row->cells[5], TABLE_CELL_MAX, "%" PRIu64, trial->breaker.trips);
}

static bool compare(const struct chronicle *chronicle)
{
	static const struct table_column columns[] = {
		{ "POLICY", false }, { "CALLS", true },	    { "REFUSED", true }, { "FAILURES LET THROUGH", true },
		{ "TIME OPEN", true }, { "TRIPS", true },
	};
	const struct simulation *simulation = chronicle->simulation;
	struct table table = { columns, sizeof(columns) / sizeof(columns[0]), NULL, 0 };
	bool is_whole = true;

	for (size_t i = 0; i < simulation->count && is_whole; i++) {
		struct table_row *row = table_add(&table);

		is_whole = row != NULL;
		if (is_whole)
			fill_row(row, simulation, &simulation->trials[i], chronicle->labels[i]);
	}
	if (!chronicle->is_quiet)
		putchar('\n');
	if (is_whole)
		table_print(&table, stdout, false);
	else
		say_error("out of memory");
	table_release(&table);
	return is_whole;
}

bool chronicle_sum_up(const struct chronicle *chronicle)
{
	const struct simulation *simulation = chronicle->simulation;

	if (!chronicle->is_json && simulation->count > 1)
		return compare(chronicle);
	for (size_t i = 0; i < simulation->count; i++) {
		if (chronicle->is_json)
			sum_up_in_json(simulation, i);
		else
			sum_up_alone(simulation);
	}
	return true;
}
