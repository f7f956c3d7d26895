/* SPDX-License-Identifier: MIT */
/*
 * flights.c - the calls of a recording in flight: a table with linear probing, without graves.
 */
#include "cli/flights.h"

#include <stdlib.h>

#include "base/hash.h"

enum { SIZE_AT_FIRST = 256 };

static size_t place_of(const struct flights *flights, uint32_t id)
{
	return hash_mix(id) & (flights->size - 1);
}

static size_t next_place(const struct flights *flights, size_t at)
{
	return (at + 1) & (flights->size - 1);
}

/* Where it is, or would be. */
static size_t find(const struct flights *flights, uint32_t id)
{
	size_t at = place_of(flights, id);

	while (flights->table[at].is_taken && flights->table[at].id != id)
		at = next_place(flights, at);
	return at;
}

static bool grow(struct flights *flights)
{
	struct flights wider = { .size = flights->size > 0 ? 2 * flights->size : SIZE_AT_FIRST, .count = flights->count };

	wider.table = calloc(wider.size, sizeof(*wider.table));
	if (wider.table == NULL)
		return false;
	for (size_t i = 0; i < flights->size; i++)
		if (flights->table[i].is_taken)
			wider.table[find(&wider, flights->table[i].id)] = flights->table[i];
	free(flights->table);
	*flights = wider;
	return true;
}

bool flights_add(struct flights *flights, const struct flight *flight)
{
	size_t at;

	if (2 * (flights->count + 1) > flights->size && !grow(flights))
		return false;
	at = find(flights, flight->id);
	flights->count += !flights->table[at].is_taken;
	flights->table[at] = *flight;
	flights->table[at].is_taken = true;
	return true;
}

/* Those behind it that would not be found any more move up. */
static void close_gap(struct flights *flights, size_t gap)
{
	size_t at = gap;

	flights->table[gap].is_taken = false;
	while (flights->table[at = next_place(flights, at)].is_taken) {
		size_t ideal = place_of(flights, flights->table[at].id);

		/* It may not move before its own place: between the two, seen from the gap, lies no less than the way. */
		if (((at - ideal) & (flights->size - 1)) < ((at - gap) & (flights->size - 1)))
			continue;
		flights->table[gap] = flights->table[at];
		flights->table[at].is_taken = false;
		gap = at;
	}
}

static void take_at(struct flights *flights, size_t at, struct flight *flight)
{
	*flight = flights->table[at];
	flights->count--;
	close_gap(flights, at);
}

bool flights_take(struct flights *flights, uint32_t id, struct flight *flight)
{
	size_t at = flights->size > 0 ? find(flights, id) : 0;

	if (flights->size == 0 || !flights->table[at].is_taken)
		return false;
	take_at(flights, at, flight);
	return true;
}

/* The place is looked at again: another may have moved there. */
bool flights_take_any(struct flights *flights, bool (*is_meant)(const struct flight *flight, const void *context),
		      const void *context, size_t *from, struct flight *flight)
{
	for (; flights->count > 0 && *from < flights->size; (*from)++) {
		if (flights->table[*from].is_taken && is_meant(&flights->table[*from], context)) {
			take_at(flights, *from, flight);
			return true;
		}
	}
	return false;
}

void flights_doom(struct flights *flights, bool (*is_meant)(const struct flight *flight, const void *context),
		  const void *context)
{
	for (size_t i = 0; flights->count > 0 && i < flights->size; i++)
		if (flights->table[i].is_taken && is_meant(&flights->table[i], context))
			flights->table[i].is_doomed = true;
}

void flights_release(struct flights *flights)
{
	free(flights->table);
	*flights = FLIGHTS_NONE;
}
