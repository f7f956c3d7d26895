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

static uint64_t errors_of(const struct panel_view *view, int error)
{
	for (unsigned i = 0; i < view->error_count; i++)
		if (view->errors[i].error == error)
			return view->errors[i].count;
	return 0;
}

Test(view, has_failures_by_errno_and_they_sum_up)
{
	struct panel_view view = kit_view(&kit, T0);

	cr_assert_eq(view.error_count, 0);
	kit.policy.failures = 0;
	for (int error = 1; error <= 20; error++) {
		struct panel_call call = kit_admit(&kit, T0);

		panel_report(&call, &kit.policy, OUTCOME_FAILURE, error, T0, kit.changes);
	}
	kit_call(&kit, OUTCOME_SLOW, T0);
	kit_call(&kit, OUTCOME_SUCCESS, T0);
	view = kit_view(&kit, T0);
	cr_assert_eq(view.error_count, PANEL_ERRORS);
	cr_assert_eq(errors_of(&view, 1), 1);
	cr_assert_eq(errors_of(&view, PANEL_ERRORS - 1), 1);
	cr_assert_eq(errors_of(&view, 0), 20 - (PANEL_ERRORS - 1) + 1);
	cr_assert_eq(view.totals[TOTAL_FAILURES], 21);
}

Test(view, has_the_durations_of_calls)
{
	struct panel_call call = kit_admit(&kit, T0), slower = kit_admit(&kit, T0);
	struct panel_view view;

	kit_report(&kit, &call, OUTCOME_SUCCESS, T0 + MS);
	kit_report(&kit, &slower, OUTCOME_FAILURE, T0 + 3600 * SEC);
	view = kit_view(&kit, T0 + 3600 * SEC);
	cr_assert_eq(view.histogram[3], 1);
	cr_assert_eq(view.histogram[PANEL_HISTOGRAM - 1], 1);
	cr_assert_eq(view.duration_sum, 3600 * SEC + MS);
}

Test(view, has_the_changes_of_state)
{
	struct panel_view view;

	kit_trip(&kit, T0);
	kit_call(&kit, OUTCOME_FAILURE, T0 + 60 * SEC);
	kit_call(&kit, OUTCOME_SUCCESS, T0 + 120 * SEC);
	kit_call(&kit, OUTCOME_SUCCESS, T0 + 120 * SEC);
	view = kit_view(&kit, T0 + 120 * SEC);
	cr_assert_eq(view.state.phase, BREAKER_CLOSED);
	cr_assert_eq(view.transitions[BREAKER_CLOSED][BREAKER_OPEN], 1);
	cr_assert_eq(view.transitions[BREAKER_OPEN][BREAKER_HALF_OPEN], 2);
	cr_assert_eq(view.transitions[BREAKER_HALF_OPEN][BREAKER_OPEN], 1);
	cr_assert_eq(view.transitions[BREAKER_HALF_OPEN][BREAKER_CLOSED], 1);
	cr_assert_eq(view.transitions[BREAKER_OPEN][BREAKER_CLOSED], 0);
	cr_assert_eq(view.totals[TOTAL_TRIPS], 2);
}

Test(view, an_errno_that_a_hostile_file_names_twice_is_one)
{
	struct panel_view view;

	for (unsigned i = 0; i < PANEL_ERRORS; i++)
		kit.slot->errors[i] = (uint64_t)(i % 2 == 0 ? ECONNREFUSED : 0xffff) << 48 | 5;
	view = kit_view(&kit, T0);
	cr_assert_eq(view.error_count, 2);
	cr_assert_eq(errors_of(&view, ECONNREFUSED), 5 * PANEL_ERRORS / 2);
	cr_assert_eq(errors_of(&view, 0), 5 * PANEL_ERRORS / 2);
}
