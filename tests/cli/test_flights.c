/* SPDX-License-Identifier: MIT */
/*
 * test_flights.c - calls in flight are found by their IDs, whatever was taken out before.
 */
#include "cli/flights.h"

#include <criterion/criterion.h>

#include "base/hash.h"

enum { MANY = 20000 };

static struct flights flights;

static void release(void)
{
	flights_release(&flights);
}

TestSuite(flights, .fini = release);

static void add(uint32_t id, uint32_t pid)
{
	const struct flight flight = { .id = id, .pid = pid, .began = id };

	cr_assert(flights_add(&flights, &flight));
}

static bool take(uint32_t id)
{
	struct flight flight;
	bool found = flights_take(&flights, id, &flight);

	cr_assert(!found || (flight.id == id && flight.began == id));
	return found;
}

static bool is_pid(const struct flight *flight, const void *context)
{
	return flight->pid == *(const uint32_t *)context;
}

static unsigned take_all_of(uint32_t pid)
{
	struct flight flight;
	unsigned count = 0;
	size_t from = 0;

	while (flights_take_any(&flights, is_pid, &pid, &from, &flight)) {
		cr_assert_eq(flight.pid, pid);
		count++;
	}
	return count;
}

Test(flights, none_is_found_where_there_is_none)
{
	cr_assert_not(take(0));
	add(1, 1);
	cr_assert_not(take(0));
	cr_assert(take(1));
	cr_assert_not(take(1));
}

/* Against a set that cannot be wrong. */
Test(flights, any_order_of_coming_and_going_keeps_the_others)
{
	static bool is_in[MANY];
	unsigned count = 0;

	for (uint64_t i = 0; i < 20 * MANY; i++) {
		uint32_t id = (uint32_t)(hash_mix(i) % MANY);

		if (is_in[id]) {
			cr_assert(take(id));
			count--;
		} else {
			cr_assert_not(take(id));
			add(id, 1);
			count++;
		}
		is_in[id] = !is_in[id];
		cr_assert_eq(flights.count, count);
	}
	for (uint32_t id = 0; id < MANY; id++)
		cr_assert_eq(take(id), is_in[id]);
}

Test(flights, those_of_a_process_are_taken_and_no_others)
{
	for (uint32_t id = 0; id < MANY; id++)
		add(id, id % 3);
	cr_assert_eq(take_all_of(1), (MANY + 1) / 3);
	cr_assert_eq(take_all_of(1), 0);
	for (uint32_t id = 0; id < MANY; id++)
		cr_assert_eq(take(id), id % 3 != 1);
}
