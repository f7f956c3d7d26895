/* SPDX-License-Identifier: MIT */
/* test_steer.c - opened and closed by hand, and the switch. */
#include <criterion/criterion.h>

#include "kit.h"
#include "panel/mode.h"

static struct kit kit;

static void set_up(void)
{
	kit_breaker(&kit);
}

static void tear_down(void)
{
	panel_close(&kit.panel);
}

TestSuite(steer, .init = set_up, .fini = tear_down);

static void trip(uint64_t now, uint64_t duration, bool hold)
{
	cr_assert(panel_trip(kit.slot, &kit.policy, now, duration, hold, kit.changes));
}

static void reset(uint64_t now, bool hold)
{
	cr_assert(panel_reset(kit.slot, &kit.policy, now, hold, kit.changes));
}

Test(steer, the_next_call_after_a_trip_is_refused_and_the_policy_says_for_how_long)
{
	kit_call(&kit, OUTCOME_SUCCESS, T0);
	trip(T0 + 1, 0, false);
	cr_assert_eq(kit.changes[0].reason, REASON_MANUAL);
	cr_assert_eq(kit.changes[0].from, BREAKER_CLOSED);
	cr_assert_eq(kit.changes[0].to, BREAKER_OPEN);
	cr_assert_eq(kit.changes[0].requests, 1);
	cr_assert_eq(kit.changes[0].open_time, kit.policy.timeout);
	cr_assert_eq(kit.changes[1].reason, REASON_NONE);
	kit_expect_refused(&kit, T0 + SEC);
	kit_admit(&kit, T0 + SEC + 5 * MS);
	cr_assert_eq(kit.changes[0].reason, REASON_TIMEOUT_OVER);
	cr_assert_eq(kit_view(&kit, T0 + 2 * SEC).totals[TOTAL_TRIPS], 1);
}

Test(steer, a_trip_lasts_as_long_as_is_asked_for_however_long_that_is)
{
	const uint64_t hour = 3600 * SEC;
	struct panel_view view;

	trip(T0, 1000 * hour, false);
	kit_expect_refused(&kit, T0 + 1);
	kit_expect_refused(&kit, T0 + 999 * hour);
	view = kit_view(&kit, T0 + 999 * hour);
	cr_assert_eq(view.state.phase, BREAKER_OPEN);
	cr_assert_not(view.state.held);
	cr_assert_eq(view.open_time / hour, 999);
	cr_assert_eq(kit_view(&kit, T0 + 1001 * hour).state.phase, BREAKER_HALF_OPEN);
	kit_admit(&kit, T0 + 1000 * hour + 2 * SEC);
	cr_assert_eq(kit_view(&kit, T0 + 1001 * hour).totals[TOTAL_OPEN_TIME] / (10 * SEC), 1000 * hour / (10 * SEC));
}

Test(steer, held_open_it_stays_so_until_it_is_reset)
{
	trip(T0, 0, true);
	kit_expect_refused(&kit, T0 + 1000000 * SEC);
	cr_assert(kit_view(&kit, T0 + 1000000 * SEC).state.held);
	reset(T0 + 1000000 * SEC, false);
	cr_assert_eq(kit.changes[0].from, BREAKER_OPEN);
	cr_assert_eq(kit.changes[0].to, BREAKER_CLOSED);
	kit_call(&kit, OUTCOME_SUCCESS, T0 + 1000000 * SEC);
	cr_assert_eq(kit_view(&kit, T0 + 1000001 * SEC).open_time / SEC, 1000000);
}

Test(steer, held_closed_nothing_opens_it_until_it_is_reset_without)
{
	reset(T0, true);
	for (unsigned i = 0; i < 20; i++)
		kit_call(&kit, OUTCOME_FAILURE, T0 + i);
	cr_assert(kit_view(&kit, T0 + 20).state.held);
	reset(T0 + 20, false);
	cr_assert_not(kit_view(&kit, T0 + 20).state.held);
	kit_trip(&kit, T0 + 30);
}

Test(steer, a_reset_begins_a_generation_in_which_failures_count_from_nothing)
{
	struct panel_call stale = kit_admit(&kit, T0);

	for (unsigned i = 0; i + 1 < kit.policy.failures; i++)
		kit_call(&kit, OUTCOME_FAILURE, T0);
	reset(T0 + 1, false);
	cr_assert_eq(kit.changes[0].failures, kit.policy.failures - 1);
	kit_report(&kit, &stale, OUTCOME_FAILURE, T0 + 2);
	cr_assert_eq(kit_view(&kit, T0 + 2).totals[TOTAL_LATE], 1);
	kit_call(&kit, OUTCOME_FAILURE, T0 + 3);
	cr_assert_eq(kit.changes[0].reason, REASON_NONE);
	cr_assert_eq(kit_view(&kit, T0 + 3).consecutive_failures, 1);
}

Test(steer, an_open_time_that_is_over_is_noticed_first)
{
	kit_trip(&kit, T0);
	trip(T0 + 5 * SEC, 0, false);
	cr_assert_eq(kit.changes[0].reason, REASON_TIMEOUT_OVER);
	cr_assert_eq(kit.changes[1].reason, REASON_MANUAL);
	cr_assert_eq(kit.changes[1].from, BREAKER_HALF_OPEN);
	cr_assert_eq(kit.changes[1].generation, kit.changes[0].generation + 1);
}

Test(steer, a_view_finds_its_slot_again_unless_that_is_anothers)
{
	struct panel_view view;

	cr_assert(panel_view(&kit.panel, 0, T0, &view));
	cr_assert_eq(panel_slot_of(&kit.panel, &view), kit.slot);
	view.status++;
	cr_assert_null(panel_slot_of(&kit.panel, &view));
	view.number = PANEL_SLOTS;
	cr_assert_null(panel_slot_of(&kit.panel, &view));
}

Test(steer, the_switch_is_for_all_and_the_last_order_counts)
{
	cr_assert_eq(panel_mode(&kit.panel), PANEL_MODE_DEFAULT);
	panel_set_mode(&kit.panel, PANEL_MODE_OBSERVE);
	panel_set_slot_mode(kit.slot, PANEL_MODE_OFF);
	cr_assert_eq(panel_mode(&kit.panel), PANEL_MODE_OBSERVE);
	cr_assert_eq(kit_view(&kit, T0).mode, PANEL_MODE_OFF);
	panel_set_mode(&kit.panel, PANEL_MODE_ENFORCE);
	cr_assert_eq(panel_mode(&kit.panel), PANEL_MODE_ENFORCE);
	cr_assert_eq(kit_view(&kit, T0).mode, PANEL_MODE_DEFAULT);
}

Test(steer, any_other_number_is_the_default)
{
	atomic_store(&kit.panel.file->header.mode, 4);
	atomic_store(&kit.slot->mode, UINT64_MAX);
	cr_assert_eq(panel_mode(&kit.panel), PANEL_MODE_DEFAULT);
	cr_assert_eq(panel_slot_mode(kit.slot), PANEL_MODE_DEFAULT);
}
