/* SPDX-License-Identifier: MIT */
/*
 * test_slot.c - one slot per key, whoever comes first, and what a dead claim costs.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kit.h"
#include "panel/slot.h"

enum { THREADS = 8, KEYS = 300 };

static struct kit kit;

static void set_up(void)
{
	kit_breaker(&kit);
}

static void tear_down(void)
{
	panel_close(&kit.panel);
}

TestSuite(slot, .init = set_up, .fini = tear_down);

static uint64_t breakers(void)
{
	struct panel_figures figures;

	panel_figures(&kit.panel, &figures);
	return figures.breakers;
}

static unsigned claims(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < PANEL_CLAIM_WORDS; i++)
		count += (unsigned)__builtin_popcountll(kit.panel.file->header.claims[i]);
	return count;
}

Test(slot, same_key_is_the_same_slot)
{
	cr_assert_eq(kit_find(&kit, 5432), kit.slot);
	cr_assert_eq(breakers(), 1);
}

Test(slot, any_difference_in_the_key_is_another_slot)
{
	struct panel_identity identity = { &kit.policy, "d", "r" };
	struct panel_key first = kit.slot->key, key;

	for (size_t i = 0; i < offsetof(struct panel_key, spare); i++) {
		if (i >= offsetof(struct panel_key, netns) && i < offsetof(struct panel_key, subject))
			continue;
		key = first;
		((unsigned char *)&key)[i] ^= 1;
		cr_assert_neq(panel_find(&kit.panel, &key, &identity, T0).slot, kit.slot, "byte %zu", i);
	}
}

Test(slot, peek_makes_none)
{
	struct panel_key key = kit.slot->key;

	cr_assert_eq(panel_peek(&kit.panel, &key).slot, kit.slot);
	key.port++;
	cr_assert_null(panel_peek(&kit.panel, &key).slot);
	cr_assert_eq(breakers(), 1);
}

Test(slot, panel_that_is_not_open_has_no_slots)
{
	struct panel closed = { 0 };
	struct panel_key key = { 0 };
	struct panel_figures figures;

	cr_assert_null(panel_peek(&closed, &key).slot);
	cr_assert_null(panel_find(&closed, &key, &(struct panel_identity){ &kit.policy, "d", "r" }, T0).slot);
	panel_figures(&closed, &figures);
	cr_assert_eq(figures.breakers, 0);
}

static int claim_and_die(struct kit *child)
{
	struct panel_slot *slot = slot_claim(child->panel.file);

	slot_fill(slot, &child->slot->key, &(struct panel_identity){ &child->policy, "half", "done" }, T0);
	return 0;
}

Test(slot, dead_claim_costs_one_slot_and_nothing_else)
{
	struct panel_view view;

	cr_assert_eq(kit_in_child(claim_and_die, &kit), 0);
	cr_assert_eq(breakers(), 1);
	cr_assert_not(panel_view(&kit.panel, 1, T0, &view));
	cr_assert_eq(kit_find(&kit, 80), &kit.panel.file->slots[2]);
	for (unsigned i = 0; i < PANEL_SLOTS - 3; i++)
		cr_assert_not_null(kit_find(&kit, (uint16_t)(10000 + i)));
	cr_assert_null(slot_claim(kit.panel.file), "one was lost");
}

Test(slot, who_loses_the_race_for_a_key_gives_its_slot_back)
{
	struct panel_slot *mine = slot_claim(kit.panel.file);

	slot_fill(mine, &kit.slot->key, &(struct panel_identity){ &kit.policy, "again", "r" }, T0);
	cr_assert_eq(slot_publish(kit.panel.file, mine, T0).slot, kit.slot);
	cr_assert_eq(claims(), 1);
	cr_assert_eq(slot_claim(kit.panel.file), mine);
}

Test(slot, texts_are_cut_and_cleaned)
{
	struct panel_key key = { .port = 9 };
	char destination[400];
	struct panel_slot *slot;

	memset(destination, 'x', sizeof(destination) - 1);
	destination[sizeof(destination) - 1] = '\0';
	slot = panel_find(&kit.panel, &key, &(struct panel_identity){ &kit.policy, destination, "a\tb\033c\177" }, T0).slot;
	cr_assert_eq(strlen(slot->destination), PANEL_NAME_MAX - 1);
	cr_assert_str_eq(slot->rule, "a?b?c?");
}

static void *find_all(void *found)
{
	struct panel_slot **slots = found;

	for (unsigned i = 0; i < KEYS; i++)
		slots[i] = kit_find(&kit, (uint16_t)(20000 + i));
	return NULL;
}

Test(slot, racing_threads_find_one_slot_per_key)
{
	static struct panel_slot *found[THREADS][KEYS];
	pthread_t threads[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, find_all, found[i]), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 1; i < THREADS; i++)
		cr_assert_arr_eq(found[i], found[0], sizeof(found[0]));
	cr_assert_eq(breakers(), KEYS + 1);
	cr_assert_eq(claims(), KEYS + 1, "nothing was lost");
}
