/* SPDX-License-Identifier: MIT */
/*
 * identity.h - who a slot is: its first 400 bytes, which change when it makes room for another.
 *
 * They are read and written as words. The slot's status guards them (slot.h): it is taken back before they are
 * written, and a status never comes back. So a reader takes the status, reads, and takes the status again; what it
 * read counts only if both are the same (as in cell.h of the hooks).
 *
 *   writer   status, relaxed; words, each a release: who sees one sees the status taken back
 *   reader   status, acquire; words, each an acquire; status, relaxed, which those keep behind them
 *
 * One writer, who has claimed the slot; any number of readers, in any thread, signal handler or process.
 */
#ifndef CUTOUT_PANEL_IDENTITY_H
#define CUTOUT_PANEL_IDENTITY_H

#include <stdbool.h>
#include <string.h>

#include "panel/panel.h"

/* The fields' own types are for those who hold a copy. */
typedef _Atomic uint64_t identity_word __attribute__((aligned(8), may_alias));

/* The beginning of struct panel_slot. */
struct identity {
	struct panel_key key;
	struct breaker_policy policy;
	char destination[PANEL_NAME_MAX];
	char rule[PANEL_RULE_MAX];
};

void identity_write(struct panel_slot *slot, const struct identity *identity);

/* Not guarded: the caller compares the status. */
void identity_read(const struct panel_slot *slot, struct identity *identity);
void identity_read_key(const struct panel_slot *slot, struct panel_key *key);
void identity_read_policy(const struct panel_slot *slot, struct breaker_policy *policy);

/* Each lookup does this. */
static inline bool identity_has_key(const struct panel_slot *slot, const struct panel_key *key)
{
	const identity_word *words = (const identity_word *)slot;
	uint64_t difference = 0, word;

	for (size_t i = 0; i < sizeof(*key) / 8; i++) {
		memcpy(&word, (const char *)key + 8 * i, 8);
		difference |= atomic_load_explicit(&words[i], memory_order_acquire) ^ word;
	}
	return difference == 0;
}

#endif
