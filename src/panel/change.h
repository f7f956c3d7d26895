/* SPDX-License-Identifier: MIT */
/*
 * change.h - what is left to do for the one whose compare-and-swap changed a breaker's state.
 *
 * By one caller per generation: whoever moved the word there. Dying between the swap and this costs the
 * generation's counts in the display (counts.h), the trip, transition or open time in the totals, the event (events.h)
 * and the line in the log.
 */
#ifndef CUTOUT_PANEL_CHANGE_H
#define CUTOUT_PANEL_CHANGE_H

#include "panel/events.h"
#include "panel/panel.h"

/* The caller's panel_change[2], in order. */
struct change_list {
	struct panel_change *changes;
	unsigned count;
	/* What is being reported: `ended` calls, each with the outcome that counts_outcome() says. */
	enum breaker_outcome outcome;
	unsigned ended;
	/* Whose state changes (change_note()). */
	struct event_subject subject;
};

/* The subject is left as it is: clearing it would cost each call more than all the rest. */
static inline void change_list_begin(struct change_list *list, struct panel_change changes[2])
{
	changes[0].reason = REASON_NONE;
	changes[1].reason = REASON_NONE;
	list->changes = changes;
	list->count = 0;
	list->ended = 0;
}

/*
 * Between the load of the word and the swap that changes the state: who it is. The swap then proves that it was the
 * same one all the while; afterwards the slot may already be another's.
 */
void change_note(struct change_list *list, const struct panel_slot *slot);

void change_happened(struct panel_slot *slot, const struct breaker_state *before, const struct breaker_state *after,
		     enum breaker_reason reason, uint64_t now, struct change_list *list);

/* The event alone, of a change that is none for totals and log: what a rule denies is open from its first call on. */
void change_by_rule(struct panel_slot *slot, const struct breaker_state *before, const struct breaker_state *after,
		    enum breaker_reason reason, uint64_t now, const struct change_list *list);

/* What the slot's last_error says, within reason. */
int change_last_error(const struct panel_slot *slot);

#endif
