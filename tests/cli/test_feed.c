/* SPDX-License-Identifier: MIT */
/* test_feed.c - changes in their order, and what is missing, from rings that were made up. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "cli/feed.h"
#include "panel/file.h"

#define T0 UINT64_C(1000000000000)

static struct panel panel;
static struct feed *feed;
static struct {
	size_t slot;
	uint32_t generation;
	unsigned lost;
} taken[8192];
static size_t count, most;

static void set_up(void)
{
	char why[256];

	cr_assert(panel_open(&panel, "private", PANEL_USE, why, sizeof(why)));
	feed = malloc(sizeof(*feed));
	feed_begin(feed, &panel);
	count = 0;
	most = SIZE_MAX;
}

static void tear_down(void)
{
	free(feed);
	panel_close(&panel);
}

TestSuite(feed, .init = set_up, .fini = tear_down);

static void put_of(uint64_t number, size_t slot, uint32_t generation, uint32_t breaker, unsigned earlier)
{
	struct panel_event event = {
		.generation = generation, .slot = slot, .to = BREAKER_OPEN, .reason = REASON_MANUAL, .breaker = breaker,
		.earlier = earlier,
	};

	cr_assert(events_put(panel.file, number, &event));
}

/* Of a breaker that has had the slot from the beginning. */
static void put_at(uint64_t number, size_t slot, uint32_t generation, uint32_t breaker)
{
	put_of(number, slot, generation, breaker, generation - 1 < EVENT_EARLIER_MAX ? generation - 1 : EVENT_EARLIER_MAX);
}

static void put(size_t slot, uint32_t generation)
{
	put_at(atomic_fetch_add(&panel.file->header.next_event, 1), slot, generation, 7);
}

static bool take(void *context, const struct feed_item *item)
{
	(void)context;
	taken[count].slot = item->event.slot;
	taken[count].generation = item->event.generation;
	taken[count++].lost = item->lost;
	return count < most;
}

static void hand_out(uint64_t now, bool all)
{
	feed_read(feed, now);
	feed_hand_out(feed, now, all, take, NULL);
}

static void expect(size_t index, size_t slot, uint32_t generation, unsigned lost)
{
	cr_assert_lt(index, count);
	cr_assert_eq(taken[index].slot, slot, "%zu: slot %zu", index, taken[index].slot);
	cr_assert_eq(taken[index].generation, generation, "%zu: generation %u", index, taken[index].generation);
	cr_assert_eq(taken[index].lost, lost, "%zu: %u lost", index, taken[index].lost);
}

Test(feed, changes_come_in_the_order_in_which_they_were_written)
{
	put(1, 1);
	put(2, 1);
	put(1, 2);
	hand_out(T0, false);
	cr_assert_eq(count, 3);
	expect(0, 1, 1, 0);
	expect(1, 2, 1, 0);
	expect(2, 1, 2, 0);
	put(2, 2);
	hand_out(T0, false);
	cr_assert_eq(count, 4);
}

Test(feed, those_of_one_breaker_in_the_order_of_its_generations)
{
	put(1, 2);
	put(2, 1);
	put(1, 1);
	put(1, 3);
	hand_out(T0, false);
	cr_assert_eq(count, 4);
	expect(0, 1, 1, 0);
	expect(1, 2, 1, 0);
	expect(2, 1, 2, 0);
	expect(3, 1, 3, 0);
}

Test(feed, what_is_missing_is_waited_for_and_then_lost)
{
	put(1, 1);
	put(1, 4);
	put(1, 5);
	put(2, 1);
	hand_out(T0, false);
	cr_assert_eq(count, 2);
	hand_out(T0 + FEED_PATIENCE - 1, false);
	cr_assert_eq(count, 2);
	hand_out(T0 + FEED_PATIENCE, false);
	cr_assert_eq(count, 4);
	expect(2, 1, 4, 2);
	expect(3, 1, 5, 0);
}

Test(feed, one_that_comes_in_time_comes_in_its_place_and_one_too_late_not_at_all)
{
	put(1, 2);
	hand_out(T0, false);
	cr_assert_eq(count, 0);
	put(1, 1);
	hand_out(T0 + 1, false);
	cr_assert_eq(count, 2);
	expect(0, 1, 1, 0);
	put(1, 5);
	hand_out(T0, true);
	expect(2, 1, 5, 2);
	put(1, 4);
	hand_out(T0, true);
	cr_assert_eq(count, 3);
}

Test(feed, an_entry_that_is_half_written_does_not_hold_up_the_others)
{
	uint64_t number = atomic_fetch_add(&panel.file->header.next_event, 1);

	put(2, 1);
	cr_assert_not(feed_read(feed, T0));
	hand_out(T0, false);
	cr_assert_eq(count, 1);
	put_at(number, 1, 1, 7);
	cr_assert(feed_read(feed, T0 + 1));
	hand_out(T0 + 1, false);
	expect(1, 1, 1, 0);
	atomic_fetch_add(&panel.file->header.next_event, 1);
	cr_assert_not(feed_read(feed, T0));
	cr_assert(feed_read(feed, T0 + FEED_PATIENCE));
}

Test(feed, what_was_overwritten_is_lost)
{
	for (uint32_t i = 1; i <= 3 * PANEL_EVENTS; i++)
		put(1, i);
	hand_out(T0, true);
	cr_assert_eq(count, PANEL_EVENTS);
	expect(0, 1, 2 * PANEL_EVENTS + 1, 2 * PANEL_EVENTS);
	for (size_t i = 1; i < count; i++)
		expect(i, 1, (uint32_t)(2 * PANEL_EVENTS + 1 + i), 0);
}

Test(feed, generations_come_round)
{
	put(1, GENERATION_MASK);
	hand_out(T0, true);
	put(1, 0);
	put(1, 1);
	hand_out(T0, false);
	cr_assert_eq(count, 3);
	expect(1, 1, 0, 0);
}

static uint64_t next_number(void)
{
	return atomic_fetch_add(&panel.file->header.next_event, 1);
}

Test(feed, of_a_slot_that_is_anothers_now_only_that_ones_changes_can_be_lost)
{
	put(1, 1);
	put_of(next_number(), 1, 9, 8, 0);
	put_of(next_number(), 1, 10, 8, 1);
	put_of(next_number(), 2, 20, 8, 3);
	put_of(next_number(), 2, 22, 8, 5);
	put_of(next_number(), 3, 5, 8, 0);
	put_of(next_number(), 3, 9, 8, 1);
	hand_out(T0, true);
	cr_assert_eq(count, 7);
	expect(1, 1, 9, 0);
	expect(2, 1, 10, 0);
	expect(3, 2, 20, 3);
	expect(4, 2, 22, 1);
	expect(5, 3, 5, 0);
	expect(6, 3, 9, 1);
}

Test(feed, a_number_that_is_nonsense_ends_nothing)
{
	put(1, 1);
	atomic_store(&panel.file->header.next_event, UINT64_MAX - 3);
	hand_out(T0, true);
	atomic_store(&panel.file->header.next_event, 1);
	hand_out(T0 + FEED_PATIENCE, true);
	put(1, 2);
	hand_out(T0 + FEED_PATIENCE, true);
	cr_assert_eq(count, 2);
}

Test(feed, who_takes_may_stop)
{
	put(1, 1);
	put(1, 2);
	most = 1;
	feed_read(feed, T0);
	cr_assert_not(feed_hand_out(feed, T0, true, take, NULL));
	cr_assert_eq(count, 1);
}
