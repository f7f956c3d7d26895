/* SPDX-License-Identifier: MIT */
/*
 * steer.c - a breaker is opened or closed by hand, and the switch (mode.h). Load, compute, compare-and-swap;
 * report.h has the protocol of the word, of which this is one more mover.
 *
 * For tools; but any thread or process may do it, and die in it: before the swap nothing has happened, after
 * it change.h says what is lost.
 */
#include "breaker/word.h"
#include "panel/mode.h"
#include "panel/report.h"
#include "panel/slot.h"

/* What is wanted. */
struct order {
	bool trips;
	bool hold;
	uint64_t duration;
};

/* Half-open, if its time is over: that is a change of its own, which comes first. */
static enum breaker_reason compute(const struct panel_slot *slot, const struct breaker_policy *policy,
				   const struct order *order, uint64_t now, struct breaker_state *state)
{
	enum breaker_reason reason = state_advance(state, policy, now);

	if (reason != REASON_NONE)
		return reason;
	if (!order->trips)
		return state_reset(state, order->hold);
	return state_trip(state, policy, now, order->duration, order->hold, report_random(slot, now));
}

static bool steer(struct panel_slot *slot, const struct breaker_policy *policy, const struct order *order, uint64_t now,
		  struct panel_change changes[2])
{
	struct change_list list;
	const struct panel_seat seat = slot_seat(slot);
	/* Pairs with the release of whoever moved it. */
	uint64_t word = atomic_load_explicit(&slot->word, memory_order_acquire);

	change_list_begin(&list, changes);
	for (unsigned i = 0; i < PANEL_TRIES && !slot_is_gone(&seat, word); i++) {
		struct breaker_state before = word_unpack(word, policy, now), after = before;
		enum breaker_reason reason = compute(slot, policy, order, now, &after);
		uint64_t next = word_pack(&after, policy);

		change_note(&list, slot);
		if (!atomic_compare_exchange_strong_explicit(&slot->word, &word, next, memory_order_acq_rel,
							     memory_order_acquire))
			continue;
		change_happened(slot, &before, &after, reason, now, &list);
		if (reason == REASON_MANUAL)
			return true;
		word = next;
	}
	return false;
}

bool panel_trip(struct panel_slot *slot, const struct breaker_policy *policy, uint64_t now, uint64_t duration,
		bool hold, struct panel_change changes[2])
{
	return steer(slot, policy, &(struct order){ .trips = true, .hold = hold, .duration = duration }, now, changes);
}

bool panel_reset(struct panel_slot *slot, const struct breaker_policy *policy, uint64_t now, bool hold,
		 struct panel_change changes[2])
{
	return steer(slot, policy, &(struct order){ .hold = hold }, now, changes);
}

struct panel_slot *panel_slot_of(struct panel *panel, const struct panel_view *view)
{
	struct panel_slot *slot;

	if (panel->file == NULL || view->number >= PANEL_SLOTS)
		return NULL;
	slot = &panel->file->slots[view->number];
	return slot_in_use(panel->file, slot) && slot_seat(slot).status == view->status ? slot : NULL;
}

void panel_set_slot_mode(struct panel_slot *slot, enum panel_mode mode)
{
	atomic_store_explicit(&slot->mode, mode, memory_order_relaxed);
}

void panel_set_mode(struct panel *panel, enum panel_mode mode)
{
	atomic_store_explicit(&panel->file->header.mode, mode, memory_order_relaxed);
	for (size_t i = 0; i < PANEL_SLOTS; i++) {
		struct panel_slot *slot = &panel->file->slots[i];

		if (panel_slot_mode(slot) != PANEL_MODE_DEFAULT)
			panel_set_slot_mode(slot, PANEL_MODE_DEFAULT);
	}
}
