/* SPDX-License-Identifier: MIT */
/*
 * watch.h - relations between what a reader of the panel sees now and what it saw before.
 */
#ifndef CUTOUT_TESTS_STRESS_WATCH_H
#define CUTOUT_TESTS_STRESS_WATCH_H

#include <stdint.h>

#include "panel/events.h"
#include "panel/file.h"
#include "panel/panel.h"

/* Each is one line of the report. */
enum relation {
	GENERATIONS_GO_FORWARD,
	STATE_IS_THE_GENERATIONS,
	COUNTS_DO_NOT_GO_BACK,
	COUNTS_ARE_NOT_BELOW_ZERO,
	TOTALS_DO_NOT_GO_BACK,
	OPEN_ENDS,
	HALF_OPEN_IS_DECIDED,
	READER_DOES_NOT_HANG,
	IN_FLIGHT_RETURNS_TO_ZERO,
	BREAKERS_STILL_WORK,
	ONE_SLOT_PER_KEY,
	DEATH_COSTS_ONE_SLOT,
	PROCESSES_DIE_ONLY_WHEN_KILLED,
	EVENTS_ARE_A_CHAIN,
	EVENTS_ARE_TOLD_ONCE,
	EVENTS_ARE_LAWFUL,
	DEATH_COSTS_FEW_EVENTS,
	RELATIONS,
};

/* Shared by all processes of the test. */
struct tally {
	_Atomic uint64_t broken[RELATIONS];
	_Atomic uint64_t views, calls, refusals, trips, closings, orders, events, lost;
	char first[RELATIONS][160]; /* what was seen the first time */
};

/* What was seen of one breaker. */
struct seen {
	bool known;
	uint64_t refuses_since; /* when this half-open generation was first seen to refuse, with none admitted since; 0: not */
	struct panel_view view;
};

void watch(struct tally *tally, struct seen *seen, const struct panel_view *view, uint64_t now);
/* What was read of one breaker's events: of the last generations, which, and what they went from and to. */
enum { REMEMBERED = 64 };
struct told {
	bool known[REMEMBERED];
	uint32_t generation[REMEMBERED];
	enum breaker_phase from[REMEMBERED], to[REMEMBERED];
};

void watch_event(struct tally *tally, struct told *told, const struct panel_event *event);
void note(struct tally *tally, bool holds, enum relation relation, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* TAP, a line for each relation. Returns how many are broken. */
int tell(const struct tally *tally);

#endif
