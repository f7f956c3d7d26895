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

enum { WAYS = 8, SETS = 1024, KEY_WORDS = 3, ATTEMPTS = 4, FAMILIES = 2 };

struct address_cell {
	struct cell cell;
	cell_word key[KEY_WORDS];
	cell_word names[NAMES_PER_ADDRESS]; /* latest first */
};

/* Of the name that has the cell of that number; what it says of another is stale. */
struct last_cell {
	struct cell cell;
	cell_word name;
	cell_word first; /* family that stood in front */
	cell_word seen[FAMILIES]; /* ns; 0: never */
	cell_word address[FAMILIES][KEY_WORDS];
};

struct tables {
	struct intern_table names;
	struct address_cell addresses[SETS * WAYS];
	struct last_cell last[INTERN_CELLS];
	_Atomic uint64_t clock; /* counts lookups: the stamp of cells */
};

_Static_assert(sizeof(struct tables) < 1536 * 1024, "bounded");
_Static_assert(sizeof(struct addr) == 8 * KEY_WORDS, "an address is its key");

/* What an address cell says, outside of it. */
struct entry {
	uint64_t key[KEY_WORDS];
	intern_id names[NAMES_PER_ADDRESS];
};

/* And what a last_cell says. */
struct last {
	uint64_t name;
	uint64_t first;
	uint64_t seen[FAMILIES];
	struct addr address[FAMILIES];
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

static unsigned family_of(const struct addr *addr)
{
	return addr->family == ADDR_IPV6;
}

/* False when it is another name's, or does not hold still; *version is that of the cell all the same. */
static bool read_last(const struct last_cell *cell, intern_id id, struct last *last, uint64_t *version)
{
	*version = cell_version(&cell->cell);
	last->name = cell_get(&cell->name);
	last->first = cell_get(&cell->first);
	for (unsigned i = 0; i < FAMILIES; i++) {
		uint64_t words[KEY_WORDS];

		last->seen[i] = cell_get(&cell->seen[i]);
		for (unsigned j = 0; j < KEY_WORDS; j++)
			words[j] = cell_get(&cell->address[i][j]);
		memcpy(&last->address[i], words, sizeof(words));
	}
	return *version != 0 && last->name == id && cell_unchanged(&cell->cell, *version);
}

static void write_last(struct last_cell *cell, const struct last *last)
{
	cell_put(&cell->name, last->name);
	cell_put(&cell->first, last->first);
	for (unsigned i = 0; i < FAMILIES; i++) {
		uint64_t words[KEY_WORDS];

		cell_put(&cell->seen[i], last->seen[i]);
		memcpy(words, &last->address[i], sizeof(words));
		for (unsigned j = 0; j < KEY_WORDS; j++)
			cell_put(&cell->address[i][j], words[j]);
	}
}

/* The first address of each family. Who loses against another lookup of the name leaves it to that one. */
static void remember(intern_id id, const struct addr *addresses, size_t count, uint64_t now)
{
	struct last_cell *cell = &names_tables.last[id % INTERN_CELLS];
	struct last last;
	uint64_t version;
	bool had = read_last(cell, id, &last, &version);

	if (!cell_claim(&cell->cell, version))
		return;
	if (!had)
		memset(&last, 0, sizeof(last));
	last.name = id;
	last.first = family_of(&addresses[0]);
	for (size_t i = count; i-- > 0;) {
		last.seen[family_of(&addresses[i])] = now;
		last.address[family_of(&addresses[i])] = addresses[i];
	}
	write_last(cell, &last);
	cell_publish(&cell->cell, version);
}

unsigned names_last_good(const struct name *name, uint64_t since, struct addr addresses[2])
{
	intern_id id = intern_find(&names_tables.names, name);
	unsigned count = 0;
	struct last last;
	uint64_t version;

	if (id == 0 || !read_last(&names_tables.last[id % INTERN_CELLS], id, &last, &version))
		return 0;
	for (unsigned i = 0; i < FAMILIES; i++) {
		unsigned family = (unsigned)(last.first + i) % FAMILIES;

		if (last.seen[family] != 0 && last.seen[family] >= since)
			addresses[count++] = last.address[family];
	}
	return count;
}

void names_learn(const char *text, size_t length, const struct addr *addresses, size_t count, uint64_t now)
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
	if (now != 0 && count > 0)
		remember(id, addresses, count, now);
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
