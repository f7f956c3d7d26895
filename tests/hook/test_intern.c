/* SPDX-License-Identifier: MIT */
/*
 * test_intern.c - names kept once, and what their numbers are worth when their place is taken.
 */
#include "hook/intern.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"

static struct intern_table table;

static struct name name_of(const char *text)
{
	struct name name = { .length = (uint32_t)strlen(text) };

	memcpy(name.text, text, name.length + 1);
	return name;
}

static intern_id put(const char *text, uint64_t stamp)
{
	struct name name = name_of(text);

	return intern_name(&table, &name, stamp);
}

static bool says(intern_id id, const char *text)
{
	struct name name;

	return intern_read(&table, id, &name) && strcmp(name.text, text) == 0 && name.length == strlen(text);
}

/* The number-th name that belongs into the same set as all the others. */
static const char *crowded(unsigned number)
{
	static char text[32];

	for (unsigned i = 0;; i++) {
		snprintf(text, sizeof(text), "host-%u.example", i);
		if (hash_name(text, strlen(text)) % INTERN_SETS == 0 && number-- == 0)
			return text;
	}
}

Test(intern, every_length_comes_back_whole)
{
	char text[NAME_MAX_LENGTH + 1];

	for (unsigned length = 1; length <= NAME_MAX_LENGTH; length++) {
		memset(text, 'a' + (int)(length % 26), length);
		text[length] = '\0';
		cr_assert(says(put(text, length), text), "length %u", length);
	}
}

Test(intern, a_name_has_one_id_in_any_case_and_keeps_its_first_form)
{
	intern_id id = put("Db.Internal", 1);

	cr_assert_neq(id, 0);
	cr_assert_eq(put("db.internal", 2), id);
	cr_assert_neq(put("db.interna", 3), id);
	cr_assert(says(id, "Db.Internal"));
}

Test(intern, no_id_names_nothing)
{
	struct name name;

	put("a", 1);
	cr_assert_not(intern_is_current(&table, 0));
	for (intern_id id = 0; id < INTERN_CELLS; id++)
		cr_assert_not(intern_read(&table, id, &name));
}

Test(intern, a_full_set_gives_up_the_name_confirmed_longest_ago)
{
	intern_id ids[INTERN_WAYS], late;

	for (unsigned i = 0; i < INTERN_WAYS; i++)
		ids[i] = put(crowded(i), i + 1);
	cr_assert_eq(put(crowded(0), 100), ids[0]);
	late = put(crowded(INTERN_WAYS), 101);
	cr_assert(says(late, crowded(INTERN_WAYS)));
	for (unsigned i = 0; i < INTERN_WAYS; i++)
		cr_assert_eq(intern_is_current(&table, ids[i]), i != 1, "name %u", i);
	cr_assert(says(ids[0], crowded(0)));
}

Test(intern, the_id_of_a_name_whose_place_was_taken_names_nothing_and_not_the_new_one)
{
	intern_id id = put(crowded(0), 1);
	struct name name;

	for (unsigned i = 1; i <= INTERN_WAYS; i++)
		put(crowded(i), i + 1);
	cr_assert_not(intern_read(&table, id, &name));
	cr_assert_not(intern_is_current(&table, id));
	cr_assert_neq(put(crowded(0), 100), id);
}

Test(intern, a_cell_left_half_written_costs_only_itself)
{
	intern_id id = put(crowded(0), 1);
	struct intern_cell *cell = &table.cells[id % INTERN_CELLS];
	struct name name;

	cr_assert(cell_claim(&cell->cell, cell_version(&cell->cell)));
	cr_assert_not(intern_read(&table, id, &name));
	for (unsigned i = 0; i < 3 * INTERN_WAYS; i++)
		cr_assert(says(put(crowded(i), i + 2), crowded(i)));
}

Test(intern, where_everything_is_being_written_it_does_without)
{
	intern_id id = put(crowded(0), 1);
	struct intern_cell *set = &table.cells[id % INTERN_CELLS / INTERN_WAYS * INTERN_WAYS];

	for (unsigned i = 0; i < INTERN_WAYS; i++)
		cr_assert(cell_claim(&set[i].cell, cell_version(&set[i].cell)));
	cr_assert_eq(put(crowded(1), 2), 0);
}
