/* SPDX-License-Identifier: MIT */
/*
 * rows.c - what cutout top shows.
 */
#include "cli/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"

const char *rows_order_name(enum rows_order order)
{
	static const char *const names[ROWS_ORDERS] = {
		[ROWS_BY_STATE] = "state",        [ROWS_BY_DESTINATION] = "destination",   [ROWS_BY_FAILURES] = "failure rate",
		[ROWS_BY_CALLS] = "calls per second", [ROWS_BY_REFUSED] = "refused",
	};

	return names[order];
}

static int descending(double a, double b)
{
	return (a < b) - (a > b);
}

/* Without a rate behind those that have one, be it 0. */
static double failures_of(const struct row *row)
{
	return row->rate.has_failures ? row->rate.failures : -1;
}

static int compare_by_state(const void *a, const void *b)
{
	return views_compare(((const struct row *)a)->view, ((const struct row *)b)->view);
}

static int compare_by_destination(const void *a, const void *b)
{
	char text[VIEW_TEXT_MAX], other[VIEW_TEXT_MAX];
	int order = strcmp(view_destination(((const struct row *)a)->view, text),
			   view_destination(((const struct row *)b)->view, other));

	return order != 0 ? order : compare_by_state(a, b);
}

static int compare_by_failures(const void *a, const void *b)
{
	int order = descending(failures_of(a), failures_of(b));

	return order != 0 ? order : compare_by_state(a, b);
}

static int compare_by_calls(const void *a, const void *b)
{
	int order = descending(((const struct row *)a)->rate.calls, ((const struct row *)b)->rate.calls);

	return order != 0 ? order : compare_by_state(a, b);
}

static int compare_by_refused(const void *a, const void *b)
{
	int order = descending((double)((const struct row *)a)->view->totals[TOTAL_REFUSED],
			       (double)((const struct row *)b)->view->totals[TOTAL_REFUSED]);

	return order != 0 ? order : compare_by_state(a, b);
}

bool rows_make(struct rows *rows, const struct views *views, const struct rates *rates, enum rows_order order)
{
	static int (*const compares[ROWS_ORDERS])(const void *a, const void *b) = {
		[ROWS_BY_STATE] = compare_by_state,       [ROWS_BY_DESTINATION] = compare_by_destination,
		[ROWS_BY_FAILURES] = compare_by_failures, [ROWS_BY_CALLS] = compare_by_calls,
		[ROWS_BY_REFUSED] = compare_by_refused,
	};

	*rows = (struct rows){ calloc(views->count + 1, sizeof(*rows->list)), views->count };
	if (rows->list == NULL)
		return false;
	for (size_t i = 0; i < views->count; i++)
		rows->list[i] = (struct row){ &views->list[i], rates_of(rates, &views->list[i].key) };
	qsort(rows->list, rows->count, sizeof(*rows->list), compares[order]);
	return true;
}

void rows_release(struct rows *rows)
{
	free(rows->list);
	*rows = ROWS_EMPTY;
}

/* Three digits at most before it gets a unit. */
static void format_rate(double rate, char text[VIEW_TEXT_MAX])
{
	if (rate < 99.95)
		snprintf(text, VIEW_TEXT_MAX, "%.1f", rate);
	else if (rate < 99999.5)
		snprintf(text, VIEW_TEXT_MAX, "%.0f", rate);
	else
		snprintf(text, VIEW_TEXT_MAX, "%.1e", rate);
}

static void format_count(uint64_t count, char text[VIEW_TEXT_MAX])
{
	if (count < 10000000)
		snprintf(text, VIEW_TEXT_MAX, "%" PRIu64, count);
	else if (count < UINT64_C(10000000000))
		snprintf(text, VIEW_TEXT_MAX, "%" PRIu64 "M", count / 1000000);
	else
		snprintf(text, VIEW_TEXT_MAX, "%.1e", (double)count);
}

const char *row_cell(const struct row *row, enum rows_column column, uint64_t now, char text[VIEW_TEXT_MAX])
{
	const struct panel_view *view = row->view;
	const char *error;
	uint64_t wait;

	strcpy(text, "-");
	switch (column) {
	case ROWS_STATE:
		snprintf(text, VIEW_TEXT_MAX, "%s%s", phase_name(view->state.phase),
			 view->state.held || view->mode != PANEL_MODE_DEFAULT ? "*" : "");
		break;
	case ROWS_DESTINATION:
		view_destination(view, text);
		break;
	case ROWS_RATE:
		if (row->rate.has_failures)
			snprintf(text, VIEW_TEXT_MAX, "%.0f%%", 100 * row->rate.failures);
		break;
	case ROWS_CALLS:
		if (row->rate.has_calls)
			format_rate(row->rate.calls, text);
		break;
	case ROWS_REFUSED:
		format_count(view->totals[TOTAL_REFUSED], text);
		break;
	case ROWS_ERROR:
		error = view_last_error(view, text);
		return error != NULL ? error : strcpy(text, "-");
	case ROWS_RETRY:
		if (view_retries(view, now, &wait))
			duration_format_short(wait, text, VIEW_TEXT_MAX);
		break;
	case ROWS_COLUMNS:
		break;
	}
	return text;
}

const char *rows_shorten(char *text, size_t width)
{
	size_t length = strlen(text);
	size_t front;

	if (length <= width)
		return text;
	if (width < 6) {
		text[width] = '\0';
		return text;
	}
	front = (width - 2) / 2;
	text[front] = text[front + 1] = '.';
	memmove(text + front + 2, text + length - (width - 2 - front), width - 2 - front + 1);
	return text;
}
