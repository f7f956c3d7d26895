/* SPDX-License-Identifier: MIT */
/*
 * afterwards.c - what must hold of a panel when all who used it are dead.
 */
#include "afterwards.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "panel/slot.h"

#define MS UINT64_C(1000000)

static void check_in_flight(const struct panel_slot *slot, uint64_t now, struct tally *tally)
{
	struct panel_view view;

	panel_view_slot(slot, now, &view);
	note(tally, view.in_flight == 0, IN_FLIGHT_RETURNS_TO_ZERO, "%s: %u", view.destination, view.in_flight);
	note(tally, view.state.phase != BREAKER_OPEN, OPEN_ENDS, "%s is still open", view.destination);
}

static void call_with(struct panel_slot *slot, const struct breaker_policy *policy, enum breaker_outcome outcome,
		      uint64_t now)
{
	struct panel_change changes[2];
	struct panel_call call;

	if (panel_admit(slot_seat(slot), policy, now, PANEL_REFUSED, &call, changes) == VERDICT_ADMITTED && call.slot != NULL)
		panel_report(&call, policy, outcome, outcome == OUTCOME_FAILURE ? ECONNREFUSED : 0, now, changes);
}

/*
 * What the killed left in flight may open it once more; after that it must close, and trip. Who died between a probe's
 * admission and its place in the ring has left a place taken that comes back when nothing was admitted for as long as a
 * handshake may take: so each call has its own time.
 */
static void check_works(struct panel_slot *slot, uint64_t now, struct tally *tally)
{
	struct panel_view view;

	panel_view_slot(slot, now, &view);
	now += 1000 * MS;
	call_with(slot, &view.policy, OUTCOME_IGNORED, now);
	for (int i = 0; i < 8; i++)
		call_with(slot, &view.policy, OUTCOME_SUCCESS, now += 1000 * MS);
	panel_view_slot(slot, now, &view);
	note(tally, view.state.phase == BREAKER_CLOSED, BREAKERS_STILL_WORK, "%s does not close", view.destination);
	now += 1000 * MS;
	for (int i = 0; i < 40; i++)
		call_with(slot, &view.policy, OUTCOME_FAILURE, now);
	panel_view_slot(slot, now, &view);
	note(tally, view.state.phase == BREAKER_OPEN, BREAKERS_STILL_WORK, "%s does not trip", view.destination);
}

void afterwards_breaker(struct panel_slot *slot, uint64_t now, uint64_t overdue, struct tally *tally)
{
	check_in_flight(slot, now + 2 * overdue + 500 * MS, tally);
	check_works(slot, now, tally);
}

static int by_key(const void *first, const void *second)
{
	return memcmp(first, second, sizeof(struct panel_key));
}

void afterwards_slots(const struct panel *panel, unsigned deaths, struct tally *tally)
{
	static struct panel_key keys[PANEL_SLOTS];
	unsigned claims = 0, count = 0;
	struct panel_figures figures;
	struct panel_view view;

	for (size_t i = 0; i < PANEL_SLOTS; i++)
		if (panel_view(panel, i, 0, &view))
			keys[count++] = view.key;
	qsort(keys, count, sizeof(keys[0]), by_key);
	for (unsigned i = 1; i < count; i++)
		note(tally, by_key(&keys[i - 1], &keys[i]) != 0, ONE_SLOT_PER_KEY, "two slots for port %u", keys[i].port);
	for (unsigned i = 0; i < PANEL_CLAIM_WORDS; i++)
		claims += (unsigned)__builtin_popcountll(panel->file->header.claims[i]);
	panel_figures(panel, &figures);
	note(tally, claims >= figures.breakers && claims - figures.breakers <= deaths, DEATH_COSTS_ONE_SLOT,
	     "%u claims, %u breakers, %u deaths", claims, (unsigned)figures.breakers, deaths);
	printf("# %u threads were killed; %u breakers, %u slots lost, %llu evictions, %llu calls unprotected\n", deaths, count,
	       claims - (unsigned)figures.breakers, (unsigned long long)figures.evictions,
	       (unsigned long long)figures.unprotected);
}
