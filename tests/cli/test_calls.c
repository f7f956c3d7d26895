/* SPDX-License-Identifier: MIT */
/*
 * test_calls.c - calls in flight are found by ID and by age, and end in their order.
 */
#include "cli/calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { MANY = 5000 };

static struct call *add(struct calls *calls, uint64_t now, unsigned number)
{
	char id[16];

	snprintf(id, sizeof(id), "%u", number);
	return calls_add(calls, now, id, strlen(id));
}

static struct call *find(const struct calls *calls, unsigned number)
{
	char id[16];

	snprintf(id, sizeof(id), "%u", number);
	return calls_find(calls, id, strlen(id));
}

Test(calls, are_found_by_their_id_until_they_are_removed)
{
	struct calls calls;

	cr_assert(calls_init(&calls, 2));
	for (unsigned i = 0; i < MANY; i++)
		cr_assert_not_null(add(&calls, i, i));
	for (unsigned i = 0; i < MANY; i += 3)
		calls_remove(&calls, find(&calls, i));
	for (unsigned i = 0; i < MANY; i++) {
		struct call *call = find(&calls, i);

		cr_assert_eq(call == NULL, i % 3 == 0, "%u", i);
		if (call != NULL)
			cr_assert_eq(call->began, i);
	}
	calls_release(&calls);
}

Test(calls, an_id_is_compared_as_a_whole)
{
	struct calls calls;

	cr_assert(calls_init(&calls, 1));
	cr_assert_not_null(calls_add(&calls, 0, "abc|", 3));
	cr_assert_not_null(calls_find(&calls, "abc?", 3));
	cr_assert_null(calls_find(&calls, "abc", 2));
	cr_assert_null(calls_find(&calls, "abcd", 4));
	cr_assert_str_eq(calls.oldest->id, "abc");
	calls_release(&calls);
}

Test(calls, are_listed_by_age_whichever_are_removed)
{
	struct calls calls;
	uint64_t last = 0;
	unsigned count = 0;

	cr_assert(calls_init(&calls, 1));
	for (unsigned i = 0; i < 100; i++)
		cr_assert_not_null(i % 2 == 0 ? add(&calls, i, i) : calls_add(&calls, i, NULL, 0));
	for (unsigned i = 0; i < 100; i += 6)
		calls_remove(&calls, find(&calls, i));
	calls_remove(&calls, calls.newest);
	for (struct call *call = calls.oldest; call != NULL; call = call->newer, count++) {
		cr_assert(call->began > last);
		cr_assert_eq(call->newer == NULL, call == calls.newest);
		cr_assert(call->older == NULL || call->older->newer == call);
		last = call->began;
	}
	cr_assert_eq(count, 100 - 17 - 1);
	calls_release(&calls);
}

Test(calls, end_by_time_and_then_by_age)
{
	struct calls calls;
	struct call *last = NULL;

	cr_assert(calls_init(&calls, 1));
	for (unsigned i = 0; i < MANY; i++)
		cr_assert(calls_end_at(&calls, calls_add(&calls, i, NULL, 0), MANY + i * 7919 % 97, OUTCOME_SUCCESS));
	for (unsigned i = 0; i < MANY; i++) {
		struct call *call = calls_next_end(&calls);

		calls_take_end(&calls);
		cr_assert(last == NULL || last->ends < call->ends ||
			  (last->ends == call->ends && last->began < call->began));
		last = call;
	}
	cr_assert_null(calls_next_end(&calls));
	calls_release(&calls);
}
