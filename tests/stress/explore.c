/* SPDX-License-Identifier: MIT */
/*
 * explore.c - the explorer: coroutines, and a depth-first walk through their schedules.
 *
 * A schedule is the list of who runs at each stop. The first run lets the first task that can run go on until
 * it ends; the next one differs from the last in its latest choice that has an alternative left.
 */
#include "explore.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "atomics.h"
#include "coroutine.h"

enum { DEPTH_MAX = 8000 };

struct task {
	struct coroutine coroutine;
	bool done;
	unsigned steps;
};

struct choice {
	signed char task;
	signed char before;     /* who ran until then, -1: nobody */
	unsigned char runnable; /* bit set */
	unsigned char tried;    /* bit set */
	unsigned switches;      /* until then */
};

static const struct scenario *scenario;
static struct task tasks[TASKS_MAX];
static int running = -1; /* -1: the explorer itself, whose operations do not stop */

static struct choice path[DEPTH_MAX];
static unsigned depth, length;
static int dying = -1;
static unsigned dying_at;
static bool died, some_died;

static unsigned switches;
static unsigned long runs, broken;

void explore_stop(void)
{
	int task = running, saved = errno;

	if (task < 0)
		return;
	running = -1;
	coroutine_stop(&tasks[task].coroutine);
	running = task;
	errno = saved;
}

void explore_stop_at_load(const volatile void *word)
{
	if (running >= 0 && !scenario->is_quiet(word, false))
		explore_stop();
}

void explore_stop_at_store(const volatile void *word)
{
	if (running >= 0 && !scenario->is_quiet(word, true))
		explore_stop();
}

int explore_dead(void)
{
	return died ? dying : -1;
}

static void print_order(void)
{
	for (unsigned i = 0, next; i < depth; i = next) {
		for (next = i; next < depth && path[next].task == path[i].task;)
			next++;
		printf(" %d*%u", path[i].task, next - i);
	}
}

void expect(bool holds, const char *relation)
{
	if (holds)
		return;
	if (broken++ > 5)
		return;
	printf("# %s: does not hold: %s\n# order, steps of each task:", scenario->name, relation);
	print_order();
	if (died)
		printf("; task %d died after %u", dying, dying_at);
	putchar('\n');
}

static void run_task(int number)
{
	scenario->tasks[number]();
	tasks[number].done = true;
	running = -1;
	coroutine_stop(&tasks[number].coroutine);
}

static void start(void)
{
	running = -1;
	died = false;
	scenario->set_up();
	for (int i = 0; i < TASKS_MAX; i++) {
		tasks[i].done = scenario->tasks[i] == NULL;
		tasks[i].steps = 0;
		coroutine_prepare(&tasks[i].coroutine, run_task, i);
	}
}

static unsigned runnable_tasks(void)
{
	unsigned set = 0;

	for (int i = 0; i < TASKS_MAX; i++) {
		if (!tasks[i].done && !(died && i == dying))
			set |= 1U << i;
	}
	return set;
}

static bool was_preempted(const struct choice *choice)
{
	return choice->before >= 0 && choice->task != choice->before && (choice->runnable >> choice->before & 1);
}

/* Who ran before goes on, else the lowest not tried here yet; -1 when none is left, or is one switch too many. */
static int choose(const struct choice *choice)
{
	unsigned open = choice->runnable & ~(unsigned)choice->tried;
	bool may_go_on = choice->before >= 0 && (choice->runnable >> choice->before & 1);

	if (may_go_on && (open >> choice->before & 1))
		return choice->before;
	if (open == 0 || (may_go_on && choice->switches >= switches))
		return -1;
	return __builtin_ctz(open);
}

static void step(int task)
{
	if (task == dying && tasks[task].steps == dying_at) {
		died = some_died = true;
		return;
	}
	tasks[task].steps++;
	running = task;
	coroutine_go_on(&tasks[task].coroutine);
	running = -1;
}

static struct choice next_choice(void)
{
	const struct choice *last = depth > 0 ? &path[depth - 1] : NULL;

	return (struct choice){
		.task = -1,
		.before = last != NULL ? last->task : -1,
		.runnable = (unsigned char)runnable_tasks(),
		.switches = last != NULL ? last->switches + was_preempted(last) : 0,
	};
}

static void take(struct choice *choice, int task)
{
	choice->task = (signed char)task;
	choice->tried |= (unsigned char)(1U << task);
}

/* Runs the tasks along path[0..length) and on. False for an endless loop. */
static bool run(void)
{
	start();
	for (depth = 0; depth < DEPTH_MAX; depth++) {
		if (runnable_tasks() == 0)
			return true;
		if (depth >= length) {
			path[depth] = next_choice();
			take(&path[depth], choose(&path[depth]));
		}
		step(path[depth].task);
	}
	return false;
}

static bool next_path(void)
{
	for (unsigned at = depth; at-- > 0;) {
		int task = choose(&path[at]);

		if (task >= 0) {
			take(&path[at], task);
			length = at + 1;
			return true;
		}
	}
	return false;
}

static void explore_orders(void)
{
	length = 0;
	some_died = false;
	do {
		expect(run(), "every task ends");
		scenario->check();
		runs++;
	} while (next_path());
}

static void explore_deaths(void)
{
	switches = scenario->switches < DEATH_SWITCHES ? scenario->switches : DEATH_SWITCHES;
	for (dying = 0; dying < TASKS_MAX && scenario->tasks[dying] != NULL; dying++) {
		dying_at = 0;
		do {
			explore_orders();
			dying_at++;
		} while (some_died);
	}
	dying = -1;
}

static const struct scenario_list *const lists[] = {
	&slot_scenarios, &call_scenarios, &ring_scenarios, &connection_scenarios, &event_scenarios, &tape_scenarios,
	&owner_scenarios,
};

enum { LISTS = sizeof(lists) / sizeof(lists[0]) };

static bool is_asked_for(const struct scenario *one, const char *name)
{
	return name == NULL || strstr(one->name, name) != NULL;
}

static unsigned count_scenarios(const char *name)
{
	unsigned count = 0;

	for (unsigned i = 0; i < LISTS; i++)
		for (unsigned j = 0; j < lists[i]->count; j++)
			count += is_asked_for(&lists[i]->scenarios[j], name);
	return count;
}

static unsigned long explore(const struct scenario *one, unsigned number)
{
	scenario = one;
	runs = 0;
	broken = 0;
	dying = -1;
	switches = scenario->switches;
	explore_orders();
	if (scenario->deaths)
		explore_deaths();
	printf("%s %u - %s (%lu orders)\n", broken ? "not ok" : "ok", number, scenario->name, runs);
	fflush(stdout);
	return broken;
}

/* The argument, if there is one, is a part of the names of those to be explored. */
int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	unsigned long all_broken = 0;
	unsigned number = 0;

	printf("1..%u\n", count_scenarios(name));
	for (unsigned i = 0; i < LISTS; i++)
		for (unsigned j = 0; j < lists[i]->count; j++)
			if (is_asked_for(&lists[i]->scenarios[j], name))
				all_broken += explore(&lists[i]->scenarios[j], ++number);
	return all_broken != 0;
}
