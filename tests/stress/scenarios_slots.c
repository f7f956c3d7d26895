/* SPDX-License-Identifier: MIT */
/*
 * scenarios_slots.c - what is explored: claim, publication, eviction and reuse of a slot.
 *
 * One key looked for by two, with and without room, and with a third who wants another; a breaker that makes room
 * while it is asked, while it opens, while it is looked for again, while a rule holds it open, while its call
 * ends, while it is shown, and while a key that is half its own and half the next one's is looked for. Deaths at every
 * operation of each. A full panel has one slot or two here. Not covered: a bucket with more than two slots, and versions
 * and generations that come round.
 */
#include <errno.h>
#include <string.h>

#include "explore.h"
#include "model.h"
#include "panel/events.h"

enum { OLD = 1, OLDER = 2, NEW = 3, NEWER = 4 }; /* keys: subject and port */

static struct panel_seat old;
static struct panel_key old_key;
static struct panel_seat found[TASKS_MAX];
static struct panel_call calls[TASKS_MAX];
static struct panel_change changes[TASKS_MAX][2];
static enum breaker_verdict verdicts[TASKS_MAX];
static struct panel_view view;
static bool seen;

static void forget(void)
{
	memset(found, 0, sizeof(found));
	memset(calls, 0, sizeof(calls));
	memset(changes, 0, sizeof(changes));
	seen = false;
	for (int i = 0; i < TASKS_MAX; i++)
		verdicts[i] = VERDICT_REFUSED;
}

static void empty_panel(void)
{
	model_empty();
	model_policy.failures = 1;
	model_policy.successes = 1;
	forget();
}

static struct panel_seat find(unsigned key)
{
	return model_find(key, (uint16_t)key, T0 + SEC);
}

static void admit(int task, struct panel_seat seat)
{
	verdicts[task] = panel_admit(seat, &model_policy, T0 + SEC, PANEL_REFUSED, &calls[task], changes[task]);
}

static void report(int task, enum breaker_outcome outcome)
{
	panel_report(&calls[task], &model_policy, outcome, outcome == OUTCOME_FAILURE ? ECONNREFUSED : 0, T0 + SEC,
		     changes[task]);
}

/* --- what always holds --- */

/* The slot of that key; more than one is an error. */
static struct panel_slot *slot_of(unsigned key)
{
	struct panel_slot *the_one = NULL;

	for (size_t i = 0; i < MODEL_SLOTS; i++) {
		struct panel_view at;

		if (!panel_view(&model_panel, i, T0 + SEC, &at) || at.key.subject != key)
			continue;
		expect(at.key.port == key, "a key is one destination's, not half another's");
		expect(the_one == NULL, "there is one slot per key");
		the_one = &model_file.slots[i];
	}
	expect(the_one == model_peek(key, (uint16_t)key), "it is the one that is found");
	return the_one;
}

static unsigned in_use(void)
{
	unsigned count = 0;

	for (size_t i = 0; i < MODEL_SLOTS; i++)
		count += slot_in_use(&model_file, &model_file.slots[i]);
	return count;
}

/* Not all of them have opened. */
static bool has_room(void)
{
	struct panel_view at;

	for (size_t i = 0; i < MODEL_SLOTS; i++)
		if (panel_view(&model_panel, i, T0 + SEC, &at) && at.state.phase == BREAKER_CLOSED)
			return true;
	return in_use() == 0;
}

/* `slots`: how many there are. */
static void check_slots(unsigned slots)
{
	unsigned lost = explore_dead() >= 0, taken = MODEL_SLOTS - slots;

	for (unsigned key = OLD; key <= NEWER; key++)
		slot_of(key);
	expect(model_claims() >= taken + in_use(), "what is in use is claimed");
	expect(model_claims() - taken - in_use() <= lost, "a death costs one slot at most, and nothing else does");
	if (slots - lost > 0 && has_room()) {
		struct panel_seat next = model_find(99, 99, T0 + 2 * SEC);

		expect(next.slot != NULL, "who comes next gets a slot");
	}
}

/* A breaker that nobody asked. What `late` results of the former one add to its totals is all that reaches it. */
static void check_untouched(struct panel_slot *slot, unsigned late)
{
	struct panel_view now;

	if (slot == NULL || !panel_view_slot(slot, T0 + SEC, &now))
		return;
	expect(now.state.phase == BREAKER_CLOSED && now.state.failures == 0, "its state is not the former one's");
	expect(now.totals[TOTAL_FAILURES] + now.totals[TOTAL_SUCCESSES] <= late, "nor are its results");
}

/* --- with room --- */

static void find_new_0(void) { found[0] = find(NEW); }
static void find_new_1(void) { found[1] = find(NEW); }
static void find_newer_1(void) { found[1] = find(NEWER); }
static void find_newer_2(void) { found[2] = find(NEWER); }

static void check_found(void)
{
	struct panel_slot *slot = find(NEW).slot, *other = find(NEWER).slot;
	unsigned lost = explore_dead() >= 0;

	expect(slot != NULL && other != NULL && slot != other, "there is a slot for each key");
	expect(found[0].slot == NULL || found[0].slot == slot, "the first finder's slot is the key's");
	expect(found[1].slot == NULL || found[1].slot == slot, "the second finder's slot is the key's");
	expect(found[2].slot == NULL || found[2].slot == other, "the other key's slot is its own");
	expect(lost || (found[0].slot != NULL && found[1].slot != NULL), "who lives finds one");
	expect(model_claims() <= 2 + lost, "a death costs one slot at most, and nothing else does");
	check_slots(MODEL_SLOTS);
}

/* --- without --- */

/* The panel is full of one breaker, or of two. OLD is the one that was asked longest ago. */
static void fill(unsigned slots)
{
	empty_panel();
	model_shrink(slots);
	old = model_find(OLD, OLD, T0);
	old_key = old.slot->key;
	if (slots > 1)
		model_find(OLDER, OLDER, T0 + 1);
}

static void fill_one(void) { fill(1); }
static void fill_two(void) { fill(2); }

static void check_one_of_two(void)
{
	unsigned lost = explore_dead() >= 0;

	expect(lost || (found[0].slot != NULL && found[1].slot != NULL), "there was one who could make room");
	expect(lost || slot_of(NEW) != NULL, "the key has a slot");
	check_untouched(slot_of(NEW), 0);
	check_slots(2);
}

static void check_two(void)
{
	check_slots(2);
}

static void check_one(void)
{
	expect(explore_dead() >= 0 || in_use() == 1, "the slot is somebody's");
	check_slots(1);
}

/* --- it makes room while it is asked --- */

static void fail_old_1(void)
{
	admit(1, old);
	if (verdicts[1] == VERDICT_ADMITTED && calls[1].slot != NULL)
		report(1, OUTCOME_FAILURE);
}

static void check_asked(void)
{
	struct panel_slot *slot = slot_of(OLD);
	struct panel_view now;

	if (changes[1][0].reason != REASON_NONE) {
		expect(slot == old.slot && panel_view_slot(slot, T0 + SEC, &now) && now.state.phase == BREAKER_OPEN,
		       "one that has opened stays");
		expect(explore_dead() == 0 || model_file.header.unprotected == 1, "and the other passes unprotected");
	}
	check_untouched(slot_of(NEW), 1);
	check_one();
}

/* --- held open by a rule, by hand --- */

static void deny_old_1(void)
{
	panel_deny(old, &model_policy, T0 + SEC, PANEL_REFUSED);
}

static void check_denied(void)
{
	struct panel_slot *slot = slot_of(NEW);
	struct panel_view now;

	if (slot != NULL && panel_view_slot(slot, T0 + SEC, &now))
		expect(now.state.phase == BREAKER_CLOSED, "nobody is held open in another's place");
	check_one();
}

/* --- a call of it is in flight, and ends --- */

static void fill_half_open(void)
{
	fill(1);
	admit(0, old);
	report(0, OUTCOME_FAILURE);
	verdicts[0] = panel_admit(old, &model_policy, T0 + 5 * SEC, PANEL_REFUSED, &calls[0], changes[0]);
	events_attach(&model_file);
}

static void recover_0(void)
{
	panel_report(&calls[0], &model_policy, OUTCOME_SUCCESS, 0, T0 + 5 * SEC, changes[0]);
}

static void find_late_1(void) { found[1] = model_find(NEW, NEW, T0 + 5 * SEC); }

/* It may make room as soon as it has closed, before its event is written. */
static void check_recovered(void)
{
	struct panel_event event;
	unsigned told = 0;

	for (uint64_t i = 0; i < events_next(&model_panel); i++) {
		if (events_get(&model_panel, i, &event) != EVENT_WHOLE)
			continue;
		expect(event.breaker == events_breaker(&old_key), "a change is told of the breaker that changed");
		expect(event.reason == REASON_RECOVERED && event.earlier == 2, "with how many came before");
		told++;
	}
	expect(told == 1 || explore_dead() == 0, "it is told");
	check_untouched(slot_of(NEW), 1);
	check_slots(1);
}

/* --- it is looked for again, or shown, or half of it --- */

static void find_old_1(void) { found[1] = find(OLD); }

static void fill_used(void)
{
	fill(1);
	for (int i = 0; i < 3; i++) {
		admit(0, old);
		report(0, OUTCOME_SUCCESS);
	}
}

static void look_1(void)
{
	seen = panel_view_slot(old.slot, T0 + SEC, &view);
}

static void check_seen(void)
{
	if (seen && view.key.subject == OLD)
		expect(view.key.port == OLD && view.totals[TOTAL_SUCCESSES] == 3, "what is shown is one breaker's");
	else if (seen)
		expect(view.key.subject == NEW && view.key.port == NEW && view.totals[TOTAL_SUCCESSES] == 0,
		       "what is shown is one breaker's");
	check_one();
}

static size_t bucket_of(uint64_t subject, uint16_t port)
{
	struct panel_key key = model_key(subject, port);

	return slot_hash(&key) % PANEL_INDEX;
}

/* Such that who looks for it with the old one's port looks at the old one's slot. */
static uint64_t half_another;

static void find_half_0(void)
{
	found[0] = model_find(half_another, NEW, T0 + SEC);
}

static void peek_half_1(void)
{
	struct panel_key key = model_key(half_another, OLD);

	found[1] = panel_peek(&model_panel, &key);
}

static void fill_for_half(void)
{
	fill(1);
	if (half_another == 0)
		for (half_another = 100; bucket_of(half_another, OLD) != bucket_of(OLD, OLD);)
			half_another++;
}

static void check_half(void)
{
	expect(found[1].slot == NULL, "nobody has a key that is half one's and half another's");
	check_slots(1);
}

static const struct scenario scenarios[] = {
	{
		.name = "slots: two find the same key at once",
		.set_up = empty_panel,
		.tasks = { find_new_0, find_new_1 },
		.is_quiet = model_is_quiet,
		.check = check_found,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "slots: two find the same key, one another",
		.set_up = empty_panel,
		.tasks = { find_new_0, find_new_1, find_newer_2 },
		.is_quiet = model_is_quiet,
		.check = check_found,
		.switches = 1,
		.deaths = true,
	},
	{
		.name = "slots: full, two find the same key at once",
		.set_up = fill_two,
		.tasks = { find_new_0, find_new_1 },
		.is_quiet = model_is_quiet,
		.check = check_one_of_two,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "slots: full, two find two keys at once",
		.set_up = fill_two,
		.tasks = { find_new_0, find_newer_1 },
		.is_quiet = model_is_quiet,
		.check = check_one_of_two,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "slots: two find two keys, and one can make room",
		.set_up = fill_one,
		.tasks = { find_new_0, find_newer_1 },
		.is_quiet = model_is_quiet,
		.check = check_one,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "slots: it makes room while it is looked for",
		.set_up = fill_one,
		.tasks = { find_new_0, find_old_1 },
		.is_quiet = model_is_quiet,
		.check = check_one,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "slots: it makes room while two look for it, and one of them for another",
		.set_up = fill_two,
		.tasks = { find_new_0, find_old_1, find_newer_2 },
		.is_quiet = model_is_quiet,
		.check = check_two,
		.switches = 1,
	},
	{
		.name = "slots: it makes room while it is asked, and opens",
		.set_up = fill_one,
		.tasks = { find_new_0, fail_old_1 },
		.is_quiet = model_is_quiet,
		.check = check_asked,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "slots: it makes room while a rule holds it open",
		.set_up = fill_one,
		.tasks = { find_new_0, deny_old_1 },
		.is_quiet = model_is_quiet,
		.check = check_denied,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "slots: it makes room as soon as it has closed",
		.set_up = fill_half_open,
		.tasks = { recover_0, find_late_1 },
		.is_quiet = model_is_quiet,
		.check = check_recovered,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "slots: it makes room while it is shown",
		.set_up = fill_used,
		.tasks = { find_new_0, look_1 },
		.is_quiet = model_is_quiet,
		.check = check_seen,
		.switches = 2,
	},
	{
		.name = "slots: it makes room while half of its key is looked for",
		.set_up = fill_for_half,
		.tasks = { find_half_0, peek_half_1 },
		.is_quiet = model_is_quiet,
		.check = check_half,
		.switches = 2,
	},
};

const struct scenario_list slot_scenarios = { scenarios, sizeof(scenarios) / sizeof(scenarios[0]) };
