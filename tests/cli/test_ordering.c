/* SPDX-License-Identifier: MIT */
/*
 * test_ordering.c - what happened comes out by time, and at the same time in the order of its coming.
 */
#include "cli/ordering.h"

#include <criterion/criterion.h>

#include "base/hash.h"

enum { MANY = 5000 };

static struct ordering ordering;

static void release(void)
{
	ordering_release(&ordering);
}

TestSuite(ordering, .fini = release);

static void add(uint64_t time, uint32_t id)
{
	const struct happening happening = { .time = time, .id = id };

	cr_assert(ordering_add(&ordering, &happening));
}

Test(ordering, everything_comes_out_once_and_in_order)
{
	struct happening last = { .time = 0 }, happening;
	unsigned count = 0;

	for (uint32_t i = 0; i < MANY; i++)
		add(hash_mix(i) % 100, i);
	while (ordering_take(&ordering, UINT64_MAX, &happening)) {
		cr_assert(count == 0 || happening.time > last.time ||
			  (happening.time == last.time && happening.id > last.id));
		last = happening;
		count++;
	}
	cr_assert_eq(count, MANY);
}

Test(ordering, what_is_later_stays)
{
	struct happening happening;

	add(5, 1);
	add(3, 2);
	cr_assert_not(ordering_take(&ordering, 2, &happening));
	cr_assert(ordering_take(&ordering, 3, &happening));
	cr_assert_eq(happening.id, 2);
	cr_assert_not(ordering_take(&ordering, 4, &happening));
	cr_assert(ordering_take(&ordering, 5, &happening));
	cr_assert_not(ordering_take(&ordering, UINT64_MAX, &happening));
}
