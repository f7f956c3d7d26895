/* SPDX-License-Identifier: MIT */
/*
 * model.c - the panel that is explored.
 */
#include "model.h"

#include <string.h>

#include "panel/events.h"

struct panel_file model_file;
struct panel model_panel;
struct breaker_policy model_policy;

/* The one in which a slot may be; versions of others are of no matter. */
static void clear_bucket(uint64_t bucket)
{
	if (bucket != 0)
		model_file.index[bucket - 1] = 0;
}

void model_empty(void)
{
	model_panel = (struct panel){ .file = &model_file };
	policy_defaults(&model_policy);
	model_policy.jitter = 0;
	memset(&model_file.header, 0, sizeof(model_file.header));
	for (size_t i = 0; i < MODEL_SLOTS; i++)
		clear_bucket(slot_bucket(model_file.slots[i].status));
	memset(model_file.slots, 0, MODEL_SLOTS * sizeof(model_file.slots[0]));
	memset(model_file.events, 0, 16 * sizeof(model_file.events[0]));
	events_detach(&model_file);
}

void model_shrink(unsigned slots)
{
	memset((void *)model_file.header.claims, 0xff, sizeof(model_file.header.claims));
	model_file.header.claims[0] = UINT64_MAX << slots;
}

struct panel_key model_key(uint64_t subject, uint16_t port)
{
	return (struct panel_key){ .policy = policy_hash(&model_policy), .subject = subject, .port = port };
}

struct panel_seat model_find(uint64_t subject, uint16_t port, uint64_t now)
{
	const struct panel_identity identity = { &model_policy, "db:1", "*" };
	struct panel_key key = model_key(subject, port);

	return panel_find(&model_panel, &key, &identity, now);
}

struct panel_slot *model_peek(uint64_t subject, uint16_t port)
{
	struct panel_key key = model_key(subject, port);

	return panel_peek(&model_panel, &key).slot;
}

unsigned model_claims(void)
{
	return (unsigned)__builtin_popcountll(model_file.header.claims[0] & ((UINT64_C(1) << MODEL_SLOTS) - 1));
}

static bool is_one_of(size_t at, size_t first, size_t size)
{
	return at >= first && at < first + size;
}

static bool is_cleaned(size_t at)
{
	if (at == offsetof(struct panel_slot, ring) || at == offsetof(struct panel_slot, totals) ||
	    at == offsetof(struct panel_slot, marks))
		return false;
	return is_one_of(at, offsetof(struct panel_slot, since), sizeof(struct panel_slot)) ||
	       at == offsetof(struct panel_slot, swept) || at == offsetof(struct panel_slot, answers_swept) || at == offsetof(struct panel_slot, last_error);
}

bool model_is_quiet(const volatile void *word, bool is_store)
{
	size_t offset = (size_t)((const volatile char *)word - (const volatile char *)model_file.slots);
	size_t at = offset % sizeof(struct panel_slot);

	if (is_one_of((size_t)((const volatile char *)word - (const volatile char *)&model_file.header.claims[1]), 0,
		      sizeof(model_file.header.claims) - 8))
		return true;
	if (offset >= sizeof(model_file.slots))
		return false;
	if (offset >= MODEL_SLOTS * sizeof(struct panel_slot))
		return true;
	if (at < offsetof(struct panel_slot, status))
		return at != offsetof(struct panel_slot, key.subject) && at / 8 != offsetof(struct panel_slot, key.port) / 8;
	/* Successes are read by all buckets in a row, and nearly all are in the first one. */
	if (is_one_of(at, offsetof(struct panel_slot, successes[1]), (PANEL_HISTOGRAM - 1) * sizeof(panel_word)))
		return true;
	return is_store && is_cleaned(at);
}
