/* SPDX-License-Identifier: MIT */
/*
 * sums.c - what a trace comes to: for each policy and destination, and over all destinations.
 *
 * With one destination nothing is said of it. The lines under one policy, and the objects, are fixed: others parse
 * them.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/seconds.h"
#include "cli/say.h"
#include "cli/stages.h"
#include "cli/table.h"
#include "rules/rules.h"

struct sum {
	uint64_t calls, refused, failures, trips;
	uint64_t open_time;
};

static void add(struct sum *sum, const struct stage *stage, size_t policy)
{
	const struct trial *trial = &stage->trials[policy];

	sum->calls += stage->simulation.asked;
	sum->refused += trial->refused;
	sum->failures += trial->failures;
	sum->trips += trial->breaker.trips;
	sum->open_time += trial_open_time(trial, stage->simulation.now);
}

/* `stage` NULL: over all. */
static struct sum sum_of(const struct stages *stages, const struct stage *stage, size_t policy)
{
	struct sum sum = { 0 };

	if (stage != NULL)
		add(&sum, stage, policy);
	for (size_t i = 0; stage == NULL && i < stages->count; i++)
		add(&sum, stages->list[i], policy);
	return sum;
}

static const char *name_of(const struct stage *stage)
{
	return stage->chronicle.destination;
}

/* --- as JSON --- */

static void print_name(const char *name)
{
	fputs(", \"destination\": ", stdout);
	if (name == NULL) {
		fputs("null", stdout);
		return;
	}
	putchar('"');
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\\')
			putchar('\\');
		putchar(*name);
	}
	putchar('"');
}

static void print_object(const struct stages *stages, const struct stage *stage, size_t policy)
{
	struct sum sum = sum_of(stages, stage, policy);
	char options[2048], open[SECONDS_TEXT_MAX];

	policy_format(&stages->trials[policy].policy, options, sizeof(options));
	seconds_format(sum.open_time, open);
	fputs("{\"event\": \"summary\"", stdout);
	if (stages->policies > 1)
		printf(", \"policy\": %zu", policy + 1);
	if (stages->count > 1)
		print_name(stage != NULL ? name_of(stage) : "*");
	else if (stage != NULL && name_of(stage) != NULL)
		print_name(name_of(stage));
	printf(", \"options\": \"%s\", \"calls\": %" PRIu64 ", \"refused\": %" PRIu64
	       ", \"failures_let_through\": %" PRIu64 ", \"open_seconds\": %s, \"trips\": %" PRIu64 "}\n",
	       options, sum.calls, sum.refused, sum.failures, open, sum.trips);
}

/* --- as text --- */

static void print_line(const struct stages *stages, const struct stage *stage)
{
	struct sum sum = sum_of(stages, stage, 0);
	char open[SECONDS_TEXT_MAX];

	seconds_format(sum.open_time, open);
	printf("summary calls=%" PRIu64 " refused=%" PRIu64 " failures_let_through=%" PRIu64
	       " open_seconds=%s trips=%" PRIu64,
	       sum.calls, sum.refused, sum.failures, open, sum.trips);
	if (stages->count > 1 && stage != NULL)
		printf(" @%s", name_of(stage) != NULL ? name_of(stage) : "");
	putchar('\n');
}

static bool add_row(struct table *table, const struct stages *stages, const struct stage *stage, size_t policy)
{
	size_t first = stages->count > 1; /* the column of the destination */
	struct sum sum = sum_of(stages, stage, policy);
	struct table_row *row = table_add(table);
	char open[SECONDS_TEXT_MAX];

	if (row == NULL)
		return false;
	seconds_format(sum.open_time, open);
	snprintf(row->cells[0], TABLE_CELL_MAX, "%s", stage == NULL ? "(all)" : name_of(stage) != NULL ? name_of(stage) : "-");
	snprintf(row->cells[first + 0], TABLE_CELL_MAX, "%s", stages->labels[policy]);
	snprintf(row->cells[first + 1], TABLE_CELL_MAX, "%" PRIu64, sum.calls);
	snprintf(row->cells[first + 2], TABLE_CELL_MAX, "%" PRIu64, sum.refused);
	snprintf(row->cells[first + 3], TABLE_CELL_MAX, "%" PRIu64, sum.failures);
	snprintf(row->cells[first + 4], TABLE_CELL_MAX, "%ss", open);
	snprintf(row->cells[first + 5], TABLE_CELL_MAX, "%" PRIu64, sum.trips);
	return true;
}

static bool add_rows(struct table *table, const struct stages *stages, const struct stage *stage)
{
	for (size_t i = 0; i < stages->policies; i++)
		if (!add_row(table, stages, stage, i))
			return false;
	return true;
}

static bool compare(const struct stages *stages)
{
	static const struct table_column columns[] = {
		{ "DESTINATION", false },	   { "POLICY", false },	   { "CALLS", true }, { "REFUSED", true },
		{ "FAILURES LET THROUGH", true }, { "TIME OPEN", true }, { "TRIPS", true },
	};
	size_t all = sizeof(columns) / sizeof(columns[0]);
	struct table table = { stages->count > 1 ? columns : columns + 1, stages->count > 1 ? all : all - 1, NULL, 0 };
	bool is_whole = true;

	for (size_t i = 0; i < stages->count && is_whole; i++)
		is_whole = add_rows(&table, stages, stages->list[i]);
	if (stages->count > 1 && is_whole)
		is_whole = add_rows(&table, stages, NULL);
	if (!stages->is_quiet)
		putchar('\n');
	if (is_whole)
		table_print(&table, stdout, false);
	else
		say_out_of_memory();
	table_release(&table);
	return is_whole;
}

/* --- either --- */

/* All policies of one destination, or of all. */
static void print_sums(const struct stages *stages, const struct stage *stage)
{
	if (!stages->is_json) {
		print_line(stages, stage);
		return;
	}
	for (size_t i = 0; i < stages->policies; i++)
		print_object(stages, stage, i);
}

bool stages_sum_up(const struct stages *stages)
{
	if (!stages->is_json && stages->policies > 1)
		return compare(stages);
	for (size_t i = 0; i < stages->count; i++)
		print_sums(stages, stages->list[i]);
	if (stages->count > 1)
		print_sums(stages, NULL);
	return true;
}
