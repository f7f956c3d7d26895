/* SPDX-License-Identifier: MIT */
/*
 * mode.h - the switch: one word in the header for all breakers, and one in each slot for that breaker alone.
 *
 * Written by tools, with plain relaxed stores; read at each call with one relaxed load of each word, so that it holds
 * from the next call of every process on. What a slot's word says stands above the header's, which stands above
 * rules and programs; who sets the header's clears those of the slots, so that the last order is the one
 * that counts. Nothing else depends on these words, and so no order does. A tool that dies while it
 * clears leaves some slots with their own mode; `cutout status` shows them. Any other value reads as the default.
 * A slot is born with the default; whoever takes one away from its destination puts that back.
 */
#ifndef CUTOUT_PANEL_MODE_H
#define CUTOUT_PANEL_MODE_H

#include "panel/file.h"
#include "panel/panel.h"

static inline enum panel_mode panel_mode_of_word(const panel_word *word)
{
	uint64_t mode = atomic_load_explicit(word, memory_order_relaxed);

	return mode <= PANEL_MODE_OFF ? (enum panel_mode)mode : PANEL_MODE_DEFAULT;
}

/* The panel must be open. */
static inline enum panel_mode panel_mode(const struct panel *panel)
{
	return panel_mode_of_word(&panel->file->header.mode);
}

static inline enum panel_mode panel_slot_mode(const struct panel_slot *slot)
{
	return panel_mode_of_word(&slot->mode);
}

void panel_set_slot_mode(struct panel_slot *slot, enum panel_mode mode);

/* For all: slots lose theirs. */
void panel_set_mode(struct panel *panel, enum panel_mode mode);

#endif
