/* SPDX-License-Identifier: MIT */
/*
 * scenarios_events.c - what is explored: trips and resets by hand against calls, and the ring of events.
 *
 * Writers of one entry, of two rounds and of the same moment, against a reader; real changes of a breaker, each of
 * which is to leave its event; and, of each of them, a death at every operation.
 */
#include <errno.h>
#include <string.h>

#include "breaker/word.h"
#include "explore.h"
#include "model.h"
#include "panel/events.h"

#define AFTER_TIMEOUT (T0 + 2 * SEC)

enum { EARLIER = 5, LATER = EARLIER + PANEL_EVENTS };

static struct panel_slot *slot;
static struct panel_call calls[TASKS_MAX];
static struct panel_change changes[TASKS_MAX][2];
static bool steered[TASKS_MAX];

static void empty_panel(void)
{
	model_empty();
	model_policy.failures = 2;
	memset(changes, 0, sizeof(changes));
	memset(steered, 0, sizeof(steered));
}

/* --- one entry --- */

static void put(uint64_t number)
{
	struct panel_event event = {
		.wall = number, .now = number, .generation = (uint32_t)number, .to = BREAKER_OPEN, .reason = REASON_MANUAL,
		.requests = number, .successes = number, .failures = number, .ignored = number, .pid = (uint32_t)number,
	};

	events_put(&model_file, number, &event);
}

static void put_earlier(void) { put(EARLIER); }
static void put_later(void) { put(LATER); }

static bool is_whole(uint64_t number)
{
	struct panel_event event;

	if (events_get(&model_panel, number, &event) != EVENT_WHOLE)
		return false;
	expect(event.wall == number && event.now == number && event.generation == number &&
		       event.requests == number && event.successes == number && event.failures == number &&
		       event.ignored == number && event.pid == number && event.program[0] == '\0',
	       "what is read is what one writer wrote");
	return true;
}

static void read_both(void)
{
	is_whole(EARLIER);
	is_whole(LATER);
}

static void check_entry(void)
{
	is_whole(EARLIER);
	expect(is_whole(LATER) || explore_dead() == 1, "the later round's event is whole, unless its writer died");
	put(LATER + PANEL_EVENTS);
	expect(is_whole(LATER + PANEL_EVENTS), "the next round's event is whole whatever happened");
}

/* --- the events of a breaker --- */

static void set_up_breaker(void)
{
	empty_panel();
	slot = model_find(0, 1, T0).slot;
	for (int i = 0; i < 2; i++)
		panel_admit(slot_seat(slot), &model_policy, T0, PANEL_REFUSED, &calls[i], changes[i]);
	events_attach(&model_file);
}

static void set_up_almost_open(void)
{
	set_up_breaker();
	panel_report(&calls[0], &model_policy, OUTCOME_FAILURE, ECONNREFUSED, T0, changes[0]);
}

static void set_up_open(void)
{
	set_up_almost_open();
	panel_report(&calls[1], &model_policy, OUTCOME_FAILURE, ECONNREFUSED, T0, changes[1]);
}

static void fail_1(void)
{
	panel_report(&calls[1], &model_policy, OUTCOME_FAILURE, ECONNREFUSED, T0 + 1, changes[1]);
}

static void ask(int task, uint64_t now)
{
	panel_admit(slot_seat(slot), &model_policy, now, PANEL_REFUSED, &calls[task], changes[task]);
}

static void ask_0(void) { ask(0, AFTER_TIMEOUT); }
static void ask_1(void) { ask(1, AFTER_TIMEOUT); }
static void trip_0(void) { steered[0] = panel_trip(slot, &model_policy, T0 + 1, 0, true, changes[0]); }
static void reset_2(void) { steered[2] = panel_reset(slot, &model_policy, T0 + 1, false, changes[2]); }
static void trip_late_2(void) { steered[2] = panel_trip(slot, &model_policy, AFTER_TIMEOUT, 0, false, changes[2]); }

/* The events of each generation, in any order of their numbers: each at most once, and a chain of states. */
static void check_events(void)
{
	uint32_t last = word_generation(atomic_load_explicit(&slot->word, memory_order_relaxed));
	struct panel_event events[8], event;
	unsigned told[8] = { 0 };
	unsigned missing = 0;

	for (uint64_t i = 0; i < events_next(&model_panel); i++) {
		if (events_get(&model_panel, i, &event) != EVENT_WHOLE)
			continue;
		expect(event.generation >= 1 && event.generation <= last, "nothing is told that did not happen");
		expect(event.slot == 0 && event.breaker == events_breaker(&slot->key), "it is told of the breaker");
		events[event.generation % 8] = event;
		told[event.generation % 8]++;
	}
	for (uint32_t i = 1; i <= last; i++) {
		expect(told[i] <= 1, "each change is told once");
		missing += told[i] == 0;
		if (told[i] == 1 && told[i - 1] == 1)
			expect(events[i].from == events[i - 1].to, "the states are a chain");
	}
	expect(missing <= (explore_dead() >= 0), "nothing but a death loses an event, and one only");
}

static void check_steered(void)
{
	bool dead = explore_dead() >= 0;

	check_events();
	expect(dead || steered[2], "an order is carried out");
	expect(dead || changes[2][0].reason == REASON_MANUAL || changes[2][1].reason == REASON_MANUAL, "and told as manual");
}

/* The trip is held: whatever else happened, it is open unless the reset came later. */
static void check_both_steered(void)
{
	struct panel_view view;

	check_steered();
	panel_view_slot(slot, T0 + 1000 * SEC, &view);
	if (explore_dead() < 0)
		expect(view.state.held ? changes[0][0].generation > changes[2][0].generation :
					 changes[0][0].generation < changes[2][0].generation,
		       "the last order counts");
}

static const struct scenario scenarios[] = {
	{
		.name = "events: two rounds of an entry and a reader",
		.set_up = empty_panel,
		.tasks = { put_earlier, put_later, read_both },
		.is_quiet = model_is_quiet,
		.check = check_entry,
		.switches = 2,
	},
	{
		.name = "events: two rounds of an entry, with deaths",
		.set_up = empty_panel,
		.tasks = { put_earlier, put_later },
		.is_quiet = model_is_quiet,
		.check = check_entry,
		.switches = 1,
		.deaths = true,
	},
	{
		.name = "events: a failure opens it while a reset closes it",
		.set_up = set_up_almost_open,
		.tasks = { fail_1, reset_2 },
		.is_quiet = model_is_quiet,
		.check = check_steered,
		.switches = 2,
	},
	{
		.name = "events: a failure opens it while a reset closes it, with deaths",
		.set_up = set_up_almost_open,
		.tasks = { fail_1, reset_2 },
		.is_quiet = model_is_quiet,
		.check = check_steered,
		.switches = 1,
		.deaths = true,
	},
	{
		.name = "events: one asks when the open time is over, and it is tripped",
		.set_up = set_up_open,
		.tasks = { ask_0, trip_late_2 },
		.is_quiet = model_is_quiet,
		.check = check_steered,
		.switches = 2,
	},
	{
		.name = "events: two ask when the open time is over, and it is tripped",
		.set_up = set_up_open,
		.tasks = { ask_0, ask_1, trip_late_2 },
		.is_quiet = model_is_quiet,
		.check = check_steered,
		.switches = 1,
	},
	{
		.name = "events: tripped, reset and failing at once",
		.set_up = set_up_almost_open,
		.tasks = { trip_0, fail_1, reset_2 },
		.is_quiet = model_is_quiet,
		.check = check_both_steered,
		.switches = 1,
	},
};

const struct scenario_list event_scenarios = { scenarios, sizeof(scenarios) / sizeof(scenarios[0]) };
