/* SPDX-License-Identifier: MIT */
/*
 * scenarios_owners.c - what is explored: connections held up to a limit, given back, and taken from the dead.
 *
 * Each task is a process of its own; two more, of which one is gone from the beginning, hold what there is at the start.
 * Whatever the order, whoever dies where: never more than the limit are held, and once somebody has looked, as many are
 * counted as the living hold.
 */
#include <string.h>

#include "explore.h"
#include "panel/file.h"
#include "panel/owners.h"
#include "panel/panel.h"

#define T0 UINT64_C(1000000000000)

enum { GONE = 8, LIVING = 9, UNSET = -1 };

static struct panel_file file;
static struct panel panel;
static struct panel_slot *slot;
static unsigned limit;
static struct panel_holder holders[10];
static int verdicts[TASKS_MAX];
static unsigned holds[TASKS_MAX];
static unsigned given[2];

static void empty_panel(void)
{
	panel = (struct panel){ .file = &file };
	memset(&file.slots[0], 0, sizeof(file.slots[0]));
	memset(file.owners, 0, sizeof(file.owners));
	slot = &file.slots[0];
	limit = 1;
	for (unsigned i = 0; i < 10; i++)
		holders[i] = (struct panel_holder){ .pid = i + 1, .space = 1, .since = T0 };
	for (int i = 0; i < TASKS_MAX; i++)
		verdicts[i] = UNSET;
	memset(given, 0, sizeof(given));
}

static bool is_gone(uint32_t pid, uint64_t since)
{
	(void)since;
	return pid == GONE + 1 || (int)pid == explore_dead() + 1;
}

static void hold(int task)
{
	verdicts[task] = panel_hold(&panel, slot, &holders[task], limit, &holds[task]);
}

static void let_go(int task)
{
	panel_let_go(&panel, slot, &holders[task], holds[task]);
	verdicts[task] = UNSET;
}

/* Past the stops of the explorer, which takes each look for a step: only where there is something. */
static unsigned reclaim(int task)
{
	struct owners_inquiry inquiry = { .by = &holders[task], .is_gone = is_gone, .asks = 100 };
	unsigned count = 0;

	for (size_t i = 0; i < PANEL_HOLDS; i++)
		if (*(const uint64_t *)&file.owners[i].word % 8 != HOLD_FREE)
			count += owners_look_at(&file, i, &inquiry);
	return count;
}

static void hold_0(void) { hold(0); }
static void hold_1(void) { hold(1); }
static void hold_2(void) { hold(2); }
static void let_go_0(void) { let_go(0); }
static void let_go_1(void) { let_go(1); }
static void reclaim_0(void) { given[0] = reclaim(0); }
static void reclaim_1(void) { given[1] = reclaim(1); }
static void reclaim_2(void) { reclaim(2); }

static void hold_and_let_go_0(void)
{
	hold(0);
	if (verdicts[0] == PANEL_HELD)
		let_go(0);
}

/* As the hook does: who finds it full looks once, and asks again. */
static void hold_or_look(int task)
{
	hold(task);
	if (verdicts[task] == PANEL_FULL && reclaim(task) > 0)
		hold(task);
}

static void hold_or_look_0(void) { hold_or_look(0); }
static void hold_or_look_1(void) { hold_or_look(1); }

static void by_another(unsigned holder)
{
	unsigned number;

	panel_hold(&panel, slot, &holders[holder], 9, &number);
}

static void set_up_two_held(void)
{
	empty_panel();
	limit = 2;
	hold(0);
	hold(1);
}

static void set_up_one_held(void)
{
	empty_panel();
	hold(0);
}

static void set_up_one_left_behind(void)
{
	empty_panel();
	by_another(GONE);
}

static void set_up_one_left_one_living(void)
{
	empty_panel();
	limit = 2;
	by_another(GONE);
	by_another(LIVING);
}

static unsigned count(void)
{
	bool counted;

	return owners_count(slot, &counted);
}

static unsigned in_state(enum hold_state state)
{
	unsigned found = 0;

	for (size_t i = 0; i < PANEL_HOLDS; i++)
		found += *(const uint64_t *)&file.owners[i].word % 8 == state;
	return found;
}

/* Of those that live. */
static unsigned held_by_tasks(void)
{
	unsigned found = 0;

	for (int i = 0; i < TASKS_MAX; i++)
		found += verdicts[i] == PANEL_HELD && i != explore_dead();
	return found;
}

static void check_after(unsigned others)
{
	bool dead = explore_dead() >= 0;
	unsigned number;

	expect(held_by_tasks() + others <= limit, "never more than the limit are held");
	reclaim(3);
	reclaim(3);
	expect(count() == held_by_tasks() + others, "as many are counted as the living hold");
	expect(in_state(HOLD_HELD) == count(), "each has its hold");
	expect(in_state(HOLD_TAKING) + in_state(HOLD_GIVING) == 0, "nothing stays half way");
	expect(in_state(HOLD_CLAIMED) <= dead, "a death costs one hold at most, and nothing else does");
	expect(panel_hold(&panel, slot, &holders[LIVING], count() + 1, &number) == PANEL_HELD, "there is room for one more");
	expect(panel_hold(&panel, slot, &holders[LIVING], count(), &number) == PANEL_FULL, "and for no other");
	panel_let_go(&panel, slot, &holders[LIVING], number);
}

static void check(void)
{
	check_after(0);
}

static void check_with_the_living(void)
{
	check_after(1);
}

static void check_two_ask(void)
{
	expect(explore_dead() >= 0 || (verdicts[0] == PANEL_HELD) + (verdicts[1] == PANEL_HELD) == 1, "one of two gets the last");
	check();
}

static void check_one_gives(void)
{
	expect(explore_dead() >= 0 || verdicts[0] == PANEL_HELD || given[1] > 0, "what the gone one held is given back");
	check();
}

static void check_given_once(void)
{
	expect(explore_dead() >= 0 || given[0] + given[1] >= 1, "somebody gives it back");
	check_with_the_living();
}

/* Each word is one of those that the steps are about. */
static bool nothing_is_quiet(const volatile void *word, bool is_store)
{
	(void)word;
	(void)is_store;
	return false;
}

static const struct scenario list[] = {
	{
		.name = "owners: two ask for the last connection",
		.set_up = empty_panel,
		.tasks = { hold_0, hold_1 },
		.is_quiet = nothing_is_quiet,
		.check = check_two_ask,
		.switches = 3,
		.deaths = true,
	},
	{
		.name = "owners: one comes while another goes",
		.set_up = set_up_one_held,
		.tasks = { let_go_0, hold_1 },
		.is_quiet = nothing_is_quiet,
		.check = check,
		.switches = 3,
		.deaths = true,
	},
	{
		.name = "owners: two go and one comes",
		.set_up = set_up_two_held,
		.tasks = { let_go_0, let_go_1, hold_2 },
		.is_quiet = nothing_is_quiet,
		.check = check,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "owners: one comes and goes while another comes",
		.set_up = empty_panel,
		.tasks = { hold_and_let_go_0, hold_1 },
		.is_quiet = nothing_is_quiet,
		.check = check,
		.switches = 3,
		.deaths = true,
	},
	{
		.name = "owners: two look after the gone one, beside a living one that goes",
		.set_up = set_up_one_left_one_living,
		.tasks = { hold_0, hold_or_look_1, reclaim_2 },
		.is_quiet = nothing_is_quiet,
		.check = check_with_the_living,
		.switches = 2,
	},
	{
		.name = "owners: two look after the gone one at once",
		.set_up = set_up_one_left_one_living,
		.tasks = { reclaim_0, reclaim_1 },
		.is_quiet = nothing_is_quiet,
		.check = check_given_once,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "owners: one asks and another looks after the gone one",
		.set_up = set_up_one_left_behind,
		.tasks = { hold_or_look_0, reclaim_1 },
		.is_quiet = nothing_is_quiet,
		.check = check_one_gives,
		.switches = 2,
		.deaths = true,
	},
};

const struct scenario_list owner_scenarios = { list, sizeof(list) / sizeof(list[0]) };
