/* SPDX-License-Identifier: MIT */
/*
 * limit.c - at most so many lines a second (limit.h).
 *
 * Relaxed throughout: the word orders nothing but itself.
 */
#include "hook/limit.h"

#include "base/duration.h"

enum { ATTEMPTS = 16 };

static uint64_t word_of(uint32_t second, uint32_t lines, uint32_t left_out)
{
	return (uint64_t)second << 32 | lines << 24 | left_out;
}

static uint32_t more(uint32_t left_out, unsigned lines)
{
	return lines < LIMIT_LEFT_OUT_MAX - left_out ? left_out + lines : LIMIT_LEFT_OUT_MAX;
}

static bool replace(struct limit *limit, uint64_t *old, uint64_t new)
{
	return atomic_compare_exchange_weak_explicit(&limit->word, old, new, memory_order_relaxed,
						     memory_order_relaxed);
}

bool limit_admit(struct limit *limit, unsigned per_second, uint64_t now, unsigned *left_out)
{
	uint64_t word = atomic_load_explicit(&limit->word, memory_order_relaxed);

	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		uint32_t second = (uint32_t)(word >> 32), lines = (uint32_t)word >> 24;
		uint32_t missed = (uint32_t)word & LIMIT_LEFT_OUT_MAX;
		uint64_t next;
		bool room;

		/* A thread whose `now` is a little older does not turn the second back. */
		if ((int32_t)((uint32_t)(now / NSEC_PER_SEC) - second) > 0) {
			second = (uint32_t)(now / NSEC_PER_SEC);
			lines = 0;
		}
		room = lines < per_second;
		*left_out = missed;
		next = room ? word_of(second, lines + 1, 0) : word_of(second, lines, more(missed, 1));
		if (replace(limit, &word, next))
			return room;
	}
	return false;
}

void limit_lost(struct limit *limit, unsigned lines)
{
	uint64_t word = atomic_load_explicit(&limit->word, memory_order_relaxed);

	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		uint32_t left_out = more((uint32_t)word & LIMIT_LEFT_OUT_MAX, lines);

		if (replace(limit, &word, (word & ~(uint64_t)LIMIT_LEFT_OUT_MAX) | left_out))
			return;
	}
}
