/* SPDX-License-Identifier: MIT */
/*
 * intern.c - names kept once each (intern.h).
 *
 * Who writes: a thread that has claimed the cell. Who may call it, and what a writer's death costs:
 * intern.h, cell.h.
 */
#include "hook/intern.h"

#include <string.h>

#include "base/hash.h"

enum { TEXT_SIZE = 8 * INTERN_WORDS, ATTEMPTS = 4 };

_Static_assert(1 + NAME_MAX_LENGTH <= TEXT_SIZE, "the length and the longest name");

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool intern_same(const struct name *a, const struct name *b)
{
	if (a->length != b->length)
		return false;
	for (uint32_t i = 0; i < a->length; i++)
		if (lower(a->text[i]) != lower(b->text[i]))
			return false;
	return true;
}

static intern_id id_of(const struct intern_table *table, const struct intern_cell *cell, uint64_t version)
{
	return version * INTERN_CELLS + (uint64_t)(cell - table->cells);
}

static const struct intern_cell *cell_of(const struct intern_table *table, intern_id id)
{
	return &table->cells[id % INTERN_CELLS];
}

static uint64_t version_of(intern_id id)
{
	return id / INTERN_CELLS;
}

bool intern_is_current(const struct intern_table *table, intern_id id)
{
	return id != 0 && cell_unchanged(&cell_of(table, id)->cell, version_of(id));
}

/* The name in that cell, if it is whole and has that version before and after. */
static bool read_cell(const struct intern_cell *cell, uint64_t version, struct name *name)
{
	unsigned char raw[TEXT_SIZE];
	size_t length = 0;

	if (version == 0 || cell_version(&cell->cell) != version)
		return false;
	for (size_t i = 0; 8 * i < 1 + length; i++) {
		uint64_t word = cell_get(&cell->text[i]);

		memcpy(raw + 8 * i, &word, 8);
		if (i == 0)
			length = raw[0] <= NAME_MAX_LENGTH ? raw[0] : 0; /* a mixture may say anything */
	}
	if (!cell_unchanged(&cell->cell, version))
		return false;
	name->length = (uint32_t)length;
	memcpy(name->text, raw + 1, length);
	name->text[length] = '\0';
	return true;
}

static void write_cell(struct intern_cell *cell, const struct name *name, uint64_t hash)
{
	unsigned char raw[TEXT_SIZE] = { (unsigned char)name->length };

	memcpy(raw + 1, name->text, name->length);
	cell_put(&cell->hash, hash);
	for (size_t i = 0; 8 * i < 1 + (size_t)name->length; i++) {
		uint64_t word;

		memcpy(&word, raw + 8 * i, 8);
		cell_put(&cell->text[i], word);
	}
}

static intern_id known(const struct intern_table *table, const struct intern_cell *set, const struct name *name,
		       uint64_t hash)
{
	for (unsigned i = 0; i < INTERN_WAYS; i++) {
		uint64_t version = cell_version(&set[i].cell);
		struct name there;

		if (version == 0 || cell_get(&set[i].hash) != hash)
			continue;
		if (read_cell(&set[i], version, &there) && intern_same(&there, name))
			return id_of(table, &set[i], version);
	}
	return 0;
}

intern_id intern_find(const struct intern_table *table, const struct name *name)
{
	uint64_t hash = hash_name(name->text, name->length);

	return known(table, &table->cells[hash % INTERN_SETS * INTERN_WAYS], name, hash);
}

intern_id intern_name(struct intern_table *table, const struct name *name, uint64_t stamp)
{
	uint64_t hash = hash_name(name->text, name->length);
	struct intern_cell *set = &table->cells[hash % INTERN_SETS * INTERN_WAYS];

	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		intern_id id = known(table, set, name, hash);
		struct intern_cell *cell;
		uint64_t version;

		if (id != 0) {
			cell_touch(&table->cells[id % INTERN_CELLS].cell, stamp);
			return id;
		}
		cell = (struct intern_cell *)cell_oldest(set, sizeof(*set), INTERN_WAYS, &version);
		if (!cell)
			return 0;
		if (!cell_claim(&cell->cell, version))
			continue;
		write_cell(cell, name, hash);
		cell_touch(&cell->cell, stamp);
		return id_of(table, cell, cell_publish(&cell->cell, version));
	}
	return 0;
}

bool intern_read(const struct intern_table *table, intern_id id, struct name *name)
{
	return read_cell(cell_of(table, id), version_of(id), name);
}
