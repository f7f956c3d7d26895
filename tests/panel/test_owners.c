/* SPDX-License-Identifier: MIT */
/*
 * test_owners.c - connections are held up to a limit, given back, and taken from those that are gone.
 */
#include <criterion/criterion.h>

#include "kit.h"
#include "panel/owners.h"

static struct kit kit;

static void set_up(void)
{
	kit_breaker(&kit);
}

static void tear_down(void)
{
	panel_close(&kit.panel);
}

TestSuite(owners, .init = set_up, .fini = tear_down);

static const struct panel_holder alice = { .pid = 100, .space = 7, .since = 50 * SEC };
static const struct panel_holder bob = { .pid = 200, .space = 7, .since = 60 * SEC };
static const struct panel_holder stranger = { .pid = 300, .space = 8, .since = 60 * SEC };
static const struct panel_holder nobody = { .pid = 400, .space = 0, .since = 60 * SEC };

static uint32_t asked_pid;
static uint64_t asked_since;
static unsigned asked;

static bool all_gone(uint32_t pid, uint64_t since)
{
	asked++;
	asked_pid = pid;
	asked_since = since;
	return true;
}

static bool none_gone(uint32_t pid, uint64_t since)
{
	all_gone(pid, since);
	return false;
}

static enum panel_held hold(const struct panel_holder *holder, unsigned limit, unsigned *number)
{
	return panel_hold(&kit.panel, kit.slot, holder, limit, number);
}

static unsigned held_by(const struct panel_holder *holder)
{
	unsigned number;

	cr_assert_eq(hold(holder, PANEL_HOLDS, &number), PANEL_HELD);
	return number;
}

static unsigned count(void)
{
	return kit_view(&kit, T0).connections;
}

static unsigned reclaim(const struct panel_holder *by, unsigned asks, bool (*is_gone)(uint32_t, uint64_t))
{
	asked = 0;
	return panel_reclaim(&kit.panel, kit.slot, by, asks, is_gone);
}

Test(owners, nothing_is_counted_before_somebody_asks)
{
	unsigned number;

	cr_assert_not(kit_view(&kit, T0).counts_connections);
	held_by(&alice);
	cr_assert(kit_view(&kit, T0).counts_connections);
	cr_assert_eq(hold(&alice, 1, &number), PANEL_FULL);
}

Test(owners, holds_up_to_the_limit_whoever_they_are_of)
{
	unsigned first, second, third;

	cr_assert_eq(hold(&alice, 2, &first), PANEL_HELD);
	cr_assert_eq(hold(&bob, 2, &second), PANEL_HELD);
	cr_assert_neq(first, second);
	cr_assert_eq(hold(&alice, 2, &third), PANEL_FULL);
	cr_assert_eq(count(), 2);
	panel_let_go(&kit.panel, kit.slot, &bob, second);
	cr_assert_eq(count(), 1);
	cr_assert_eq(hold(&alice, 2, &third), PANEL_HELD);
	cr_assert_eq(hold(&bob, 3, &second), PANEL_HELD, "a limit is that of who asks");
}

Test(owners, gives_back_once_and_only_its_own)
{
	unsigned number = held_by(&alice);
	struct panel_slot *other = kit_find(&kit, 77);

	held_by(&alice);
	panel_let_go(&kit.panel, kit.slot, &bob, number);
	panel_let_go(&kit.panel, other, &alice, number);
	panel_let_go(&kit.panel, kit.slot, &alice, PANEL_HOLDS);
	cr_assert_eq(count(), 2);
	panel_let_go(&kit.panel, kit.slot, &alice, number);
	panel_let_go(&kit.panel, kit.slot, &alice, number);
	cr_assert_eq(count(), 1);
}

Test(owners, each_destination_has_its_own_count)
{
	struct panel_slot *other = kit_find(&kit, 77);
	unsigned number;

	held_by(&alice);
	cr_assert_eq(panel_hold(&kit.panel, other, &alice, 1, &number), PANEL_HELD);
	cr_assert_eq(panel_hold(&kit.panel, other, &alice, 1, &number), PANEL_FULL);
	cr_assert_eq(count(), 1);
}

Test(owners, a_table_that_is_full_counts_nothing_more)
{
	unsigned number;

	for (unsigned i = 0; i < PANEL_HOLDS; i++)
		held_by(&alice);
	cr_assert_eq(count(), PANEL_HOLDS);
	cr_assert_eq(hold(&alice, PANEL_HOLDS + 1, &number), PANEL_NO_PLACE);
	cr_assert_eq(reclaim(&bob, 1, all_gone), PANEL_HOLDS);
	cr_assert_eq(count(), 0);
	cr_assert_eq(asked, 1, "once for a process, however much it holds");
}

Test(owners, what_the_gone_hold_is_given_back_when_somebody_looks)
{
	struct panel_slot *other = kit_find(&kit, 77);
	unsigned number;

	held_by(&alice);
	held_by(&alice);
	held_by(&bob);
	panel_hold(&kit.panel, other, &alice, 9, &number);
	cr_assert_eq(reclaim(&bob, 9, none_gone), 0);
	cr_assert_eq(asked_pid, 100);
	cr_assert_geq(asked_since, 50 * SEC);
	cr_assert_lt(asked_since, 50 * SEC + MS);
	cr_assert_eq(reclaim(&bob, 9, all_gone), 2);
	cr_assert_eq(count(), 1, "its own is never asked for");
	cr_assert_eq(kit_view(&kit, T0).connections, 1);
}

Test(owners, no_more_is_asked_than_may_be)
{
	held_by(&alice);
	cr_assert_eq(reclaim(&bob, 0, all_gone), 0);
	cr_assert_eq(asked, 0);
}

Test(owners, who_cannot_be_known_is_taken_to_live)
{
	held_by(&stranger);
	held_by(&nobody);
	cr_assert_eq(reclaim(&alice, 9, all_gone), 0);
	cr_assert_eq(reclaim(&nobody, 9, all_gone), 0);
	cr_assert_eq(asked, 0);
	cr_assert_eq(count(), 2);
}

/* A pid has one process at a time, and a program that was replaced has forgotten its descriptors. */
Test(owners, an_earlier_process_of_the_same_pid_is_gone)
{
	struct panel_holder later = alice;
	struct panel_slot *other = kit_find(&kit, 77);
	unsigned number;

	later.since += 2 * SEC;
	held_by(&alice);
	held_by(&later);
	held_by(&bob);
	panel_hold(&kit.panel, other, &alice, 9, &number);
	cr_assert_eq(reclaim(&later, 0, NULL), 1);
	cr_assert_eq(count(), 2);
	panel_disown(&kit.panel, &later);
	cr_assert_eq(count(), 2);
	cr_assert_eq(panel_hold(&kit.panel, other, &later, 1, &number), PANEL_HELD);
}

/* A process that died in the middle of a step, by hand: owners.h has the table. */
static struct panel_hold *only_hold(void)
{
	for (unsigned i = 0; i < PANEL_HOLDS; i++)
		if (kit.panel.file->owners[i].word != 0)
			return &kit.panel.file->owners[i];
	return NULL;
}

Test(owners, one_that_died_before_it_was_counted_is_not_given_back)
{
	held_by(&alice);
	only_hold()->word -= HOLD_HELD - HOLD_TAKING;
	kit.slot->connections &= ~UINT64_C(0xffffffffffff);
	cr_assert_eq(count(), 0);
	cr_assert_eq(reclaim(&bob, 9, all_gone), 0);
	cr_assert_eq(only_hold()->word & 7, HOLD_FREE);
	cr_assert_eq(count(), 0);
}

Test(owners, one_that_died_after_it_was_counted_is_given_back)
{
	held_by(&alice);
	only_hold()->word -= HOLD_HELD - HOLD_TAKING;
	cr_assert_eq(reclaim(&bob, 9, all_gone), 1);
	cr_assert_eq(only_hold()->word & 7, HOLD_FREE);
	cr_assert_eq(count(), 0);
}

Test(owners, nonsense_in_the_panel_does_no_harm)
{
	unsigned number;

	for (unsigned i = 0; i < PANEL_HOLDS; i++) {
		kit.panel.file->owners[i].word = UINT64_C(0x9e3779b97f4a7c15) * (i + 1);
		kit.panel.file->owners[i].who = UINT64_C(0xbf58476d1ce4e5b9) * (i + 1);
	}
	for (unsigned i = 0; i < 64; i++) {
		kit.slot->connections = UINT64_C(0x94d049bb133111eb) * (i + 1);
		hold(&alice, 65535, &number);
		reclaim(&alice, 9, all_gone);
	}
	panel_disown(&kit.panel, &alice);
}
