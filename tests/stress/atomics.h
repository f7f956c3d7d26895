/* SPDX-License-Identifier: MIT */
/*
 * atomics.h - put before each source of the explorer: every atomic operation becomes a stop.
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

#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub_explicit
#undef atomic_fetch_or_explicit
#undef atomic_fetch_and_explicit
#undef atomic_compare_exchange_strong_explicit
#undef atomic_compare_exchange_weak_explicit

#define atomic_load_explicit(word, order)             (explore_stop_at_load(word), *(word))
#define atomic_store_explicit(word, value, order)     (explore_stop_at_store(word), (void)(*(word) = (value)))
#define atomic_fetch_add_explicit(word, value, order) EXPLORED_CHANGE(word, explored_seen + (value))
#define atomic_fetch_sub_explicit(word, value, order) EXPLORED_CHANGE(word, explored_seen - (value))
#define atomic_fetch_or_explicit(word, value, order)  EXPLORED_CHANGE(word, explored_seen | (value))
#define atomic_fetch_and_explicit(word, value, order) EXPLORED_CHANGE(word, explored_seen & (value))
#define atomic_compare_exchange_strong_explicit(word, seen, next, order, other) EXPLORED_SWAP(word, seen, next)
#define atomic_compare_exchange_weak_explicit(word, seen, next, order, other)   EXPLORED_SWAP(word, seen, next)

/* (a unary plus leaves the qualifiers behind) */
#define EXPLORED_CHANGE(word, next) \
	__extension__({ \
		explore_stop(); \
		__typeof__(+*(word)) explored_seen = *(word); \
		*(word) = (next); \
		explored_seen; \
	})
#define EXPLORED_SWAP(word, seen, next) \
	__extension__({ \
		explore_stop(); \
		__typeof__(+*(word)) explored_found = *(word); \
		bool explored_same = explored_found == *(seen); \
		if (explored_same) \
			*(word) = (next); \
		else \
			*(seen) = explored_found; \
		explored_same; \
	})

#endif
