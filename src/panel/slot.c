/* SPDX-License-Identifier: MIT */
/*
 * slot.c - claim, find and publish slots. The protocol is in slot.h.
 *
 * Any thread, signal handler or child; no system call, no lock, no allocation, no errno.
 */
#include "panel/slot.h"

#include <string.h>

#include "base/hash.h"

enum { KEY_WORDS = 6 }; /* the spare ones are 0 */

static_assert(offsetof(struct panel_key, spare) == 8 * KEY_WORDS, "the words of a key that are hashed");

/*
 * Part of the layout. As hash_words(), but without a chain of multiplications through all words: this
 * is most of what finding a breaker costs. Each word is folded before it is multiplied: else differences
 * in the top bytes of two words (subnet and host of an IPv6 address) would often cancel each other out.
 */
uint64_t slot_hash(const struct panel_key *key)
{
	static const uint64_t factors[KEY_WORDS] = {
		UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xd6e8feb86659fd93), UINT64_C(0xa0761d6478bd642f),
		UINT64_C(0xe7037ed1a0b428db), UINT64_C(0x8ebc6af09c88c6e3), UINT64_C(0x589965cc75374cc3),
	};
	uint64_t words[KEY_WORDS], sum = 0;

	memcpy(words, key, sizeof(words));
	for (unsigned i = 0; i < KEY_WORDS; i++)
		sum += (words[i] ^ words[i] >> 32) * factors[i];
	return hash_mix(sum);
}

static size_t cell_of(uint64_t hash, unsigned probe)
{
	return (hash + probe) & (PANEL_INDEX - 1);
}

static uint64_t cell_value(uint64_t hash, size_t number)
{
	return (hash & ~UINT64_C(0xffffffff)) | (number + 1);
}

static size_t number_of(const struct panel_file *file, const struct panel_slot *slot)
{
	return (size_t)(slot - file->slots);
}

/* NULL for a number that no slot has. */
static const struct panel_slot *slot_of_cell(const struct panel_file *file, uint64_t cell)
{
	uint32_t number = (uint32_t)cell - 1;

	return number < PANEL_SLOTS ? &file->slots[number] : NULL;
}

/*
 * Walks from *probe on, to the key (its slot is returned) or to an empty cell (NULL). Acquire pairs with the
 * release in slot_publish(): whoever sees the cell sees the key.
 */
static const struct panel_slot *look(const struct panel_file *file, const struct panel_key *key, uint64_t hash,
				     unsigned *probe)
{
	for (; *probe < PANEL_PROBES; ++*probe) {
		uint64_t cell = atomic_load_explicit(&file->index[cell_of(hash, *probe)], memory_order_acquire);
		const struct panel_slot *slot;

		if (cell == 0)
			return NULL;
		if ((cell ^ hash) >> 32 != 0)
			continue;
		slot = slot_of_cell(file, cell);
		if (slot != NULL && memcmp(&slot->key, key, sizeof(*key)) == 0)
			return slot;
	}
	return NULL;
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

/* Dying before the bit is cleared costs the slot. */
void slot_give_back(struct panel_file *file, struct panel_slot *slot)
{
	size_t number = number_of(file, slot);

	atomic_store_explicit(&slot->status, 0, memory_order_relaxed);
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

/* All words of counts are 0 in a slot that was never published, and 0 is a closed breaker. */
void slot_fill(struct panel_slot *slot, const struct panel_key *key, const struct panel_identity *identity)
{
	slot->key = *key;
	slot->policy = *identity->policy;
	slot_copy_text(slot->destination, sizeof(slot->destination), identity->destination, SIZE_MAX);
	slot_copy_text(slot->rule, sizeof(slot->rule), identity->rule, SIZE_MAX);
}

/*
 * Status before cell: its release is part of the cell's, so that slot_in_use() finds it. A loser's
 * acquire pairs with the winner's release.
 */
static bool put_in_cell(struct panel_file *file, struct panel_slot *slot, uint64_t hash, size_t at)
{
	uint64_t empty = 0;

	atomic_store_explicit(&slot->status, at + 1, memory_order_relaxed);
	return atomic_compare_exchange_strong_explicit(&file->index[at], &empty,
						       cell_value(hash, number_of(file, slot)), memory_order_acq_rel,
						       memory_order_acquire);
}

struct panel_slot *slot_publish(struct panel_file *file, struct panel_slot *slot)
{
	struct panel_key key = slot->key;
	uint64_t hash = slot_hash(&key);
	unsigned probe = 0;

	while (probe < PANEL_PROBES) {
		const struct panel_slot *found = look(file, &key, hash, &probe);

		if (found == NULL && probe < PANEL_PROBES && put_in_cell(file, slot, hash, cell_of(hash, probe)))
			return slot;
		if (found != NULL) {
			slot_give_back(file, slot);
			return (struct panel_slot *)found;
		}
	}
	slot_give_back(file, slot);
	return NULL;
}

/* Acquire pairs with the release in put_in_cell(). The status of a slot being made may be any number of a cell. */
bool slot_in_use(const struct panel_file *file, const struct panel_slot *slot)
{
	uint64_t at = atomic_load_explicit(&slot->status, memory_order_relaxed) - 1;

	return at < PANEL_INDEX &&
	       slot_of_cell(file, atomic_load_explicit(&file->index[at], memory_order_acquire)) == slot;
}

struct panel_slot *panel_peek(const struct panel *panel, struct panel_key *key)
{
	unsigned probe = 0;

	if (panel->file == NULL)
		return NULL;
	key->netns = atomic_load_explicit(&panel->netns, memory_order_relaxed);
	return (struct panel_slot *)look(panel->file, key, slot_hash(key), &probe);
}

struct panel_slot *panel_find(struct panel *panel, struct panel_key *key, const struct panel_identity *identity)
{
	struct panel_slot *slot = panel_peek(panel, key);

	if (slot != NULL || panel->file == NULL)
		return slot;
	slot = slot_claim(panel->file);
	if (slot != NULL) {
		slot_fill(slot, key, identity);
		slot = slot_publish(panel->file, slot);
	}
	if (slot == NULL)
		atomic_fetch_add_explicit(&panel->file->header.unprotected, 1, memory_order_relaxed);
	return slot;
}
