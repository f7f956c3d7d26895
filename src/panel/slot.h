/* SPDX-License-Identifier: MIT */
/*
 * slot.h - how a destination gets its slot, and loses it: claimed, filled, published; left, withdrawn, filled again.
 *
 *   1. claim     sets a bit of the header's claims. The slot is the winner's alone.
 *   2. fill      status is taken back, counts go to zero, then who it is (identity.h), then the word: closed.
 *   3. publish   status says since when and in which bucket, then one compare-and-swap puts the slot's number into
 *                that bucket (bucket.h). From here on everybody may use the slot.
 *
 *   4. leave     compare-and-swap of the breaker's word, from a closed one that was found idle (evict.h) to one that is
 *                leaving. Nothing moves that word any more: who finds it takes the key for absent, or the call
 *                passes unprotected.
 *   5. withdraw  compare-and-swap takes the number out of the bucket, if the word is still the one of 4. The slot is
 *                the winner's alone, who goes on at 2, for another key.
 *
 * The words are
 *
 *   word     breaker/word.h; a phase of 3 (which that reads as closed): leaving. 4 counts the generation up, and 2 keeps
 *            it: it never goes back, and the results of calls that were admitted for the former destination are late.
 *   status   63..40 zero   39..16 generation at 2: the tenancy   15..0 the bucket plus one; 0: not published. One value
 *            is never another tenancy's (within 2^24 changes of state of the slot).
 *
 * The bucket is the only truth about publication: a slot is in use when the bucket that its status names holds
 * its number. There is one slot per key that is not leaving: all that could be the same key's are in the same
 * bucket, whose swap finds out whether anything was added since they were looked at. (A publisher that is stopped in
 * between for a multiple of 65536 changes of that bucket, no more and no less, can make a second one. Lookups take the
 * one in the lower place; the other is never asked, and makes room in time.)
 *
 * A slot that was found may be another's when it is asked: a process can be stopped between any two instructions. So
 * what was found is a slot and its status, a seat, and whoever decides by the word compares the status after
 * loading the word (acquire; pairs with the release of 2, which comes after the status was taken back): if it is the
 * same, so is the destination, and a swap of that word happens in its tenancy. All that is added to a slot without
 * such a swap (counts, ring, slices) may in that very case reach the next one's: one call too many in its totals.
 *
 * What a death costs: between 1 and 3, or 5 and 3, that slot, which nobody takes over. Between 4 and 5 nothing: a slot
 * that is leaving is withdrawn by whoever next needs one and comes past. A call that is admitted in the
 * moment of 4 has its result dropped.
 *
 * May overlap: everything with everything, in any number of threads, signal handlers and processes.
 * Each loop is bounded: a lookup by the places of a bucket, a claim by PANEL_SLOTS bits, a swap by PANEL_TRIES rounds
 * of which each was lost to somebody who got on.
 *
 * Nothing in the file is trusted: a number is checked before it becomes an address, and keys are compared
 * in full. Somebody who writes nonsense into his own panel gets nonsense, or no breaker, but no crash.
 */
#ifndef CUTOUT_PANEL_SLOT_H
#define CUTOUT_PANEL_SLOT_H

#include "breaker/word.h"
#include "panel/file.h"
#include "panel/panel.h"

static inline bool slot_word_is_leaving(uint64_t word)
{
	return word >> WORD_PHASE_SHIFT == 3;
}

/* The slot with what its status says now: for who knows that it is not about to become another's. */
static inline struct panel_seat slot_seat(struct panel_slot *slot)
{
	return (struct panel_seat){ slot, atomic_load_explicit(&slot->status, memory_order_relaxed) };
}

/* Of a word that was loaded before, with acquire: the slot has left, or is another's. */
static inline bool slot_is_gone(const struct panel_seat *seat, uint64_t word)
{
	return slot_word_is_leaving(word) ||
	       atomic_load_explicit(&seat->slot->status, memory_order_relaxed) != seat->status;
}

static inline uint64_t slot_status(uint32_t generation, uint64_t bucket)
{
	return (uint64_t)generation << 16 | bucket;
}

static inline uint64_t slot_bucket(uint64_t status)
{
	return status & 0xffff;
}

/* The generation in which the tenancy that `status` says began. */
static inline uint32_t slot_first_generation(uint64_t status)
{
	return status >> 16 & GENERATION_MASK;
}

/* NULL when all are taken. */
struct panel_slot *slot_claim(struct panel_file *file);

/* Of one's own slot that is not published. */
void slot_give_back(struct panel_file *file, struct panel_slot *slot);

void slot_fill(struct panel_slot *slot, const struct panel_key *key, const struct panel_identity *identity, uint64_t now);

/* Who has the key from now on: this slot, or another; nobody when its bucket is full of what cannot make room. */
struct panel_seat slot_publish(struct panel_file *file, struct panel_slot *slot, uint64_t now);

/* From the word as it was found to one that is leaving, if it is not leaving already. False: it has moved. */
bool slot_leave(struct panel_slot *slot, uint64_t *word);

/* True: the slot is the caller's. `word`: as slot_leave() left it. */
bool slot_withdraw(struct panel_file *file, struct panel_slot *slot, uint64_t word);

/* Of a key: picks its bucket. */
uint64_t slot_hash(const struct panel_key *key);

bool slot_in_use(const struct panel_file *file, const struct panel_slot *slot);

/* Text from outside: cut to fit, NUL-terminated, without control characters. */
void slot_copy_text(char *to, size_t size, const char *from, size_t length);

#endif
