/* SPDX-License-Identifier: MIT */
/*
 * key.h - the inside of an index, between index_build.c, which makes it, and index.c, which asks it.
 *
 * Every different host among the patterns is one key, with the ports of all its rules. Keys are found
 * in one of two ways:
 *
 * Names, by a hash table: a name by its letters, a glob by the literal labels at its end; globs that
 * have none are in a list. Names are hashed from their end, so that one pass over a name gives the
 * hashes of all its tails and of itself.
 *
 * Addresses, by a sorted array for each family. Prefixes nest: those that an address is in are the last
 * one that does not begin behind it, or are around that one. So every prefix knows the next one around
 * it, and a match is one binary search and a short climb, however many lengths of prefixes there are.
 */
#ifndef CUTOUT_RULES_KEY_H
#define CUTOUT_RULES_KEY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/addr.h"
#include "base/hash.h"
#include "rules/span.h"

enum key_kind {
	KEY_NAME = 0,
	KEY_TAIL = 1, /* "example.com" for "*.example.com", whose rules its span has, and for others that end so */
	KEY_GLOB,
	KEY_ADDRESS,
};

/* An address or prefix; an IPv4 address is in the upper half of `high`. */
struct key_address {
	uint64_t high;
	uint64_t low;
	uint32_t scope;
	uint8_t family;
	uint8_t bits;
};

static inline uint64_t key_mask(unsigned bits)
{
	return bits == 0 ? 0 : bits >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits);
}

/* True when the first bits agree, as many as the prefix has. Families are not compared. */
static inline bool key_contains(const struct key_address *prefix, uint64_t high, uint64_t low)
{
	uint64_t low_mask = prefix->bits > 64 ? key_mask(prefix->bits - 64u) : 0;

	return ((high ^ prefix->high) & key_mask(prefix->bits)) == 0 && ((low ^ prefix->low) & low_mask) == 0;
}

/* Keys are referred to by number + 1; 0 is none. */
struct key {
	union {
		struct {
			struct key_address address;
			uint32_t around;        /* the narrowest prefix that contains this one */
			uint32_t around_lowest; /* lowest rule of this one and all around it */
		};
		struct {
			const char *text; /* in lower case */
			uint32_t length;
			uint32_t globs; /* of a tail: its list of other globs, by their lowest rule */
			uint32_t last;  /* the end of that list */
			uint32_t next;  /* of a glob: the next in its list */
		};
	};
	uint32_t kind;
	struct span span;
};

struct cell {
	uint32_t tag; /* upper half of the hash */
	uint32_t key;
};

/* The addresses of a family, by where they begin and then by their length. */
struct ladder {
	uint32_t count;
	struct rung {
		uint64_t high;
		uint64_t low;
	} *rungs;
	uint32_t *keys; /* in parallel */
};

struct index {
	struct span any;
	struct key *keys;
	struct cell *cells;
	uint32_t mask; /* number of cells - 1 */
	bool has_names; /* or globs */
	uint64_t lengths[2][4]; /* sets of the lengths, below 256, that names and tails have */
	uint32_t globs;         /* list of those without literal labels at their end */
	uint32_t last_glob;
	struct ladder ipv4;
	struct ladder ipv6;
};

static inline uint64_t key_be64(const uint8_t bytes[8])
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static inline uint64_t key_hash_address(const struct key_address *address)
{
	uint64_t h = address->high ^ (address->low * UINT64_C(0x9e3779b97f4a7c15));

	h ^= (uint64_t)address->bits << 8 | address->family | (uint64_t)address->scope << 32;
	return hash_mix(h * UINT64_C(0xd6e8feb86659fd93));
}

static inline bool key_is_address(const struct key *key, const struct key_address *address)
{
	return key->kind == KEY_ADDRESS && key->address.high == address->high && key->address.low == address->low &&
	       key->address.scope == address->scope && key->address.bits == address->bits &&
	       key->address.family == address->family;
}

static inline char key_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

#define KEY_NAME_START UINT64_C(0xcbf29ce484222325)

/* FNV-1a, a letter at a time, the last one first. */
static inline uint64_t key_hash_letter(uint64_t h, char lower_letter)
{
	return (h ^ (unsigned char)lower_letter) * UINT64_C(0x100000001b3);
}

static inline uint64_t key_hash_name(uint64_t letters, enum key_kind kind)
{
	return hash_mix(letters + kind);
}

/* The text is a key's, the name in any case. */
static inline bool key_is_name(const struct key *key, enum key_kind kind, const char *name, size_t length)
{
	if (key->kind != kind || key->length != length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (key_lower(name[i]) != key->text[i])
			return false;
	return true;
}

#endif
