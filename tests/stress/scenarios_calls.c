/* SPDX-License-Identifier: MIT */
/*
 * scenarios_calls.c - what is explored: admission against report against the passing of the open time, and readers.
 *
 * Results at once, of one kind and mixed; who asks first when the open time is over, with a late result in between and
 * with one who comes a little earlier; a probe that ends, well or badly, while others ask at once and later, up to its
 * being vanished; and a reader of all that. Every check ends by asking whether the breaker still works for who comes
 * next.
 */
#include <string.h>

#include "model_calls.h"

static struct panel_view views[2];
static bool seen[2];

static void fail_0(void) { model_report(0, OUTCOME_FAILURE, T0 + 1); }
static void fail_1(void) { model_report(1, OUTCOME_FAILURE, T0 + 1); }
static void succeed_2(void) { model_report(2, OUTCOME_SUCCESS, T0 + 1); }
static void admit_3(void) { model_admit(3, T0 + 1); }

static void check_failures(void)
{
	bool dead = explore_dead() >= 0;

	expect(dead || model_slot->totals[TOTAL_FAILURES] == 2, "each failure is counted");
	expect(dead || word_phase(model_slot->word) == BREAKER_OPEN, "two failures open it");
	model_check_breaker();
}

/* A success may come between the failures: then it stays closed, and no failure is forgotten. */
static void check_mixed(void)
{
	expect(explore_dead() >= 0 || model_slot->totals[TOTAL_FAILURES] + counts_successes(model_slot) +
					      model_slot->totals[TOTAL_LATE] == 3,
	       "each result is counted once");
	model_check_breaker();
}

/* --- admission against report against time --- */

/* What the set-up itself did. */
static const struct panel_change opened = {
	.reason = REASON_CONSECUTIVE_FAILURES,
	.to = BREAKER_OPEN,
	.generation = 1,
};

static void set_up_open(void)
{
	model_set_up_breaker();
	model_report(0, OUTCOME_FAILURE, T0);
	model_report(1, OUTCOME_FAILURE, T0);
	memset(model_changes, 0, sizeof(model_changes));
	model_changes[3][0] = opened;
}

static void probe_0(void) { model_admit(0, AFTER_TIMEOUT); }
static void early_0(void) { model_admit(0, T0 + SEC); }
static void probe_1(void) { model_admit(1, AFTER_TIMEOUT); }
static void late_2(void) { model_report(2, OUTCOME_FAILURE, AFTER_TIMEOUT); }

static void check_probes(void)
{
	unsigned admitted = (model_verdicts[0] == VERDICT_ADMITTED) + (model_verdicts[1] == VERDICT_ADMITTED);

	expect(admitted <= 1, "one probe at a time");
	expect(explore_dead() >= 0 || admitted == 1, "one probe gets through");
	model_check_breaker();
}

static void check_late(void)
{
	expect(explore_dead() >= 0 || model_slot->totals[TOTAL_LATE] == 1, "the late result is dropped");
	check_probes();
}

/* Half-open with one probe in flight, which ends while others ask. */
static void set_up_half_open(void)
{
	set_up_open();
	model_policy.successes = 1;
	model_admit(0, AFTER_TIMEOUT);
	memset(model_changes, 0, sizeof(model_changes));
	model_changes[3][0] = opened;
	model_changes[3][1] = (struct panel_change){ .reason = REASON_TIMEOUT_OVER, .generation = 2 };
}

static void probe_fails_0(void) { model_report(0, OUTCOME_FAILURE, AFTER_TIMEOUT + 1); }
static void probe_succeeds_0(void) { model_report(0, OUTCOME_SUCCESS, AFTER_TIMEOUT + 1); }
static void ask_1(void) { model_admit(1, AFTER_TIMEOUT + 1); }
static void ask_later_2(void) { model_admit(2, AFTER_TIMEOUT + 5 * SEC); }

/* --- a reader --- */

static void look_twice_1(void)
{
	for (int i = 0; i < 2; i++)
		seen[i] = panel_view_slot(model_slot, T0 + 2, &views[i]);
}

static void check_views(void)
{
	struct panel_view *a = &views[0], *b = &views[1];

	for (int i = 0; i < 2; i++) {
		expect(!seen[i] || (views[i].requests < 100 && views[i].failures < 100 && views[i].successes < 100),
		       "counts are not below zero");
		expect(!seen[i] || views[i].state.phase == BREAKER_CLOSED || views[i].failures == 0,
		       "the failures of the generation before are not this one's");
	}
	if (seen[0] && seen[1]) {
		expect(!generation_after(a->state.generation, b->state.generation), "generations go forward");
		expect(a->state.generation != b->state.generation ||
			       (a->requests <= b->requests && a->failures <= b->failures),
		       "counts of a generation do not go back");
		expect(a->totals[TOTAL_FAILURES] <= b->totals[TOTAL_FAILURES], "totals do not go back");
	}
	model_check_breaker();
}

static void set_up_almost_open(void)
{
	model_set_up_breaker();
	model_report(0, OUTCOME_FAILURE, T0);
}

static const struct scenario scenarios[] = {
	{
		.name = "calls: two failures at once",
		.set_up = model_set_up_breaker,
		.tasks = { fail_0, fail_1 },
		.is_quiet = model_is_quiet,
		.check = check_failures,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "calls: two failures, a success and an admission",
		.set_up = model_set_up_breaker,
		.tasks = { fail_0, fail_1, succeed_2, admit_3 },
		.is_quiet = model_is_quiet,
		.check = check_mixed,
		.switches = 2,
	},
	{
		.name = "calls: two ask when the open time is over",
		.set_up = set_up_open,
		.tasks = { probe_0, probe_1 },
		.is_quiet = model_is_quiet,
		.check = check_probes,
		.switches = 1,
		.deaths = true,
	},
	{
		.name = "calls: one asks just before the open time is over, one after, and a late result comes",
		.set_up = set_up_open,
		.tasks = { early_0, probe_1, late_2 },
		.is_quiet = model_is_quiet,
		.check = check_late,
		.switches = 2,
	},
	{
		.name = "calls: two ask, and a late result comes, when the open time is over",
		.set_up = set_up_open,
		.tasks = { probe_0, probe_1, late_2 },
		.is_quiet = model_is_quiet,
		.check = check_late,
		.switches = 2,
	},
	{
		.name = "calls: a probe fails while others ask",
		.set_up = set_up_half_open,
		.tasks = { probe_fails_0, ask_1, ask_later_2 },
		.is_quiet = model_is_quiet,
		.check = model_check_breaker,
		.switches = 2,
	},
	{
		.name = "calls: a probe succeeds while others ask",
		.set_up = set_up_half_open,
		.tasks = { probe_succeeds_0, ask_1, ask_later_2 },
		.is_quiet = model_is_quiet,
		.check = model_check_breaker,
		.switches = 2,
	},
	{
		.name = "calls: a reader looks twice while it opens",
		.set_up = set_up_almost_open,
		.tasks = { fail_1, look_twice_1 },
		.is_quiet = model_is_quiet,
		.check = check_views,
		.switches = 1,
	},
};

const struct scenario_list call_scenarios = { scenarios, sizeof(scenarios) / sizeof(scenarios[0]) };
