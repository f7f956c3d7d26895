/* SPDX-License-Identifier: MIT */
/*
 * calls.h - the calls of a trace that are in flight, found by ID, by age, and by when they end.
 *
 * Memory is what calls in flight need, and no more. Every operation takes constant time, but for the ends,
 * which take the logarithm of their number.
 */
#ifndef CUTOUT_CLI_CALLS_H
#define CUTOUT_CLI_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "breaker/breaker.h"

/* What a policy said to a call. */
struct call_ticket {
	bool is_admitted;
	struct breaker_call call; /* of an admitted one */
};

struct call {
	struct call *older, *newer; /* by when they began */
	struct call *next;          /* in its slot of the table */
	uint64_t hash;              /* of its ID */
	uint64_t began;
	uint64_t ends;                /* calls_end_at() */
	uint64_t number;              /* of calls that end at the same time the first one goes first */
	enum breaker_outcome outcome; /* with which it will end then */
	const char *id;               /* NUL-terminated; NULL: it has none */
	struct call_ticket tickets[]; /* one for each policy */
};

struct calls {
	size_t policies;
	struct call *oldest, *newest;
	struct call **slots; /* by hash; their number is a power of two */
	size_t slot_count;
	size_t named; /* calls with an ID */
	struct call **ends; /* heap: the next to end first */
	size_t end_count, end_room;
	uint64_t number;
};

/* What follows needs an initialized one; false, and NULL, mean that there is no memory. */
bool calls_init(struct calls *calls, size_t policies);
void calls_release(struct calls *calls);

/* A new call, the newest one, whose tickets are zero. `id` NULL: none; else no call in flight has it. */
struct call *calls_add(struct calls *calls, uint64_t now, const char *id, size_t length);

/* Takes it out, and frees it. Not while it is among the ends. */
void calls_remove(struct calls *calls, struct call *call);

struct call *calls_find(const struct calls *calls, const char *id, size_t length);

/* The call will end by itself. */
bool calls_end_at(struct calls *calls, struct call *call, uint64_t time, enum breaker_outcome outcome);

/* The next one that ends by itself; NULL: none. */
static inline struct call *calls_next_end(const struct calls *calls)
{
	return calls->end_count > 0 ? calls->ends[0] : NULL;
}

/* Takes that one off the ends. It stays in flight. */
void calls_take_end(struct calls *calls);

#endif
