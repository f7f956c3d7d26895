/* SPDX-License-Identifier: MIT */
/*
 * find.c - which slot has the key: looked up, published, withdrawn. The protocol is in slot.h.
 *
 * Any thread, signal handler or child; no system call, no lock, no allocation, no errno.
 */
#include <string.h>

#include "base/hash.h"
#include "base/hot.h"
#include "panel/bucket.h"
#include "panel/evict.h"
#include "panel/identity.h"
#include "panel/report.h"
#include "panel/slot.h"

static_assert(offsetof(struct panel_key, scope) == 40 && offsetof(struct panel_key, spare) == 48, "what is hashed");

/* The fields of one word as it lies in memory (of a machine of the usual order). */
static uint64_t tail_of(const struct panel_key *key)
{
	return (uint64_t)key->scope | (uint64_t)key->port << 32 | (uint64_t)key->family << 48 | (uint64_t)key->protocol << 56;
}

/* Folded before it is multiplied: see below. */
static uint64_t stir(uint64_t word, uint64_t factor)
{
	return (word ^ word >> 32) * factor;
}

/*
 * Part of the layout. As hash_words(), but without a chain of multiplications through all words: this
 * is most of what finding a breaker costs. Each word is folded before it is multiplied: else differences
 * in the top bytes of two words (subnet and host of an IPv6 address) would often cancel each other out. No copy is made
 * of the key: it has just been written, field by field, and wide loads would wait until all of that has reached the cache.
 */
HOT uint64_t slot_hash(const struct panel_key *key)
{
	uint64_t address[2];

	memcpy(address, key->address, sizeof(address));
	return hash_mix(stir(key->policy, UINT64_C(0x9e3779b97f4a7c15)) + stir(key->netns, UINT64_C(0xd6e8feb86659fd93)) +
			stir(key->subject, UINT64_C(0xa0761d6478bd642f)) + stir(address[0], UINT64_C(0xe7037ed1a0b428db)) +
			stir(address[1], UINT64_C(0x8ebc6af09c88c6e3)) + stir(tail_of(key), UINT64_C(0x589965cc75374cc3)));
}

static size_t bucket_of(uint64_t hash)
{
	return hash & (PANEL_INDEX - 1);
}

/* The slot in that place of a bucket; NULL: none. */
static struct panel_slot *slot_at(const struct panel_file *file, uint64_t bucket, unsigned place)
{
	uint32_t slot = bucket_slot(bucket, place);

	return slot != 0 ? (struct panel_slot *)&file->slots[slot - 1] : NULL;
}

/* As a place of a bucket has it. */
static uint32_t number_of(const struct panel_file *file, const struct panel_slot *slot)
{
	return (uint32_t)(slot - file->slots) + 1;
}

static uint64_t load_bucket(const struct panel_file *file, size_t at)
{
	/* Pairs with the release of whoever put a slot there, or took it out. */
	return atomic_load_explicit(&file->index[at], memory_order_acquire);
}

/* Release: a slot's fields come before its number. Acquire: what the former user of a slot wrote is behind us. */
static bool swap_bucket(struct panel_file *file, size_t at, uint64_t seen, uint64_t next)
{
	return atomic_compare_exchange_strong_explicit(&file->index[at], &seen, next, memory_order_acq_rel,
						       memory_order_relaxed);
}

/* The tenant of a slot, if it is the key's: identity.h says why the status is looked at twice. */
static bool is_seat_of(struct panel_slot *slot, const struct panel_key *key, size_t at, struct panel_seat *seat)
{
	*seat = (struct panel_seat){ slot, atomic_load_explicit(&slot->status, memory_order_acquire) };
	return slot_bucket(seat->status) == at + 1 && identity_has_key(slot, key) &&
	       !slot_is_gone(seat, atomic_load_explicit(&slot->word, memory_order_relaxed));
}

static struct panel_seat look(const struct panel_file *file, const struct panel_key *key, size_t at, uint64_t bucket)
{
	struct panel_seat seat;

	for (unsigned place = 0; place < BUCKET_PLACES; place++) {
		struct panel_slot *slot = slot_at(file, bucket, place);

		if (slot != NULL && is_seat_of(slot, key, at, &seat))
			return seat;
	}
	return (struct panel_seat){ .slot = NULL };
}

/*
 * The word is looked at after the bucket, and the bucket's swap proves that the slot was in it all the time: had it
 * been withdrawn by another and published again before we looked, its word would not be this one any more.
 */
static bool is_leaving_there(const struct panel_file *file, const struct panel_slot *slot, uint64_t bucket,
			     uint64_t word)
{
	return bucket_find(bucket, number_of(file, slot)) < BUCKET_PLACES &&
	       atomic_load_explicit(&slot->word, memory_order_acquire) == word;
}

bool slot_withdraw(struct panel_file *file, struct panel_slot *slot, uint64_t word)
{
	size_t at = slot_bucket(atomic_load_explicit(&slot->status, memory_order_relaxed)) - 1;

	if (at >= PANEL_INDEX)
		return false;
	for (unsigned i = 0; i < PANEL_TRIES; i++) {
		uint64_t bucket = load_bucket(file, at);

		if (!is_leaving_there(file, slot, bucket, word))
			return false;
		if (swap_bucket(file, at, bucket, bucket_put(bucket, bucket_find(bucket, number_of(file, slot)), 0)))
			return true;
	}
	return false;
}

/* Puts the slot into a free place, or into that of one that leaves. False: the bucket has changed, or is full. */
static bool take_place(struct panel_file *file, struct panel_slot *slot, size_t at, uint64_t bucket, uint64_t now,
		       bool *full)
{
	unsigned place = bucket_find(bucket, 0);
	uint32_t number = number_of(file, slot);

	*full = false;
	if (place < BUCKET_PLACES)
		return swap_bucket(file, at, bucket, bucket_put(bucket, place, number));
	for (place = 0; place < BUCKET_PLACES; place++) {
		struct panel_slot *other = slot_at(file, bucket, place);
		uint64_t word, used;

		if (other == NULL || !evict_is_idle(other, now, &word, &used) || !slot_leave(other, &word))
			continue;
		if (!is_leaving_there(file, other, bucket, word) ||
		    !swap_bucket(file, at, bucket, bucket_put(bucket, place, number)))
			return false;
		slot_give_back(file, other);
		atomic_fetch_add_explicit(&file->header.evictions, 1, memory_order_relaxed);
		return true;
	}
	*full = true;
	return false;
}

struct panel_seat slot_publish(struct panel_file *file, struct panel_slot *slot, uint64_t now)
{
	uint32_t generation = word_generation(atomic_load_explicit(&slot->word, memory_order_relaxed));
	struct panel_seat none = { .slot = NULL };
	struct panel_key key;
	bool full = false;
	size_t at;

	identity_read_key(slot, &key);
	at = bucket_of(slot_hash(&key));
	/* Its release is the bucket's swap. */
	atomic_store_explicit(&slot->status, slot_status(generation, at + 1), memory_order_relaxed);
	for (unsigned i = 0; i < PANEL_TRIES && !full; i++) {
		uint64_t bucket = load_bucket(file, at);
		struct panel_seat found = look(file, &key, at, bucket);

		if (found.slot == NULL && take_place(file, slot, at, bucket, now, &full))
			return (struct panel_seat){ slot, slot_status(generation, at + 1) };
		if (found.slot != NULL) {
			slot_give_back(file, slot);
			return found;
		}
	}
	slot_give_back(file, slot);
	return none;
}

/* The status of a slot being made may be any number of a bucket. */
bool slot_in_use(const struct panel_file *file, const struct panel_slot *slot)
{
	uint64_t at = slot_bucket(atomic_load_explicit(&slot->status, memory_order_relaxed)) - 1;

	return at < PANEL_INDEX && bucket_find(load_bucket(file, at), number_of(file, slot)) < BUCKET_PLACES;
}

struct panel_seat panel_peek(const struct panel *panel, struct panel_key *key)
{
	size_t at;

	if (panel->file == NULL)
		return (struct panel_seat){ .slot = NULL };
	key->netns = atomic_load_explicit(&panel->netns, memory_order_relaxed);
	at = bucket_of(slot_hash(key));
	return look(panel->file, key, at, load_bucket(panel->file, at));
}

HOT struct panel_seat panel_find(struct panel *panel, struct panel_key *key, const struct panel_identity *identity,
			     uint64_t now)
{
	struct panel_seat seat = panel_peek(panel, key);
	struct panel_slot *slot;

	if (seat.slot != NULL || panel->file == NULL)
		return seat;
	slot = slot_claim(panel->file);
	if (slot == NULL)
		slot = evict(panel->file, now);
	if (slot != NULL) {
		slot_fill(slot, key, identity, now);
		seat = slot_publish(panel->file, slot, now);
	}
	if (seat.slot == NULL)
		atomic_fetch_add_explicit(&panel->file->header.unprotected, 1, memory_order_relaxed);
	return seat;
}
