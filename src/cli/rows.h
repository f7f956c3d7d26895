/* SPDX-License-Identifier: MIT */
/*
 * rows.h - what cutout top shows: breakers with their rates, in some order, as texts.
 */
#ifndef CUTOUT_CLI_ROWS_H
#define CUTOUT_CLI_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/rates.h"
#include "cli/views.h"

struct row {
	const struct panel_view *view;
	struct rate rate;
};

struct rows {
	struct row *list;
	size_t count;
};

#define ROWS_EMPTY ((struct rows){ NULL, 0 })

enum rows_order {
	ROWS_BY_STATE, /* open first: as in cutout status. The order of what is equal in the others */
	ROWS_BY_DESTINATION,
	ROWS_BY_FAILURES, /* the highest first, here and below */
	ROWS_BY_CALLS,
	ROWS_BY_REFUSED,
	ROWS_ORDERS,
};

/* "state" */
const char *rows_order_name(enum rows_order order);

/* The rows of all views, which must outlive them. False without memory; to be released in either case. */
bool rows_make(struct rows *rows, const struct views *views, const struct rates *rates, enum rows_order order);
void rows_release(struct rows *rows);

enum rows_column {
	ROWS_STATE,
	ROWS_DESTINATION,
	ROWS_RATE,
	ROWS_CALLS,
	ROWS_REFUSED,
	ROWS_ERROR,
	ROWS_RETRY,
	ROWS_COLUMNS,
};

/* The text of a cell, "-" where there is nothing to tell. A state that is held by hand ends in "*". */
const char *row_cell(const struct row *row, enum rows_column column, uint64_t now, char text[VIEW_TEXT_MAX]);

/*
 * A text in `width` columns at most: of one that is longer the middle is left out, since names differ in front
 * and ports behind. `text` is ASCII, and is changed in place.
 */
const char *rows_shorten(char *text, size_t width);

#endif
