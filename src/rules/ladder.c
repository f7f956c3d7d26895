/* SPDX-License-Identifier: MIT */
/*
 * ladder.c - puts the address keys of an index in order, and finds out which of them are around which.
 *
 * Sorted by hand: qsort() may call malloc().
 */
#include "rules/ladder.h"

/* A prefix comes behind those around it; of equal ones, with several scopes, either may be around the other. */
static bool is_behind(const struct key_address *a, const struct key_address *b)
{
	if (a->high != b->high)
		return a->high > b->high;
	if (a->low != b->low)
		return a->low > b->low;
	return a->bits > b->bits;
}

/* A merge sort of key numbers, which leaves alone what is in order already. */
static void sort(const struct index *index, uint32_t *keys, uint32_t count, uint32_t *scratch)
{
	uint32_t half = count / 2;
	uint32_t left = 0, right = half, at = 0;

	if (count < 2)
		return;
	sort(index, keys, half, scratch);
	sort(index, keys + half, count - half, scratch);
	if (!is_behind(&index->keys[keys[half - 1] - 1].address, &index->keys[keys[half] - 1].address))
		return;
	memcpy(scratch, keys, half * sizeof(*keys));
	while (left < half && right < count) {
		bool take_right = is_behind(&index->keys[scratch[left] - 1].address,
					    &index->keys[keys[right] - 1].address);

		keys[at++] = take_right ? keys[right++] : scratch[left++];
	}
	memcpy(keys + at, scratch + left, (half - left) * sizeof(*keys));
}

/* In order, what is around a key is the key before it, or is around that one. */
static void climb(const struct index *index, const struct ladder *ladder)
{
	uint32_t before = 0;

	for (uint32_t i = 0; i < ladder->count; i++) {
		struct key *key = &index->keys[ladder->keys[i] - 1];

		while (before != 0 &&
		       !key_contains(&index->keys[before - 1].address, key->address.high, key->address.low))
			before = index->keys[before - 1].around;
		key->around = before;
		key->around_lowest = key->span.lowest;
		if (before != 0 && index->keys[before - 1].around_lowest < key->around_lowest)
			key->around_lowest = index->keys[before - 1].around_lowest;
		ladder->rungs[i] = (struct rung){ key->address.high, key->address.low };
		before = ladder->keys[i];
	}
}

static bool build(struct index *index, struct ladder *ladder, uint8_t family, uint32_t keys, struct arena *arena,
		  struct arena *scratch)
{
	uint32_t *spare = arena_take(scratch, keys * sizeof(*spare));
	uint32_t count = 0;

	for (uint32_t i = 0; i < keys; i++)
		count += index->keys[i].kind == KEY_ADDRESS && index->keys[i].address.family == family;
	ladder->rungs = arena_take(arena, count * sizeof(*ladder->rungs));
	ladder->keys = arena_take(arena, count * sizeof(*ladder->keys));
	if (spare == NULL || ladder->rungs == NULL || ladder->keys == NULL)
		return false;
	for (uint32_t i = 0; i < keys; i++)
		if (index->keys[i].kind == KEY_ADDRESS && index->keys[i].address.family == family)
			ladder->keys[ladder->count++] = i + 1;
	sort(index, ladder->keys, ladder->count, spare);
	climb(index, ladder);
	return true;
}

bool ladder_build(struct index *index, uint32_t keys, struct arena *arena, struct arena *scratch)
{
	return build(index, &index->ipv4, ADDR_IPV4, keys, arena, scratch) &&
	       build(index, &index->ipv6, ADDR_IPV6, keys, arena, scratch);
}
