/* SPDX-License-Identifier: MIT */
/*
 * slot.c - a slot is claimed, filled, left, given back. The protocol is in slot.h.
 *
 * Any thread, signal handler or child; no system call, no lock, no allocation, no errno.
 */
#include "panel/slot.h"

#include <string.h>

#include "panel/counts.h"
#include "panel/identity.h"
#include "panel/mode.h"

static uint64_t closed_word(uint32_t generation)
{
	return (uint64_t)(generation & GENERATION_MASK) << WORD_GENERATION_SHIFT;
}

static uint64_t leaving_word(uint32_t generation)
{
	return UINT64_C(3) << WORD_PHASE_SHIFT | closed_word(generation);
}

static uint64_t not_published(uint32_t generation)
{
	return slot_status(generation, 0);
}

/* Acquire pairs with the release in slot_give_back(): what its former claimer wrote is behind us. */
static bool claim_bit(panel_word *word, unsigned bit)
{
	return !(atomic_fetch_or_explicit(word, UINT64_C(1) << bit, memory_order_acquire) >> bit & 1);
}

/* The lowest free one, so that the slots in use lie on few pages. */
struct panel_slot *slot_claim(struct panel_file *file)
{
	for (size_t i = 0; i < PANEL_CLAIM_WORDS; i++) {
		for (unsigned tries = 0; tries < 64; tries++) {
			uint64_t free = ~atomic_load_explicit(&file->header.claims[i], memory_order_relaxed);
			unsigned bit;

			if (free == 0)
				break;
			bit = (unsigned)__builtin_ctzll(free);
			if (claim_bit(&file->header.claims[i], bit))
				return &file->slots[64 * i + bit];
		}
	}
	return NULL;
}

/*
 * Its generation goes on, so that this status is not another's. Dying before the bit is cleared costs the slot.
 */
void slot_give_back(struct panel_file *file, struct panel_slot *slot)
{
	size_t number = (size_t)(slot - file->slots);
	uint32_t generation = word_generation(atomic_load_explicit(&slot->word, memory_order_relaxed)) + 1;

	atomic_store_explicit(&slot->word, closed_word(generation), memory_order_relaxed);
	atomic_store_explicit(&slot->status, not_published(generation), memory_order_relaxed);
	atomic_fetch_and_explicit(&file->header.claims[number / 64], ~(UINT64_C(1) << number % 64),
				  memory_order_release);
}

void slot_copy_text(char *to, size_t size, const char *from, size_t length)
{
	size_t i;

	for (i = 0; i + 1 < size && i < length && from[i] != '\0'; i++)
		to[i] = (unsigned char)from[i] < ' ' || from[i] == 0x7f ? '?' : from[i];
	memset(to + i, 0, size - i);
}

static void clean(struct panel_slot *slot)
{
	for (unsigned i = 0; i < RING_CELLS; i++) {
		atomic_store_explicit(&slot->ring[i], 0, memory_order_relaxed);
		atomic_store_explicit(&slot->answers[i], 0, memory_order_relaxed);
	}
	for (unsigned i = 0; i < POLICY_BUCKETS_MAX; i++) {
		atomic_store_explicit(&slot->slices[i], 0, memory_order_relaxed);
		atomic_store_explicit(&slot->slow_slices[i], 0, memory_order_relaxed);
	}
	atomic_store_explicit(&slot->swept, 0, memory_order_relaxed);
	atomic_store_explicit(&slot->answers_swept, 0, memory_order_relaxed);
	atomic_store_explicit(&slot->mode, PANEL_MODE_DEFAULT, memory_order_relaxed);
}

void slot_fill(struct panel_slot *slot, const struct panel_key *key, const struct panel_identity *identity, uint64_t now)
{
	uint32_t generation = word_generation(atomic_load_explicit(&slot->word, memory_order_relaxed));
	struct identity filled = { .key = *key, .policy = *identity->policy };

	slot_copy_text(filled.destination, sizeof(filled.destination), identity->destination, SIZE_MAX);
	slot_copy_text(filled.rule, sizeof(filled.rule), identity->rule, SIZE_MAX);
	atomic_store_explicit(&slot->status, not_published(generation), memory_order_relaxed);
	clean(slot);
	counts_begin_tenancy(slot, generation, now);
	atomic_store_explicit(&slot->used, now, memory_order_relaxed);
	identity_write(slot, &filled);
	/* Pairs with the acquire of who decides by it: slot_is_gone(). */
	atomic_store_explicit(&slot->word, closed_word(generation), memory_order_release);
}

bool slot_leave(struct panel_slot *slot, uint64_t *word)
{
	uint64_t seen = *word;

	if (slot_word_is_leaving(seen))
		return true;
	*word = leaving_word(word_generation(seen) + 1);
	return atomic_compare_exchange_strong_explicit(&slot->word, &seen, *word, memory_order_acq_rel,
						       memory_order_relaxed);
}
