/* SPDX-License-Identifier: MIT */
/*
 * symbols.h - what a loaded object defines, by the hash table that it was linked with.
 *
 * For the constructor, which needs threescore names at every start of every program: dlsym() takes a lock, looks up its
 * caller and prepares for errors for each of them, and costs seven times as much. The answer is dlsym()'s, or that it
 * has to be asked.
 *
 * The tables are those by which the loader itself has just bound the program, and are trusted as by it. Source of their
 * form: the gABI, and for DT_GNU_HASH and DT_VERSYM what glibc, musl and the linkers do. Pure; no allocation, no errno.
 */
#ifndef CUTOUT_HOOK_SYMBOLS_H
#define CUTOUT_HOOK_SYMBOLS_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

struct symbols {
	ElfW(Addr) base;
	const uint32_t *hash; /* DT_GNU_HASH */
	const ElfW(Sym) *table;
	const char *names;
	const ElfW(Half) *versions; /* NULL: it has none */
};

enum symbols_found {
	SYMBOLS_NONE,  /* it does not define the name */
	SYMBOLS_FOUND,
	SYMBOLS_ASK,   /* it does, in a way that is dlsym()'s to work out */
};

/* False: it has no such table, and may define anything. `dynamic` is where its PT_DYNAMIC lies. */
bool symbols_of(struct symbols *symbols, ElfW(Addr) base, const ElfW(Dyn) *dynamic);

/* Of a name. */
uint32_t symbols_hash(const char *name);

/* The function of that name, in its default version. */
enum symbols_found symbols_find(const struct symbols *symbols, const char *name, uint32_t hash, void **function);

#endif
