/* SPDX-License-Identifier: MIT */
/*
 * test_view.c - what tools see.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "breaker/word.h"
#include "kit.h"

static struct kit kit;

static void set_up(void)
{
	kit_breaker(&kit);
}

static void tear_down(void)
{
	panel_close(&kit.panel);
}

TestSuite(view, .init = set_up, .fini = tear_down);

Test(view, says_who_it_is)
{
	struct panel_view view;

	cr_assert(panel_view(&kit.panel, 0, T0, &view));
	cr_assert_str_eq(view.destination, "db.internal:5432");
	cr_assert_str_eq(view.rule, "*:5432");
	cr_assert_eq(view.key.port, 5432);
	cr_assert_arr_eq(&view.policy, &kit.policy, sizeof(kit.policy));
	cr_assert_not(panel_view(&kit.panel, 1, T0, &view));
	cr_assert_not(panel_view(&kit.panel, PANEL_SLOTS, T0, &view));
	cr_assert_not(panel_view(&kit.panel, SIZE_MAX, T0, &view));
}

Test(view, counts_the_generation_and_the_life)
{
	struct panel_view view;

	kit_call(&kit, OUTCOME_FAILURE, T0);
	kit_call(&kit, OUTCOME_SUCCESS, T0);
	kit_call(&kit, OUTCOME_SUCCESS, T0);
	kit_call(&kit, OUTCOME_IGNORED, T0);
	view = kit_view(&kit, T0);
	cr_assert_eq(view.requests, 4);
	cr_assert_eq(view.successes, 2);
	cr_assert_eq(view.failures, 1);
	cr_assert_eq(view.ignored, 1);
	cr_assert_eq(view.consecutive_successes, 2);
	cr_assert_eq(view.consecutive_failures, 0);
	cr_assert_eq(view.last_error, ECONNREFUSED);
	kit_trip(&kit, T0);
	view = kit_view(&kit, T0);
	cr_assert_eq(view.requests, 0);
	cr_assert_eq(view.failures, 0);
	cr_assert_eq(view.consecutive_successes, 0);
	cr_assert_eq(view.totals[TOTAL_FAILURES], 6);
}

Test(view, open_circuit_whose_time_is_over_is_half_open_for_who_looks)
{
	struct panel_view view;

	kit_trip(&kit, T0);
	view = kit_view(&kit, T0 + SEC);
	cr_assert_eq(view.state.phase, BREAKER_OPEN);
	cr_assert_eq(view.since >> 10, T0 >> 10);
	view = kit_view(&kit, T0 + 60 * SEC);
	cr_assert_eq(view.state.phase, BREAKER_HALF_OPEN);
	cr_assert_eq(view.state.generation, 2);
	cr_assert(view.since >= T0 + SEC && view.since < T0 + SEC + 2 * MS);
	cr_assert_eq(word_phase(kit.slot->word), BREAKER_OPEN, "looking changes nothing");
	kit_admit(&kit, T0 + 60 * SEC);
	cr_assert_eq(kit_view(&kit, T0 + 60 * SEC).since >> 10, view.since >> 10);
}

Test(view, of_a_change_whose_writer_died_shows_zeros_and_now)
{
	struct breaker_state state;
	struct panel_view view;

	kit_call(&kit, OUTCOME_SUCCESS, T0);
	state = state_initial(1);
	kit.slot->word = word_pack(&state, &kit.policy);
	view = kit_view(&kit, T0 + 5);
	cr_assert_eq(view.requests, 0);
	cr_assert_eq(view.since, T0 + 5);
	kit_trip(&kit, T0 + 6);
	cr_assert_eq(kit_view(&kit, T0 + 6).since >> 10, (T0 + 6) >> 10, "the next generation is whole again");
}

Test(view, times_of_another_clock_do_not_lie_in_the_future)
{
	kit_call(&kit, OUTCOME_SUCCESS, T0 + 500 * SEC);
	cr_assert_eq(kit_view(&kit, T0).since, T0);
}

Test(view, nonsense_in_the_file_is_brought_within_bounds)
{
	struct panel_view view;

	memset(&kit.slot->policy, 0xff, sizeof(kit.slot->policy));
	memset(kit.slot->destination, 0x1b, sizeof(kit.slot->destination));
	memset(kit.slot->rule, 'r', sizeof(kit.slot->rule));
	kit.slot->last_error = UINT64_MAX;
	view = kit_view(&kit, T0);
	cr_assert_leq(view.policy.buckets, POLICY_BUCKETS_MAX);
	cr_assert_leq(view.policy.jitter, POLICY_RATE_ONE);
	cr_assert_leq(view.policy.timeout, view.policy.max_timeout);
	cr_assert_eq(strlen(view.destination), PANEL_NAME_MAX - 1);
	cr_assert_eq(view.destination[0], '?');
	cr_assert_eq(strlen(view.rule), PANEL_RULE_MAX - 1);
	cr_assert_eq(view.last_error, 0);
	memset(&kit.slot->policy, 0, sizeof(kit.slot->policy));
	view = kit_view(&kit, T0);
	cr_assert_geq(view.policy.timeout, 1);
	cr_assert_geq(view.policy.buckets, 1);
	cr_assert_geq(view.policy.min_calls, 1);
}
