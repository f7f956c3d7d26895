/* SPDX-License-Identifier: MIT */
/*
 * slot.h - how a destination gets its slot: claimed, filled, published.
 *
 *   1. claim    sets a bit of the header's claims. The slot is the winner's alone.
 *   2. fill     key, policy and texts, with plain stores; nobody else reads them yet.
 *   3. publish  status says which index cell is to hold the slot, then one compare-and-swap of that cell from 0
 *               to (upper half of the hash << 32 | number + 1). From here on everybody may use the slot.
 *
 * The cell is the only truth about publication: a slot is in use when the cell that its status names holds
 * its number. Who finds that another has published the same key meanwhile takes its own bit back.
 * Cells never become empty again, so that all who look for a key walk the same way, and there is one slot
 * per key. Dying between 1 and 3 costs that slot and nothing else: nobody takes a claim over.
 *
 * May overlap: everything with everything, in any number of threads, signal handlers and processes.
 * Each loop is bounded: a lookup by PANEL_PROBES cells, a claim by PANEL_SLOTS bits.
 *
 * Nothing in the file is trusted: a number is checked before it becomes an address, and keys are compared
 * in full. Somebody who writes nonsense into his own panel gets nonsense, or no breaker, but no crash.
 */
#ifndef CUTOUT_PANEL_SLOT_H
#define CUTOUT_PANEL_SLOT_H

#include "panel/file.h"
#include "panel/panel.h"

/* How far from its place a key may lie. At a load of 36 % nobody is ever so far, unless keys are chosen for it. */
enum { PANEL_PROBES = 128 };

/* NULL when all are taken. */
struct panel_slot *slot_claim(struct panel_file *file);

/* Of a claimed slot that was not published. */
void slot_give_back(struct panel_file *file, struct panel_slot *slot);

void slot_fill(struct panel_slot *slot, const struct panel_key *key, const struct panel_identity *identity);

/* The slot that has the key from now on: this one, or another's; NULL when there is no place in the index. */
struct panel_slot *slot_publish(struct panel_file *file, struct panel_slot *slot);

/* Of a key: picks its cell, and its upper half stands in it. */
uint64_t slot_hash(const struct panel_key *key);

bool slot_in_use(const struct panel_file *file, const struct panel_slot *slot);

/* Text from outside: cut to fit, NUL-terminated, without control characters. */
void slot_copy_text(char *to, size_t size, const char *from, size_t length);

#endif
