/* SPDX-License-Identifier: MIT */
/*
 * atomics.h - put before each source of the explorer: every atomic operation of the panel becomes a stop.
 *
 * The explorer runs its tasks in one thread, so that plain accesses do; between two stops a task runs alone,
 * which is what an atomic operation looks like under sequential consistency.
 */
#ifndef CUTOUT_TESTS_STRESS_ATOMICS_H
#define CUTOUT_TESTS_STRESS_ATOMICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Lets the explorer choose who goes on. A store to a word that is_quiet() says is no stop, nor is a load of one. */
void explore_stop(void);
void explore_stop_at_load(const volatile void *word);
void explore_stop_at_store(const volatile void *word);

static inline uint64_t explored_change(_Atomic uint64_t *word, uint64_t next)
{
	uint64_t seen = *word;

	*word = next;
	return seen;
}

static inline bool explored_swap(_Atomic uint64_t *word, uint64_t *seen, uint64_t next)
{
	uint64_t found = *word;

	if (found == *seen) {
		*word = next;
		return true;
	}
	*seen = found;
	return false;
}

#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_fetch_add_explicit
#undef atomic_fetch_or_explicit
#undef atomic_fetch_and_explicit
#undef atomic_compare_exchange_strong_explicit
#undef atomic_compare_exchange_weak_explicit

#define atomic_load_explicit(word, order)             (explore_stop_at_load(word), *(word))
#define atomic_store_explicit(word, value, order)     (explore_stop_at_store(word), (void)(*(word) = (value)))
#define atomic_fetch_add_explicit(word, value, order) (explore_stop(), explored_change(word, *(word) + (value)))
#define atomic_fetch_or_explicit(word, value, order)  (explore_stop(), explored_change(word, *(word) | (value)))
#define atomic_fetch_and_explicit(word, value, order) (explore_stop(), explored_change(word, *(word) & (value)))
#define atomic_compare_exchange_strong_explicit(word, seen, next, order, other) \
	(explore_stop(), explored_swap(word, seen, next))

#endif
