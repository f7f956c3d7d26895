/* SPDX-License-Identifier: MIT */
/*
 * tagged.c - words that carry their round. The protocol is in tagged.h.
 */
#include "panel/tagged.h"

enum {
	TAG_SHIFT = 48,
	TAGS = 65535, /* 1 to 65535 */
	TRIES = 4,
};

static uint64_t six_bytes(const unsigned char *bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < TAGGED_BYTES; i++)
		value |= (uint64_t)bytes[i] << 8 * i;
	return value;
}

static uint16_t tag_of(uint64_t round)
{
	return (uint16_t)(1 + round % TAGS);
}

static uint16_t tag_in(uint64_t word)
{
	return (uint16_t)(word >> TAG_SHIFT);
}

/* Rounds count up and come round: the nearer way is forward. */
static bool is_older(uint16_t tag, uint16_t than)
{
	uint16_t ahead = (uint16_t)(than - tag);

	return tag == 0 || (ahead != 0 && ahead <= UINT16_MAX / 2);
}

static bool put_word(panel_word *word, uint64_t value)
{
	uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);

	for (unsigned i = 0; i < TRIES && is_older(tag_in(seen), tag_in(value)); i++) {
		if (atomic_compare_exchange_strong_explicit(word, &seen, value, memory_order_relaxed,
							    memory_order_relaxed))
			return true;
	}
	return false;
}

bool tagged_put(panel_word *words, unsigned count, uint64_t round, const unsigned char *bytes)
{
	uint64_t tag = (uint64_t)tag_of(round) << TAG_SHIFT;

	for (unsigned i = 0; i < count; i++)
		if (!put_word(&words[i], tag | six_bytes(bytes + TAGGED_BYTES * i)))
			return false;
	return true;
}

enum tagged_found tagged_get(const panel_word *words, unsigned count, uint64_t round, unsigned char *bytes)
{
	uint16_t tag = tag_of(round);

	for (unsigned i = 0; i < count; i++) {
		uint64_t word = atomic_load_explicit(&words[i], memory_order_relaxed);

		if (tag_in(word) != tag)
			return is_older(tag_in(word), tag) ? TAGGED_PENDING : TAGGED_LOST;
		for (unsigned j = 0; j < TAGGED_BYTES; j++)
			bytes[TAGGED_BYTES * i + j] = (unsigned char)(word >> 8 * j);
	}
	return TAGGED_WHOLE;
}
