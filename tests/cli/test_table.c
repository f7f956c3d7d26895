/* SPDX-License-Identifier: MIT */
/*
 * test_table.c - columns line up, with and without colours.
 */
#include "cli/table.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const struct table_column columns[] = { { "STATE", false }, { "CALLS", true }, { "LAST", false } };

static void fill(struct table *table)
{
	struct table_row *row = table_add(table);

	row->colour = "31";
	strcpy(row->cells[0], "half-open");
	strcpy(row->cells[1], "1234567");
	strcpy(row->cells[2], "-");
	row = table_add(table);
	strcpy(row->cells[0], "open");
	strcpy(row->cells[1], "9");
	strcpy(row->cells[2], "ETIMEDOUT");
}

static void expect(bool in_colour, const char *text)
{
	struct table table = { columns, 3, NULL, 0 };
	char *printed = NULL;
	size_t length;
	FILE *file = open_memstream(&printed, &length);

	fill(&table);
	table_print(&table, file, in_colour);
	fclose(file);
	cr_assert_str_eq(printed, text);
	free(printed);
	table_release(&table);
}

Test(table, cells_are_aligned_and_lines_have_no_blanks_at_their_end)
{
	expect(false, "STATE        CALLS  LAST\n"
		      "half-open  1234567  -\n"
		      "open             9  ETIMEDOUT\n");
}

Test(table, colours_do_not_move_columns)
{
	expect(true, "STATE        CALLS  LAST\n"
		     "\033[31mhalf-open\033[0m  1234567  -\n"
		     "open             9  ETIMEDOUT\n");
}

Test(table, holds_any_number_of_rows)
{
	struct table table = { columns, 3, NULL, 0 };

	for (int i = 0; i < 1000; i++)
		cr_assert_not_null(table_add(&table));
	cr_assert_eq(table.row_count, 1000);
	table_release(&table);
}
