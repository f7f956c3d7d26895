/* SPDX-License-Identifier: MIT */
/*
 * table.c - rows of text in aligned columns.
 */
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct table_row *table_add(struct table *table)
{
	struct table_row *rows;

	if ((table->row_count & (table->row_count - 1)) == 0) { /* full: room doubles at each power of two */
		size_t room = table->row_count > 0 ? 2 * table->row_count : 1;

		rows = realloc(table->rows, room * sizeof(*rows));
		if (rows == NULL)
			return NULL;
		table->rows = rows;
	}
	rows = table->rows;
	memset(&rows[table->row_count], 0, sizeof(*rows));
	return &rows[table->row_count++];
}

static size_t width_of(const struct table *table, size_t column)
{
	size_t width = strlen(table->columns[column].title);

	for (size_t i = 0; i < table->row_count; i++) {
		size_t length = strlen(table->rows[i].cells[column]);

		if (length > width)
			width = length;
	}
	return width;
}

static void print_cell(const struct table *table, size_t column, size_t width, const char *text, const char *colour,
		       FILE *file)
{
	int blank = (int)(width - strlen(text));
	bool is_last = column + 1 == table->column_count;

	if (table->columns[column].is_right)
		fprintf(file, "%*s", blank, "");
	if (colour != NULL)
		fprintf(file, "\033[%sm%s\033[0m", colour, text);
	else
		fputs(text, file);
	if (!table->columns[column].is_right && !is_last)
		fprintf(file, "%*s", blank, "");
	fputs(is_last ? "\n" : "  ", file);
}

void table_print(const struct table *table, FILE *file, bool in_colour)
{
	size_t widths[TABLE_COLUMNS_MAX];

	for (size_t i = 0; i < table->column_count; i++) {
		widths[i] = width_of(table, i);
		print_cell(table, i, widths[i], table->columns[i].title, NULL, file);
	}
	for (size_t i = 0; i < table->row_count; i++)
		for (size_t j = 0; j < table->column_count; j++)
			print_cell(table, j, widths[j], table->rows[i].cells[j],
				   in_colour && j == 0 ? table->rows[i].colour : NULL, file);
}

void table_release(struct table *table)
{
	free(table->rows);
	table->rows = NULL;
	table->row_count = 0;
}

bool table_wants_colour(FILE *file)
{
	const char *refusal = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (refusal != NULL && *refusal != '\0')
		return false;
	return isatty(fileno(file)) && terminal != NULL && strcmp(terminal, "dumb") != 0;
}
