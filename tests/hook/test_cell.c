/* SPDX-License-Identifier: MIT */
/*
 * test_cell.c - the record that is shared without locks, step by step.
 */
#include "hook/cell.h"

#include <criterion/criterion.h>

static struct cell cells[3];

static void fill(struct cell *cell, uint64_t used)
{
	uint64_t version = cell_version(cell);

	cr_assert(cell_claim(cell, version));
	cell_touch(cell, used);
	cell_publish(cell, version);
}

Test(cell, an_empty_one_has_no_version)
{
	cr_assert_eq(cell_version(&cells[0]), 0);
}

Test(cell, while_it_is_written_there_is_nothing_to_read_and_nobody_else_writes)
{
	cr_assert(cell_claim(&cells[0], 0));
	cr_assert_eq(cell_version(&cells[0]), 0);
	cr_assert_not(cell_claim(&cells[0], 0));
	cr_assert_not(cell_claim(&cells[0], 2));
	cr_assert_eq(cell_publish(&cells[0], 0), 2);
	cr_assert_eq(cell_version(&cells[0]), 2);
}

Test(cell, a_reader_notices_a_writer_from_its_claim_on)
{
	uint64_t version = 0;

	fill(&cells[0], 1);
	version = cell_version(&cells[0]);
	cr_assert(cell_unchanged(&cells[0], version));
	cr_assert(cell_claim(&cells[0], version));
	cr_assert_not(cell_unchanged(&cells[0], version));
	cell_publish(&cells[0], version);
	cr_assert_not(cell_unchanged(&cells[0], version));
}

Test(cell, the_oldest_is_an_empty_one_else_the_one_used_longest_ago)
{
	uint64_t version = 0;

	fill(&cells[0], 7);
	fill(&cells[2], 5);
	cr_assert_eq(cell_oldest(cells, sizeof(cells[0]), 3, &version), &cells[1]);
	cr_assert_eq(version, 0);
	fill(&cells[1], 6);
	cr_assert_eq(cell_oldest(cells, sizeof(cells[0]), 3, &version), &cells[2]);
	cr_assert_eq(version, 2);
}

Test(cell, one_left_half_written_is_never_taken_over)
{
	uint64_t version = 0;

	fill(&cells[0], 7);
	fill(&cells[1], 6);
	cr_assert(cell_claim(&cells[2], 0));
	cr_assert_eq(cell_oldest(cells, sizeof(cells[0]), 3, &version), &cells[1]);
	cr_assert(cell_claim(&cells[0], 2));
	cr_assert(cell_claim(&cells[1], 2));
	cr_assert_null(cell_oldest(cells, sizeof(cells[0]), 3, &version));
}
