/* SPDX-License-Identifier: MIT */
/*
 * symbols.c - names in the hash table of a loaded object.
 *
 * DT_GNU_HASH is four numbers (buckets, first symbol, words of the filter, its shift), the filter, a word for each
 * bucket, and a hash for each symbol from the first on: those of a bucket one after the other, the last with bit 0 set.
 */
#include "hook/symbols.h"

#include <string.h>

enum { BUCKETS, FIRST_SYMBOL, FILTER_WORDS, FILTER_SHIFT, HEADER_WORDS };
enum { WORD_BITS = 8 * sizeof(ElfW(Addr)), VERSION_HIDDEN = 0x8000 };

/* glibc relocates most of these where they lie, musl none; what is below the base has not been. */
static const void *pointer(ElfW(Addr) base, ElfW(Addr) value)
{
	return (const void *)(value < base ? base + value : value); // NOLINT(performance-no-int-to-ptr)
}

bool symbols_of(struct symbols *symbols, ElfW(Addr) base, const ElfW(Dyn) *dynamic)
{
	*symbols = (struct symbols){ .base = base };
	for (; dynamic->d_tag != DT_NULL; dynamic++) {
		const void *at = pointer(base, dynamic->d_un.d_ptr);

		switch (dynamic->d_tag) {
		case DT_GNU_HASH:
			symbols->hash = at;
			break;
		case DT_SYMTAB:
			symbols->table = at;
			break;
		case DT_STRTAB:
			symbols->names = at;
			break;
		case DT_VERSYM:
			symbols->versions = at;
			break;
		default:
			break;
		}
	}
	return symbols->hash && symbols->table && symbols->names;
}

uint32_t symbols_hash(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

/* Most objects lack most names, and say so here. */
static bool may_have(const uint32_t *table, uint32_t hash)
{
	const ElfW(Addr) *filter = (const void *)(table + HEADER_WORDS);
	ElfW(Addr) word = filter[hash / WORD_BITS % table[FILTER_WORDS]];

	return word >> hash % WORD_BITS & word >> (hash >> table[FILTER_SHIFT]) % WORD_BITS & 1;
}

/* Of several versions dlsym() takes the one that is not hidden. */
static bool is_default(const struct symbols *symbols, uint32_t index)
{
	return !symbols->versions || !(symbols->versions[index] & VERSION_HIDDEN);
}

/* A function that chooses which one it is: here, where all is bound, as dlsym() has it choose. */
static enum symbols_found choose(const void *chooser, void **function)
{
#if defined(__x86_64__) || defined(__i386__)
	void *(*ask)(void);

	memcpy(&ask, &chooser, sizeof(ask));
	*function = ask();
	return SYMBOLS_FOUND;
#else /* it wants arguments */
	(void)chooser;
	(void)function;
	return SYMBOLS_ASK;
#endif
}

static enum symbols_found judge(const struct symbols *symbols, const ElfW(Sym) *symbol, void **function)
{
	unsigned type = ELF64_ST_TYPE(symbol->st_info), binding = ELF64_ST_BIND(symbol->st_info);

	if (symbol->st_shndx == SHN_UNDEF)
		return SYMBOLS_NONE;
	if (type == STT_GNU_IFUNC)
		return choose((const void *)(symbols->base + symbol->st_value), function); // NOLINT(performance-no-int-to-ptr)
	if (type != STT_FUNC || (binding != STB_GLOBAL && binding != STB_WEAK) || symbol->st_shndx == SHN_ABS)
		return SYMBOLS_ASK;
	*function = (void *)(symbols->base + symbol->st_value); // NOLINT(performance-no-int-to-ptr)
	return SYMBOLS_FOUND;
}

enum symbols_found symbols_find(const struct symbols *symbols, const char *name, uint32_t hash, void **function)
{
	const uint32_t *table = symbols->hash;
	const uint32_t *buckets, *chain;
	uint32_t index;

	if (table[BUCKETS] == 0 || !may_have(table, hash))
		return SYMBOLS_NONE;
	buckets = table + HEADER_WORDS + table[FILTER_WORDS] * (sizeof(ElfW(Addr)) / sizeof(*table));
	chain = buckets + table[BUCKETS] - table[FIRST_SYMBOL];
	index = buckets[hash % table[BUCKETS]];
	if (index < table[FIRST_SYMBOL])
		return SYMBOLS_NONE;
	for (;; index++) {
		const ElfW(Sym) *symbol = &symbols->table[index];

		if ((chain[index] ^ hash) >> 1 == 0 && is_default(symbols, index) &&
		    strcmp(symbols->names + symbol->st_name, name) == 0)
			return judge(symbols, symbol, function);
		if (chain[index] & 1)
			return SYMBOLS_NONE;
	}
}
