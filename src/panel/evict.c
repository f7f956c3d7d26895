/* SPDX-License-Identifier: MIT */
/*
 * evict.c - which breaker makes room. The protocol is in evict.h and slot.h.
 *
 * Any thread, signal handler or child; no system call, no lock, no allocation, no errno.
 */
#include "panel/evict.h"

#include "base/duration.h"
#include "panel/identity.h"
#include "panel/inflight.h"
#include "panel/mode.h"
#include "panel/slot.h"

enum { SAMPLE = 16, ATTEMPTS = 4 };

#define BARREN   (NSEC_PER_SEC / 10)
#define HELD_FOR (600 * NSEC_PER_SEC)

struct victim {
	struct panel_slot *slot;
	uint64_t word;
	uint64_t used;
};

/* One that its evictor left half way has no destination any more: nothing is older. */
bool evict_is_idle(const struct panel_slot *slot, uint64_t now, uint64_t *word, uint64_t *used)
{
	struct breaker_policy policy;

	/* Pairs with the release of whoever moved it. */
	*word = atomic_load_explicit(&slot->word, memory_order_acquire);
	*used = 0;
	if (slot_word_is_leaving(*word))
		return true;
	if (*word >> WORD_HELD_SHIFT != 0 || panel_slot_mode(slot) != PANEL_MODE_DEFAULT)
		return false;
	*used = atomic_load_explicit(&slot->used, memory_order_relaxed);
	if (panel_connections(slot) != 0 && now < *used + HELD_FOR)
		return false;
	identity_read_policy(slot, &policy);
	return inflight_count(slot, &policy, now) == 0;
}

/* Clock readings of others may be a little ahead of ours: they are as good as now. */
static bool is_older(uint64_t used, const struct victim *than)
{
	return than->slot == NULL || used < than->used;
}

static bool choose(struct panel_file *file, uint64_t now, struct victim *victim)
{
	uint64_t at = atomic_load_explicit(&file->header.hand, memory_order_relaxed) % PANEL_SLOTS;
	unsigned seen = 0, looks = 0;

	victim->slot = NULL;
	for (; looks < PANEL_SLOTS && seen < SAMPLE; looks++) {
		struct panel_slot *slot = &file->slots[(at + looks) % PANEL_SLOTS];
		uint64_t word, used;

		if (!slot_in_use(file, slot) || !evict_is_idle(slot, now, &word, &used))
			continue;
		seen++;
		if (is_older(used, victim))
			*victim = (struct victim){ slot, word, used };
	}
	atomic_store_explicit(&file->header.hand, at + looks, memory_order_relaxed);
	return victim->slot != NULL;
}

static bool is_barren(const struct panel_file *file, uint64_t now)
{
	uint64_t since = atomic_load_explicit(&file->header.barren, memory_order_relaxed);

	return since != 0 && now - since < BARREN;
}

struct panel_slot *evict(struct panel_file *file, uint64_t now)
{
	struct victim victim;

	if (is_barren(file, now))
		return NULL;
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		if (!choose(file, now, &victim)) {
			atomic_store_explicit(&file->header.barren, now, memory_order_relaxed);
			return NULL;
		}
		if (slot_leave(victim.slot, &victim.word) && slot_withdraw(file, victim.slot, victim.word)) {
			atomic_fetch_add_explicit(&file->header.evictions, 1, memory_order_relaxed);
			return victim.slot;
		}
	}
	return NULL;
}
