/* SPDX-License-Identifier: MIT */
/*
 * names.c - which name did this address come from? (names.h)
 *
 * A table of cells (cell.h), each an address with the ids of the latest names that it had (intern.h), in
 * memory that is there from the start and touched only where addresses are. An operation looks at one small set of
 * cells, chosen by hash; an address that finds its set full takes the place of the one learnt longest ago.
 *
 * Two threads that learn one address at once may each fill a cell: names_find() puts together what it
 * finds and drops doubles. A cancelled writer, or one whose process forked in mid-write, costs one cell.
 */
#include "hook/names.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/hash.h"
#include "hook/cell.h"
#include "hook/hostname.h"
#include "hook/intern.h"
#include "hook/roomy.h"

enum { WAYS = 8, SETS = 1024, KEY_WORDS = 3, ATTEMPTS = 4 };

struct address_cell {
	struct cell cell;
	cell_word key[KEY_WORDS];
	cell_word names[NAMES_PER_ADDRESS]; /* latest first */
};

struct tables {
	struct intern_table names;
	struct address_cell addresses[SETS * WAYS];
	_Atomic uint64_t clock; /* counts lookups: the stamp of cells */
};

_Static_assert(sizeof(struct tables) < 1536 * 1024, "bounded");
_Static_assert(sizeof(struct addr) == 8 * KEY_WORDS, "an address is its key");

/* What an address cell says, outside of it. */
struct entry {
	uint64_t key[KEY_WORDS];
	intern_id names[NAMES_PER_ADDRESS];
};

extern struct tables names_tables;
ROOMY struct tables names_tables;
static bool learning;        /* written in the constructor only */
static atomic_bool any;       /* orders nothing: what is not seen yet was not learnt yet */

/* What the thread looked up last. Initial-exec: a signal handler's first use must not allocate it. */
static _Thread_local _Atomic intern_id own_last __attribute__((tls_model("initial-exec")));

void names_init(void)
{
	learning = true;
}

bool names_any(void)
{
	return atomic_load_explicit(&any, memory_order_relaxed);
}

static struct address_cell *set_of(const struct addr *addr, uint64_t key[KEY_WORDS])
{
	struct addr without_port = *addr;

	without_port.port = 0;
	memcpy(key, &without_port, sizeof(without_port));
	return &names_tables.addresses[hash_words(key, KEY_WORDS) % SETS * WAYS];
}

/* What the cell says about that address, with its version; 0 if it is another's or does not hold still. */
static uint64_t read_cell(const struct address_cell *cell, const uint64_t key[KEY_WORDS], struct entry *entry)
{
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		uint64_t version = cell_version(&cell->cell);

		if (version == 0)
			return 0;
		for (unsigned i = 0; i < KEY_WORDS; i++)
			entry->key[i] = cell_get(&cell->key[i]);
		for (unsigned i = 0; i < NAMES_PER_ADDRESS; i++)
			entry->names[i] = cell_get(&cell->names[i]);
		if (cell_unchanged(&cell->cell, version))
			return memcmp(entry->key, key, sizeof(entry->key)) == 0 ? version : 0;
	}
	return 0;
}

static void write_cell(struct address_cell *cell, const struct entry *entry)
{
	for (unsigned i = 0; i < KEY_WORDS; i++)
		cell_put(&cell->key[i], entry->key[i]);
	for (unsigned i = 0; i < NAMES_PER_ADDRESS; i++)
		cell_put(&cell->names[i], entry->names[i]);
}

/* The cell of that address and what it says, else one to put it in; NULL when all are being written. */
static struct address_cell *place_of(struct address_cell *set, const uint64_t key[KEY_WORDS], struct entry *entry,
				     uint64_t *version)
{
	for (unsigned i = 0; i < WAYS; i++) {
		*version = read_cell(&set[i], key, entry);
		if (*version != 0)
			return &set[i];
	}
	memset(entry, 0, sizeof(*entry));
	memcpy(entry->key, key, sizeof(entry->key));
	return (struct address_cell *)cell_oldest(set, sizeof(*set), WAYS, version);
}

/* Puts the name in front, behind it the others as far as they still name something and fit. */
static void put_first(intern_id names[NAMES_PER_ADDRESS], intern_id id)
{
	intern_id kept[NAMES_PER_ADDRESS] = { id };
	unsigned count = 1;

	for (unsigned i = 0; i < NAMES_PER_ADDRESS && count < NAMES_PER_ADDRESS; i++)
		if (names[i] != id && intern_is_current(&names_tables.names, names[i]))
			kept[count++] = names[i];
	memcpy(names, kept, sizeof(kept));
}

static void learn_address(const struct addr *addr, intern_id id, uint64_t stamp)
{
	uint64_t key[KEY_WORDS];
	struct address_cell *set = set_of(addr, key);

	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		struct entry entry;
		uint64_t version;
		struct address_cell *cell = place_of(set, key, &entry, &version);

		if (!cell)
			return;
		if (entry.names[0] != id) {
			if (!cell_claim(&cell->cell, version))
				continue;
			put_first(entry.names, id); /* the claim proves that the entry is still what the cell says */
			write_cell(cell, &entry);
			cell_publish(&cell->cell, version);
		}
		cell_touch(&cell->cell, stamp);
		return;
	}
}

void names_learn(const char *text, size_t length, const struct addr *addresses, size_t count)
{
	struct name name;
	uint64_t stamp;
	intern_id id;

	if (!learning || !hostname_read(&name, text, length))
		return;
	stamp = atomic_fetch_add_explicit(&names_tables.clock, 1, memory_order_relaxed) + 1;
	id = intern_name(&names_tables.names, &name, stamp);
	atomic_store_explicit(&own_last, id, memory_order_relaxed);
	if (id == 0)
		return;
	for (size_t i = 0; i < count; i++)
		learn_address(&addresses[i], id, stamp);
	atomic_store_explicit(&any, true, memory_order_relaxed);
}

/* Adds a name that is not there yet; false if it is not there now either. */
static bool add_name(struct names_found *found, intern_id id)
{
	struct name *name = &found->names[found->count];

	if (found->count == NAMES_PER_ADDRESS || !intern_read(&names_tables.names, id, name))
		return false;
	for (unsigned i = 0; i < found->count; i++)
		if (intern_same(&found->names[i], name))
			return true;
	found->count++;
	return true;
}

void names_find(const struct addr *addr, struct names_found *found)
{
	intern_id own = atomic_load_explicit(&own_last, memory_order_relaxed);
	intern_id ids[2 * NAMES_PER_ADDRESS]; /* of two cells, should there be a double */
	struct address_cell *set;
	uint64_t key[KEY_WORDS];
	unsigned count = 0;

	found->count = 0;
	found->own = false;
	if (!names_any())
		return;
	set = set_of(addr, key);
	for (unsigned i = 0; i < WAYS && count < 2 * NAMES_PER_ADDRESS; i++) {
		struct entry entry;

		if (read_cell(&set[i], key, &entry) == 0)
			continue;
		memcpy(&ids[count], entry.names, sizeof(entry.names));
		count += NAMES_PER_ADDRESS;
	}
	for (unsigned i = 0; i < count; i++)
		if (ids[i] == own && !found->own)
			found->own = add_name(found, own);
	for (unsigned i = 0; i < count; i++)
		add_name(found, ids[i]);
}
