/* SPDX-License-Identifier: MIT */
/*
 * watch.c - relations between what a reader of the panel sees now and what it saw before.
 */
#include "watch.h"

#include <stdarg.h>
#include <stdio.h>

#define SEC UINT64_C(1000000000)

/* Far beyond what the policy allows: a machine that is busy otherwise must not break a relation. */
#define DECIDED_WITHIN (10 * SEC)

enum { BELOW_ZERO = 40 }; /* a count with such high bits was subtracted too much from */

static const char *const names[RELATIONS] = {
	[GENERATIONS_GO_FORWARD] = "generations go forward",
	[STATE_IS_THE_GENERATIONS] = "a generation has one state",
	[COUNTS_DO_NOT_GO_BACK] = "the counts of a generation do not go back",
	[COUNTS_ARE_NOT_BELOW_ZERO] = "counts are not below zero",
	[TOTALS_DO_NOT_GO_BACK] = "totals do not go back",
	[OPEN_ENDS] = "every open circuit is half-open when its time is over",
	[HALF_OPEN_IS_DECIDED] = "every half-open circuit is decided",
	[READER_DOES_NOT_HANG] = "no reader hangs",
	[IN_FLIGHT_RETURNS_TO_ZERO] = "nothing stays in flight of those who were killed",
	[BREAKERS_STILL_WORK] = "all breakers recover and trip again",
	[ONE_SLOT_PER_KEY] = "there is one slot per key",
	[DEATH_COSTS_ONE_SLOT] = "a death costs one slot at most",
	[EVENTS_ARE_A_CHAIN] = "the events of a breaker go on where the last one ended",
	[EVENTS_ARE_TOLD_ONCE] = "no change is told twice",
	[EVENTS_ARE_LAWFUL] = "every event is a change that there is",
	[DEATH_COSTS_FEW_EVENTS] = "a death costs each thread one event at most",
	[PROCESSES_DIE_ONLY_WHEN_KILLED] = "processes die only when they are killed",
};

void note(struct tally *tally, bool holds, enum relation relation, const char *format, ...)
{
	va_list arguments;

	if (holds || atomic_fetch_add(&tally->broken[relation], 1) > 0)
		return;
	va_start(arguments, format);
	vsnprintf(tally->first[relation], sizeof(tally->first[relation]), format, arguments);
	va_end(arguments);
}

static void watch_counts(struct tally *tally, const struct panel_view *old, const struct panel_view *new)
{
	const uint64_t before[] = { old->requests, old->successes, old->failures, old->ignored };
	const uint64_t after[] = { new->requests, new->successes, new->failures, new->ignored };
	bool same = old->state.generation == new->state.generation;

	for (unsigned i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		note(tally, after[i] >> BELOW_ZERO == 0, COUNTS_ARE_NOT_BELOW_ZERO, "count %u is %llx", i,
		     (unsigned long long)after[i]);
		note(tally, !same || after[i] >= before[i], COUNTS_DO_NOT_GO_BACK,
		     "%s: count %u of generation %u: %llu, then %llu", new->destination, i, new->state.generation,
		     (unsigned long long)before[i], (unsigned long long)after[i]);
	}
}

/* Without anybody who asks it stays as it is, and who is admitted may decide it. It is stuck if it only refuses. */
static void watch_half_open(struct tally *tally, struct seen *seen, const struct panel_view *view, uint64_t now)
{
	const uint64_t *before = seen->view.totals, *after = view->totals;

	if (after[TOTAL_CALLS] != before[TOTAL_CALLS])
		seen->refuses_since = 0;
	else if (after[TOTAL_REFUSED] != before[TOTAL_REFUSED] && seen->refuses_since == 0)
		seen->refuses_since = now;
	else if (after[TOTAL_REFUSED] != before[TOTAL_REFUSED])
		note(tally, now - seen->refuses_since < DECIDED_WITHIN, HALF_OPEN_IS_DECIDED,
		     "half-open generation %u refuses for %llu ms", view->state.generation,
		     (unsigned long long)(now - seen->refuses_since) / 1000000);
}

static void watch_state(struct tally *tally, struct seen *seen, const struct panel_view *view, uint64_t now)
{
	const struct breaker_state *old = &seen->view.state, *new = &view->state;
	bool same = old->generation == new->generation;

	note(tally, !generation_after(old->generation, new->generation), GENERATIONS_GO_FORWARD, "%u, then %u",
	     old->generation, new->generation);
	note(tally, !same || old->phase == new->phase, STATE_IS_THE_GENERATIONS, "generation %u: %s, then %s",
	     new->generation, phase_name(old->phase), phase_name(new->phase));
	note(tally, new->phase != BREAKER_OPEN || (now <= new->deadline && new->deadline - now < 2 * SEC),
	     OPEN_ENDS, "open until %llu at %llu", (unsigned long long)new->deadline, (unsigned long long)now);
	if (new->phase != BREAKER_HALF_OPEN || !same)
		seen->refuses_since = 0;
	else
		watch_half_open(tally, seen, view, now);
}

void watch(struct tally *tally, struct seen *seen, const struct panel_view *view, uint64_t now)
{
	/* The slot has become another's, whose counts begin anew; generations go on. */
	if (seen->known && seen->view.status != view->status) {
		note(tally, generation_after(view->state.generation, seen->view.state.generation), GENERATIONS_GO_FORWARD,
		     "%u, then another's %u", seen->view.state.generation, view->state.generation);
		seen->known = false;
	}
	if (!seen->known)
		*seen = (struct seen){ .known = true, .view = *view };
	watch_state(tally, seen, view, now);
	watch_counts(tally, &seen->view, view);
	for (unsigned i = 0; i < PANEL_TOTALS; i++)
		note(tally, view->totals[i] >= seen->view.totals[i], TOTALS_DO_NOT_GO_BACK,
		     "total %u: %llu, then %llu", i, (unsigned long long)seen->view.totals[i],
		     (unsigned long long)view->totals[i]);
	seen->view = *view;
	atomic_fetch_add(&tally->views, 1);
}

static bool is_lawful(const struct panel_event *event)
{
	switch (event->reason) {
	case REASON_CONSECUTIVE_FAILURES:
	case REASON_FAILURE_RATE:
		return event->from == BREAKER_CLOSED && event->to == BREAKER_OPEN && event->failures > 0;
	case REASON_SLOW_RATE:
		return event->from == BREAKER_CLOSED && event->to == BREAKER_OPEN;
	case REASON_PROBE_FAILED:
		return event->from == BREAKER_HALF_OPEN && event->to == BREAKER_OPEN;
	case REASON_RECOVERED:
		return event->from == BREAKER_HALF_OPEN && event->to == BREAKER_CLOSED;
	case REASON_TIMEOUT_OVER:
		return event->from == BREAKER_OPEN && event->to == BREAKER_HALF_OPEN;
	case REASON_MANUAL:
		return event->to != BREAKER_HALF_OPEN;
	case REASON_NONE:
		break;
	}
	return false;
}

/* Events of a breaker may be read out of their order. */
void watch_event(struct tally *tally, struct told *told, const struct panel_event *event)
{
	uint32_t at = event->generation % REMEMBERED, before = (at + REMEMBERED - 1) % REMEMBERED;
	uint32_t after = (at + 1) % REMEMBERED;

	note(tally, !told->known[at] || told->generation[at] != event->generation, EVENTS_ARE_TOLD_ONCE,
	     "generation %u of slot %zu", event->generation, event->slot);
	note(tally, is_lawful(event), EVENTS_ARE_LAWFUL, "%s -> %s: %s, %llu failures", phase_name(event->from),
	     phase_name(event->to), reason_name(event->reason), (unsigned long long)event->failures);
	if (told->known[before] && told->generation[before] + 1 == event->generation)
		note(tally, told->to[before] == event->from, EVENTS_ARE_A_CHAIN, "generation %u: %s, then from %s",
		     event->generation, phase_name(told->to[before]), phase_name(event->from));
	if (told->known[after] && told->generation[after] == event->generation + 1)
		note(tally, event->to == told->from[after], EVENTS_ARE_A_CHAIN, "generation %u: %s, then from %s",
		     event->generation + 1, phase_name(event->to), phase_name(told->from[after]));
	told->known[at] = true;
	told->generation[at] = event->generation;
	told->from[at] = event->from;
	told->to[at] = event->to;
	atomic_fetch_add(&tally->events, 1);
}

int tell(const struct tally *tally)
{
	int broken = 0;

	printf("1..%d\n", RELATIONS);
	for (int i = 0; i < RELATIONS; i++) {
		bool holds = tally->broken[i] == 0;

		printf("%s %d - %s\n", holds ? "ok" : "not ok", i + 1, names[i]);
		if (!holds)
			printf("# %llu times; the first time: %s\n", (unsigned long long)tally->broken[i],
			       tally->first[i]);
		broken += !holds;
	}
	return broken;
}
