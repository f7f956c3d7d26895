/* SPDX-License-Identifier: MIT */
/*
 * flights.h - the calls of a recording that have begun and whose end is yet to be read, by their IDs.
 *
 * Memory is what calls in flight need. Finding one takes constant time; a process's or all of them, time in their
 * number.
 */
#ifndef CUTOUT_CLI_FLIGHTS_H
#define CUTOUT_CLI_FLIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flight {
	uint32_t id;
	uint32_t pid;         /* 0: not known */
	uint64_t began;       /* ns */
	uint32_t destination; /* of destinations.h */
	bool is_doomed;       /* its process is gone, but what it told last may not be read yet */
	bool is_taken;        /* the place in the table */
};

struct flights {
	struct flight *table; /* open addressing; its size is a power of two */
	size_t size;
	size_t count;
};

#define FLIGHTS_NONE ((struct flights){ NULL, 0, 0 })

/* False without memory. One that has the ID already is replaced. */
bool flights_add(struct flights *flights, const struct flight *flight);

/* False when there is none of that ID. *flight is what it was. */
bool flights_take(struct flights *flights, uint32_t id, struct flight *flight);

/* One for which it holds, taken out; false when there is none. `from`: where to go on looking, 0 at first. */
bool flights_take_any(struct flights *flights, bool (*is_meant)(const struct flight *flight, const void *context),
		      const void *context, size_t *from, struct flight *flight);

/* Dooms those for which it holds. */
void flights_doom(struct flights *flights, bool (*is_meant)(const struct flight *flight, const void *context),
		  const void *context);

void flights_release(struct flights *flights);

#endif
