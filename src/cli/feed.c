/* SPDX-License-Identifier: MIT */
/*
 * feed.c - the changes of a panel's breakers, in order, and what is missing.
 */
#include "cli/feed.h"

#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = sizeof(((struct feed *)0)->items) / sizeof(((struct feed *)0)->items[0]) };

void feed_begin(struct feed *feed, const struct panel *panel)
{
	uint64_t end = events_next(panel);

	memset(feed, 0, sizeof(*feed));
	feed->panel = panel;
	feed->next = end > PANEL_EVENTS ? end - PANEL_EVENTS : 0;
}

/* --- reading --- */

static void keep(struct feed *feed, uint64_t number, const struct panel_event *event, uint64_t now)
{
	feed->items[feed->item_count++] = (struct feed_item){ .event = *event, .number = number, .read = now };
}

static void remember(struct feed *feed, uint64_t number, uint64_t now)
{
	if (feed->pending_count < PANEL_EVENTS)
		feed->pending[feed->pending_count++] = (struct feed_pending){ number, now };
}

/* Those that have come meanwhile are kept, those that have taken too long given up. */
static void read_pending(struct feed *feed, uint64_t now)
{
	size_t left = 0;

	for (size_t i = 0; i < feed->pending_count; i++) {
		struct feed_pending one = feed->pending[i];
		struct panel_event event;
		enum event_found found = EVENT_PENDING;

		if (feed->item_count < ITEMS_MAX)
			found = events_get(feed->panel, one.number, &event);
		if (found == EVENT_WHOLE)
			keep(feed, one.number, &event, now);
		else if (found == EVENT_PENDING && now - one.since < FEED_PATIENCE)
			feed->pending[left++] = one;
	}
	feed->pending_count = left;
}

static void read_new(struct feed *feed, uint64_t now)
{
	uint64_t end = events_next(feed->panel);

	/* Somebody's nonsense, or the ring has gone round. */
	if (end - feed->next > PANEL_EVENTS)
		feed->next = end - PANEL_EVENTS;
	for (; feed->next != end && feed->item_count < ITEMS_MAX; feed->next++) {
		struct panel_event event;

		switch (events_get(feed->panel, feed->next, &event)) {
		case EVENT_WHOLE:
			keep(feed, feed->next, &event, now);
			break;
		case EVENT_PENDING:
			remember(feed, feed->next, now);
			break;
		case EVENT_LOST:
			break;
		}
	}
}

bool feed_read(struct feed *feed, uint64_t now)
{
	read_pending(feed, now);
	read_new(feed, now);
	return feed->pending_count == 0;
}

/* --- order --- */

static int by_slot(const struct feed_item *a, const struct feed_item *b)
{
	return (a->event.slot > b->event.slot) - (a->event.slot < b->event.slot);
}

static int by_generation(const void *first, const void *second)
{
	const struct feed_item *a = first, *b = second;
	int order = by_slot(a, b);

	if (order != 0 || a->event.generation == b->event.generation)
		return order;
	return generation_after(a->event.generation, b->event.generation) ? 1 : -1;
}

static int by_number(const void *first, const void *second)
{
	const struct feed_item *a = first, *b = second;

	return (a->number > b->number) - (a->number < b->number);
}

/*
 * How many were made since the one that was told last, or since the breaker got the slot: the event itself says how many
 * those were. Where its number is full, generations do, as if nobody had had the slot before.
 */
static uint32_t changes_before(const struct feed_slot *slot, const struct panel_event *event)
{
	uint32_t last = slot->is_known && slot->breaker == event->breaker ? slot->generation : 0;
	uint32_t since = (event->generation - last - 1) & GENERATION_MASK;

	return event->earlier == EVENT_EARLIER_MAX || since < event->earlier ? since : event->earlier;
}

/* A change that was given up, and has come after all, has been told of as lost. */
static bool is_too_late(const struct feed_slot *slot, const struct panel_event *event)
{
	return slot->is_known && slot->breaker == event->breaker &&
	       !generation_after(event->generation, slot->generation);
}

/*
 * Items by slot and generation: says which are ready, and what is lost before them. Who waits holds up those
 * behind. Returns false for one that is to be dropped.
 */
static bool settle(struct feed *feed, struct feed_item *item, const struct feed_item *before, uint64_t now, bool all)
{
	struct feed_slot *slot = &feed->slots[item->event.slot];
	bool is_held_up = before != NULL && by_slot(before, item) == 0 && !before->is_ready;

	if (is_too_late(slot, &item->event))
		return false;
	item->lost = changes_before(slot, &item->event);
	item->is_ready = !is_held_up && (all || item->lost == 0 || now - item->read >= FEED_PATIENCE);
	if (item->is_ready)
		*slot = (struct feed_slot){ true, item->event.breaker, item->event.generation };
	return true;
}

static void settle_all(struct feed *feed, uint64_t now, bool all)
{
	size_t left = 0;

	if (feed->item_count > 1)
		qsort(feed->items, feed->item_count, sizeof(feed->items[0]), by_generation);
	for (size_t i = 0; i < feed->item_count; i++) {
		struct feed_item item = feed->items[i];

		if (settle(feed, &item, left > 0 ? &feed->items[left - 1] : NULL, now, all))
			feed->items[left++] = item;
	}
	feed->item_count = left;
}

/* Within a breaker, the lowest number goes to the lowest generation, and so on. Items are by slot and generation. */
static void renumber(struct feed *feed)
{
	static uint64_t numbers[ITEMS_MAX];

	for (size_t start = 0, end; start < feed->item_count; start = end) {
		for (end = start; end < feed->item_count && by_slot(&feed->items[start], &feed->items[end]) == 0; end++)
			numbers[end] = feed->items[end].number;
		for (size_t i = start + 1; i < end; i++) /* almost in order */
			for (size_t j = i; j > start && numbers[j] < numbers[j - 1]; j--) {
				uint64_t lower = numbers[j];

				numbers[j] = numbers[j - 1];
				numbers[j - 1] = lower;
			}
		for (size_t i = start; i < end; i++)
			feed->items[i].number = numbers[i];
	}
}

bool feed_hand_out(struct feed *feed, uint64_t now, bool all, bool (*take)(void *context, const struct feed_item *item),
		   void *context)
{
	bool goes_on = true;
	size_t left = 0;

	settle_all(feed, now, all || feed->item_count == ITEMS_MAX);
	renumber(feed);
	if (feed->item_count > 1)
		qsort(feed->items, feed->item_count, sizeof(feed->items[0]), by_number);
	for (size_t i = 0; i < feed->item_count && goes_on; i++) {
		if (feed->items[i].is_ready)
			goes_on = take(context, &feed->items[i]);
		else
			feed->items[left++] = feed->items[i];
	}
	feed->item_count = left;
	return goes_on;
}
