/* SPDX-License-Identifier: MIT */
/*
 * identity.c - who a slot is, read and written as words. The protocol is in identity.h.
 *
 * Any thread, signal handler or child; no system call, no lock, no allocation, no errno.
 */
#include "panel/identity.h"

#include <assert.h>
#include <stddef.h>

static_assert(sizeof(struct identity) == offsetof(struct panel_slot, marks), "the part before the marks");
static_assert(offsetof(struct identity, policy) == offsetof(struct panel_slot, policy), "the same fields");
static_assert(sizeof(struct identity) % 8 == 0 && offsetof(struct identity, policy) % 8 == 0, "whole words");

void identity_write(struct panel_slot *slot, const struct identity *identity)
{
	identity_word *words = (identity_word *)slot;

	for (size_t i = 0; i < sizeof(*identity) / 8; i++) {
		uint64_t word;

		memcpy(&word, (const char *)identity + 8 * i, 8);
		atomic_store_explicit(&words[i], word, memory_order_release);
	}
}

static void read_words(const struct panel_slot *slot, size_t offset, size_t size, void *to)
{
	const identity_word *words = (const identity_word *)slot + offset / 8;

	for (size_t i = 0; i < size / 8; i++) {
		uint64_t word = atomic_load_explicit(&words[i], memory_order_acquire);

		memcpy((char *)to + 8 * i, &word, 8);
	}
}

void identity_read(const struct panel_slot *slot, struct identity *identity)
{
	read_words(slot, 0, sizeof(*identity), identity);
}

void identity_read_key(const struct panel_slot *slot, struct panel_key *key)
{
	read_words(slot, offsetof(struct panel_slot, key), sizeof(*key), key);
}

void identity_read_policy(const struct panel_slot *slot, struct breaker_policy *policy)
{
	read_words(slot, offsetof(struct panel_slot, policy), sizeof(*policy), policy);
}
