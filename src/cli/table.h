/* SPDX-License-Identifier: MIT */
/*
 * table.h - rows of text in aligned columns.
 *
 * Cells are ASCII: a byte is a column of the terminal.
 */
#ifndef CUTOUT_CLI_TABLE_H
#define CUTOUT_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TABLE_CELL_MAX = 192, TABLE_COLUMNS_MAX = 12 };

struct table_column {
	const char *title;
	bool is_right; /* numbers */
};

struct table_row {
	const char *colour; /* of the first cell: an SGR parameter, "31"; NULL: none */
	char cells[TABLE_COLUMNS_MAX][TABLE_CELL_MAX];
};

struct table {
	const struct table_column *columns;
	size_t column_count;
	struct table_row *rows;
	size_t row_count;
};

/* A new empty row, valid until the next; NULL without memory. */
struct table_row *table_add(struct table *table);

/* Two blanks between columns, none at the end of a line. */
void table_print(const struct table *table, FILE *file, bool in_colour);

void table_release(struct table *table);

/* True when people look at `file` and have not asked for plain text (NO_COLOR, TERM=dumb). */
bool table_wants_colour(FILE *file);

#endif
