/* SPDX-License-Identifier: MIT */
/*
 * intern.h - names kept once each, known by a number that is never given to another name.
 *
 * A table of cells (cell.h) in zeroed memory. The id is number and version of the name's cell: when the
 * cell is given to another name, the old id names nothing any more. Names are the same in any case of
 * their letters. A name that finds its set full takes the place of the one confirmed longest ago. Two
 * threads that intern one name at once may get two ids for it.
 *
 * No locks, no waits, no errno. intern_name() in any thread, the rest in signal handlers too.
 */
#ifndef CUTOUT_HOOK_INTERN_H
#define CUTOUT_HOOK_INTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "hook/cell.h"
#include "hook/names.h"

enum {
	INTERN_WAYS = 8, /* cells that a name may be in */
	INTERN_SETS = 256,
	INTERN_CELLS = INTERN_SETS * INTERN_WAYS,
	INTERN_WORDS = 32,
};

struct intern_cell {
	struct cell cell;
	cell_word hash;
	cell_word text[INTERN_WORDS]; /* the length in a byte, then the text */
};

struct intern_table {
	struct intern_cell cells[INTERN_CELLS];
};

/* 0: none */
typedef uint64_t intern_id;

/* The id of that name, a new one if need be; 0 when others were quicker every time. `stamp` grows with time. */
intern_id intern_name(struct intern_table *table, const struct name *name, uint64_t stamp);

/* The same without a new one: 0 when it is not there. */
intern_id intern_find(const struct intern_table *table, const struct name *name);

/* False when it names nothing any more. */
bool intern_read(const struct intern_table *table, intern_id id, struct name *name);

/* The same without reading: a hint. */
bool intern_is_current(const struct intern_table *table, intern_id id);

bool intern_same(const struct name *a, const struct name *b);

#endif
