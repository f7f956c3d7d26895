/* SPDX-License-Identifier: MIT */
/*
 * hash.h - one hash for tables in memory and for keys in the panel.
 *
 * The values are part of the panel's layout (two processes must compute the same), so a change
 * here raises the layout version. FNV-1a over bytes, finished by the mixer of splitmix64
 * (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). Not for hostile
 * keys by itself: every table that uses it bounds its probes. Pure; safe everywhere.
 */
#ifndef CUTOUT_BASE_HASH_H
#define CUTOUT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t hash_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* Words first: keys are fixed-width structs of a multiple of eight bytes. */
static inline uint64_t hash_words(const void *data, size_t words)
{
	uint64_t h = UINT64_C(0x9e3779b97f4a7c15) * (words + 1);

	for (size_t i = 0; i < words; i++) {
		uint64_t word;

		__builtin_memcpy(&word, (const char *)data + 8 * i, 8);
		h = hash_mix(h ^ word) + UINT64_C(0x9e3779b97f4a7c15);
	}
	return hash_mix(h);
}

static inline uint64_t hash_bytes(const void *data, size_t length)
{
	const unsigned char *at = data;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		h = (h ^ at[i]) * UINT64_C(0x100000001b3);
	return hash_mix(h);
}

/* ASCII letters in lower case: for names of hosts, which are compared in any case. */
static inline uint64_t hash_name(const char *name, size_t length)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c + ('a' - 'A'));
		h = (h ^ c) * UINT64_C(0x100000001b3);
	}
	return hash_mix(h);
}

#endif
