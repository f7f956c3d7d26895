/* SPDX-License-Identifier: MIT */
/*
 * scenarios_ring.c - what is explored: the ring of calls in flight, when some of them are overdue.
 *
 * A stuck call that ends, that turns into a pending one, or whose cell is begun anew, while one or two sweep; a
 * change of generation in between. Each stuck call must be a failure once, by its own thread or by a sweep, and none
 * that is pending.
 */
#include "model_calls.h"

#define OVERDUE (T0 + 13 * SEC)
/* The cell of T0 comes round: sixteen slices of an eighth of ten seconds. */
#define ROUND_LATER (T0 + 20 * SEC)

static bool detached[TASKS_MAX];

static void set_up_stuck(void)
{
	model_set_up_breaker();
	model_policy.failures = 5;
	for (int i = 0; i < TASKS_MAX; i++)
		detached[i] = false;
}

/* Two of the three open it already. */
static void set_up_tripping(void)
{
	set_up_stuck();
	model_policy.failures = 2;
}

static void sweep_1(void) { model_admit(1, OVERDUE); }
static void sweep_2(void) { model_admit(2, OVERDUE + 2 * SEC); }
static void round_later_2(void) { model_admit(2, ROUND_LATER); }
static void stuck_fails_0(void) { model_report(0, OUTCOME_FAILURE, OVERDUE); }
static void stuck_succeeds_0(void) { model_report(0, OUTCOME_SUCCESS, OVERDUE); }
static void detach_0(void) { detached[0] = panel_detach(&model_calls[0]); }

static void end_probes(void)
{
	for (int i = 1; i < 3; i++)
		if (model_verdicts[i] == VERDICT_ADMITTED)
			model_report(i, OUTCOME_IGNORED, ROUND_LATER);
}

/* Three calls were stuck: the one that ended meanwhile is counted by its own thread or by a sweep, once. */
static void check_stuck(void)
{
	expect(explore_dead() >= 0 || model_slot->totals[TOTAL_FAILURES] == 3, "each stuck call is a failure once");
	expect(model_slot->totals[TOTAL_LATE] <= 1, "at most one result is dropped");
	if (explore_dead() < 0)
		end_probes();
	model_check_breaker();
}

/* The one that ended well is a success, or was swept as a failure and its result dropped. */
static void check_success(void)
{
	const panel_word *totals = model_slot->totals;
	uint64_t successes = counts_successes(model_slot);

	if (explore_dead() < 0) {
		expect(totals[TOTAL_FAILURES] + successes == 3, "each stuck call is counted once");
		expect(successes + totals[TOTAL_LATE] == 1, "its end is counted or dropped");
		end_probes();
	}
	model_check_breaker();
}

/* What a sweep took is a failure; what was detached in time is its process's own to judge. */
static void check_detached(void)
{
	if (explore_dead() < 0) {
		expect(model_slot->totals[TOTAL_FAILURES] == (detached[0] ? 2 : 3), "a pending call is not swept as stuck");
		end_probes();
	}
	model_check_breaker();
}

/* The change of state drops what it does not count. */
static void check_tripping(void)
{
	const panel_word *totals = model_slot->totals;

	expect(totals[TOTAL_FAILURES] <= 3, "no stuck call is a failure twice");
	expect(totals[TOTAL_LATE] <= 1, "at most one result is dropped");
	expect(explore_dead() >= 0 || totals[TOTAL_FAILURES] + totals[TOTAL_LATE] >= 3, "each is counted or late");
	if (explore_dead() < 0)
		end_probes();
	model_check_breaker();
}

static const struct scenario scenarios[] = {
	{
		.name = "ring: a stuck call ends while it is swept",
		.set_up = set_up_stuck,
		.tasks = { stuck_fails_0, sweep_1 },
		.is_quiet = model_is_quiet,
		.check = check_stuck,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "ring: a stuck call ends while two sweep",
		.set_up = set_up_stuck,
		.tasks = { stuck_fails_0, sweep_1, sweep_2 },
		.is_quiet = model_is_quiet,
		.check = check_stuck,
		.switches = 1,
	},
	{
		.name = "ring: a stuck call ends well while it is swept",
		.set_up = set_up_stuck,
		.tasks = { stuck_succeeds_0, sweep_1 },
		.is_quiet = model_is_quiet,
		.check = check_success,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "ring: a stuck call turns into a pending one while it is swept",
		.set_up = set_up_stuck,
		.tasks = { detach_0, sweep_1 },
		.is_quiet = model_is_quiet,
		.check = check_detached,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "ring: a stuck call ends while its cell comes round",
		.set_up = set_up_stuck,
		.tasks = { stuck_fails_0, sweep_1, round_later_2 },
		.is_quiet = model_is_quiet,
		.check = check_stuck,
		.switches = 1,
	},
	{
		.name = "ring: stuck calls open it while one of them ends",
		.set_up = set_up_tripping,
		.tasks = { stuck_fails_0, sweep_1 },
		.is_quiet = model_is_quiet,
		.check = check_tripping,
		.switches = 2,
		.deaths = true,
	},
};

const struct scenario_list ring_scenarios = { scenarios, sizeof(scenarios) / sizeof(scenarios[0]) };
