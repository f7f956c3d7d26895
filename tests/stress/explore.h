/* SPDX-License-Identifier: MIT */
/*
 * explore.h - runs a few tasks in every order of their atomic operations, and looks at what came of it.
 *
 * A scenario's tasks run from the same beginning again and again, each time in another order, until all orders
 * with at most `switches` preemptions are through. With `deaths`, each task in turn also dies at each of its
 * operations, in every order with at most DEATH_SWITCHES.
 */
#ifndef CUTOUT_TESTS_STRESS_EXPLORE_H
#define CUTOUT_TESTS_STRESS_EXPLORE_H

#include <stdbool.h>

enum { TASKS_MAX = 4, DEATH_SWITCHES = 1 };

struct scenario {
	const char *name;
	void (*set_up)(void);
	void (*tasks[TASKS_MAX])(void);
	void (*check)(void); /* by expect(); explore_dead() says who died */
	unsigned switches;
	bool deaths;
	bool (*is_quiet)(const volatile void *word, bool is_store); /* no stop before such a store, or load */
};

struct scenario_list {
	const struct scenario *scenarios;
	unsigned count;
};

/* The names of the files say which is where: scenarios_slots.c, … */
extern const struct scenario_list slot_scenarios, call_scenarios, ring_scenarios, event_scenarios, tape_scenarios,
	owner_scenarios, connection_scenarios;

/* The task that died, -1: none. */
int explore_dead(void);

/* Notes a relation that does not hold, with the order of events that led to it. */
void expect(bool holds, const char *relation);

#endif
