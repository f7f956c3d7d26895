/* SPDX-License-Identifier: MIT */
/*
 * scenarios.c - what is explored: claim and publication, admission against report against time, the ring.
 *
 * Every check ends by asking whether the breaker, or the panel, still works for who comes next.
 */
#include <errno.h>
#include <string.h>

#include "breaker/word.h"
#include "explore.h"
#include "panel/counts.h"
#include "panel/file.h"
#include "panel/inflight.h"
#include "panel/panel.h"
#include "panel/slot.h"

#define SEC UINT64_C(1000000000)
#define T0  (1000 * SEC)
#define AFTER_TIMEOUT (T0 + 2 * SEC)
#define OVERDUE (T0 + 13 * SEC)
#define LATER (T0 + 100 * SEC)

static struct panel_file file;
static struct panel panel;
static struct breaker_policy policy;

/* What the tasks did. */
static struct panel_slot *found[TASKS_MAX];
static struct panel_call calls[TASKS_MAX];
static struct panel_change changes[TASKS_MAX][2];
static enum breaker_verdict verdicts[TASKS_MAX];
static struct panel_view views[2];
static bool seen[2];

static struct panel_slot *find(uint16_t port)
{
	const struct panel_identity identity = { &policy, "db:1", "*" };
	struct panel_key key = { .policy = policy_hash(&policy), .port = port };

	return panel_find(&panel, &key, &identity);
}

static void forget(void)
{
	memset(found, 0, sizeof(found));
	memset(changes, 0, sizeof(changes));
	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < TASKS_MAX; i++)
		verdicts[i] = VERDICT_REFUSED;
}

/* Only what a few breakers touch is cleaned: the whole is megabytes. */
static void empty_panel(void)
{
	panel = (struct panel){ .file = &file };
	policy_defaults(&policy);
	policy.jitter = 0;
	memset(&file.header, 0, sizeof(file.header));
	memset(file.index, 0, sizeof(file.index));
	memset(file.slots, 0, 4 * sizeof(file.slots[0]));
	forget();
}

static void admit(int task, struct panel_slot *slot, uint64_t now)
{
	verdicts[task] = panel_admit(slot, &policy, now, PANEL_REFUSED, &calls[task], changes[task]);
}

static void report(int task, enum breaker_outcome outcome, uint64_t now)
{
	panel_report(&calls[task], &policy, outcome, outcome == OUTCOME_FAILURE ? ECONNREFUSED : 0, now, changes[task]);
}

static unsigned claims(void)
{
	return (unsigned)__builtin_popcountll(file.header.claims[0]);
}

/* --- claim and publication --- */

static void find_first(int task)
{
	found[task] = find(1);
}

static void find_first_0(void) { find_first(0); }
static void find_first_1(void) { find_first(1); }

static void find_second_2(void)
{
	found[2] = find(2);
}

static void check_found(void)
{
	struct panel_slot *first = find(1), *second = find(2);
	unsigned lost = explore_dead() >= 0;

	expect(first != NULL && second != NULL && first != second, "there is a slot for each key");
	expect(found[0] == NULL || found[0] == first, "the first finder's slot is the key's");
	expect(found[1] == NULL || found[1] == first, "the second finder's slot is the key's");
	expect(found[2] == NULL || found[2] == second, "the other key's slot is its own");
	expect(lost || (found[0] != NULL && found[1] != NULL), "who lives finds one");
	expect(slot_in_use(&file, first) && slot_in_use(&file, second), "what is found is in use");
	expect(claims() <= 2 + lost, "a death costs one slot at most, and nothing else does");
	expect(memcmp(&first->policy, &policy, sizeof(policy)) == 0, "what is found is filled");
}

/* --- a breaker: what always holds --- */

/* Changes told, of all tasks: each generation at most once, and all of them when nobody died. */
static void check_changes(const struct panel_slot *slot)
{
	uint32_t generation = word_generation(atomic_load_explicit(&slot->word, memory_order_relaxed));
	unsigned told[16] = { 0 };
	uint64_t opened = 0;

	for (int i = 0; i < TASKS_MAX; i++) {
		for (int j = 0; j < 2; j++) {
			if (changes[i][j].reason == REASON_NONE)
				continue;
			told[changes[i][j].generation % 16]++;
			opened += changes[i][j].to == BREAKER_OPEN;
			expect(changes[i][j].generation <= generation, "nothing is told that did not happen");
		}
	}
	for (uint32_t i = 1; i <= generation; i++)
		expect(told[i] == 1 || (explore_dead() >= 0 && told[i] == 0), "each change is told once");
	expect(explore_dead() >= 0 || slot->totals[TOTAL_TRIPS] == opened, "each trip is counted once");
}

/*
 * Whatever happened: who asks much later finds the calls that are left stuck, which may open it; some time after
 * that two probes get through and close it, and it trips again.
 */
static void check_recovers(struct panel_slot *slot)
{
	struct panel_change told[2];
	struct panel_call call;
	struct panel_view view;

	if (panel_admit(slot, &policy, LATER - 40 * SEC, PANEL_REFUSED, &call, told) == VERDICT_ADMITTED)
		panel_report(&call, &policy, OUTCOME_IGNORED, 0, LATER - 40 * SEC, told);
	for (unsigned i = 0; i < 2; i++) {
		expect(panel_admit(slot, &policy, LATER + i, PANEL_REFUSED, &call, told) == VERDICT_ADMITTED,
		       "much later it admits");
		panel_report(&call, &policy, OUTCOME_SUCCESS, 0, LATER + i, told);
	}
	panel_view_slot(slot, LATER + 2, &view);
	expect(view.state.phase == BREAKER_CLOSED, "two successes much later, and it is closed");
	expect(view.in_flight == 0, "nothing stays in flight");
	for (unsigned i = 0; i < policy.failures && told[0].to != BREAKER_OPEN; i++) {
		panel_admit(slot, &policy, LATER + 3, PANEL_REFUSED, &call, told);
		panel_report(&call, &policy, OUTCOME_FAILURE, ECONNREFUSED, LATER + 3, told);
	}
	expect(told[0].to == BREAKER_OPEN, "it still trips");
}

static void check_breaker(void)
{
	check_changes(found[3]);
	check_recovers(found[3]);
}

/* A breaker with two calls in flight that trips at the second failure. */
static void set_up_breaker(void)
{
	empty_panel();
	policy.failures = 2;
	found[3] = find(1);
	for (int i = 0; i < 3; i++)
		admit(i, found[3], T0);
}

static void fail_0(void) { report(0, OUTCOME_FAILURE, T0 + 1); }
static void fail_1(void) { report(1, OUTCOME_FAILURE, T0 + 1); }
static void succeed_2(void) { report(2, OUTCOME_SUCCESS, T0 + 1); }
static void admit_3(void) { admit(3, found[3], T0 + 1); }

static void check_failures(void)
{
	struct panel_slot *slot = found[3];
	bool dead = explore_dead() >= 0;

	expect(dead || slot->totals[TOTAL_FAILURES] == 2, "each failure is counted");
	expect(dead || word_phase(slot->word) == BREAKER_OPEN, "two failures open it");
	check_breaker();
}

/* A success may come between the failures: then it stays closed, and no failure is forgotten. */
static void check_mixed(void)
{
	struct panel_slot *slot = found[3];

	expect(explore_dead() >= 0 || slot->totals[TOTAL_FAILURES] + slot->totals[TOTAL_SUCCESSES] +
					      slot->totals[TOTAL_LATE] == 3,
	       "each result is counted once");
	check_breaker();
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
	set_up_breaker();
	report(0, OUTCOME_FAILURE, T0);
	report(1, OUTCOME_FAILURE, T0);
	verdicts[0] = verdicts[1] = VERDICT_REFUSED;
	memset(changes, 0, sizeof(changes));
	changes[3][0] = opened;
}

static void probe_0(void) { admit(0, found[3], AFTER_TIMEOUT); }
static void probe_1(void) { admit(1, found[3], AFTER_TIMEOUT); }
static void late_2(void) { report(2, OUTCOME_FAILURE, AFTER_TIMEOUT); }

static void check_probes(void)
{
	unsigned admitted = (verdicts[0] == VERDICT_ADMITTED) + (verdicts[1] == VERDICT_ADMITTED);

	expect(admitted <= 1, "one probe at a time");
	expect(explore_dead() >= 0 || admitted == 1, "one probe gets through");
	check_breaker();
}

static void check_late(void)
{
	expect(explore_dead() >= 0 || found[3]->totals[TOTAL_LATE] == 1, "the late result is dropped");
	check_probes();
}

/* Half-open with one probe in flight, which ends while others ask. */
static void set_up_half_open(void)
{
	set_up_open();
	policy.successes = 1;
	admit(0, found[3], AFTER_TIMEOUT);
	memset(changes, 0, sizeof(changes));
	changes[3][0] = opened;
	changes[3][1] = (struct panel_change){ .reason = REASON_TIMEOUT_OVER, .generation = 2 };
}

static void probe_fails_0(void) { report(0, OUTCOME_FAILURE, AFTER_TIMEOUT + 1); }
static void probe_succeeds_0(void) { report(0, OUTCOME_SUCCESS, AFTER_TIMEOUT + 1); }
static void ask_1(void) { admit(1, found[3], AFTER_TIMEOUT + 1); }
static void ask_later_2(void) { admit(2, found[3], AFTER_TIMEOUT + 5 * SEC); }

/* --- the ring --- */

static void set_up_stuck(void)
{
	set_up_breaker();
	policy.failures = 5;
}

static void sweep_1(void) { admit(1, found[3], OVERDUE); }
static void sweep_2(void) { admit(2, found[3], OVERDUE + 2 * SEC); }
static void stuck_fails_0(void) { report(0, OUTCOME_FAILURE, OVERDUE); }

/* Three calls were stuck: the one that ended meanwhile is counted by its own thread or by a sweep, once. */
static void check_stuck(void)
{
	struct panel_slot *slot = found[3];

	expect(explore_dead() >= 0 || slot->totals[TOTAL_FAILURES] == 3, "each stuck call is a failure once");
	expect(slot->totals[TOTAL_LATE] <= 1, "at most one result is dropped");
	if (explore_dead() < 0 && verdicts[1] == VERDICT_ADMITTED)
		report(1, OUTCOME_IGNORED, OVERDUE);
	check_breaker();
}

/* --- a reader --- */

static void look_twice_1(void)
{
	for (int i = 0; i < 2; i++)
		seen[i] = panel_view_slot(found[3], T0 + 2, &views[i]);
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
	check_breaker();
}

static void set_up_almost_open(void)
{
	set_up_breaker();
	report(0, OUTCOME_FAILURE, T0);
}

const struct scenario scenarios[] = {
	{
		.name = "two find the same key at once",
		.set_up = empty_panel,
		.tasks = { find_first_0, find_first_1 },
		.check = check_found,
		.switches = 100,
		.deaths = true,
	},
	{
		.name = "two find the same key, one another",
		.set_up = empty_panel,
		.tasks = { find_first_0, find_first_1, find_second_2 },
		.check = check_found,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "two failures at once",
		.set_up = set_up_breaker,
		.tasks = { fail_0, fail_1 },
		.check = check_failures,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "two failures, a success and an admission",
		.set_up = set_up_breaker,
		.tasks = { fail_0, fail_1, succeed_2, admit_3 },
		.check = check_mixed,
		.switches = 2,
	},
	{
		.name = "two ask when the open time is over",
		.set_up = set_up_open,
		.tasks = { probe_0, probe_1 },
		.check = check_probes,
		.switches = 1,
		.deaths = true,
	},
	{
		.name = "two ask, and a late result comes, when the open time is over",
		.set_up = set_up_open,
		.tasks = { probe_0, probe_1, late_2 },
		.check = check_late,
		.switches = 2,
	},
	{
		.name = "a probe fails while others ask",
		.set_up = set_up_half_open,
		.tasks = { probe_fails_0, ask_1, ask_later_2 },
		.check = check_breaker,
		.switches = 2,
	},
	{
		.name = "a probe succeeds while others ask",
		.set_up = set_up_half_open,
		.tasks = { probe_succeeds_0, ask_1, ask_later_2 },
		.check = check_breaker,
		.switches = 2,
	},
	{
		.name = "a stuck call ends while it is swept",
		.set_up = set_up_stuck,
		.tasks = { stuck_fails_0, sweep_1 },
		.check = check_stuck,
		.switches = 1,
		.deaths = true,
	},
	{
		.name = "a stuck call ends while two sweep",
		.set_up = set_up_stuck,
		.tasks = { stuck_fails_0, sweep_1, sweep_2 },
		.check = check_stuck,
		.switches = 1,
	},
	{
		.name = "a reader looks twice while it opens",
		.set_up = set_up_almost_open,
		.tasks = { fail_1, look_twice_1 },
		.check = check_views,
		.switches = 1,
	},
};

const unsigned scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);
