/* SPDX-License-Identifier: MIT */
/*
 * index.c - which of many patterns is the first that matches a destination.
 *
 * Every step knows the lowest rule found so far, and skips what cannot be lower. Read-only, pure.
 */
#include "rules/index.h"

#include "rules/glob.h"
#include "rules/key.h"
#include "rules/rules.h"

static uint32_t lower_of(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static const struct key *find_name(const struct index *index, uint64_t letters, enum key_kind kind, const char *name,
				   size_t length)
{
	uint64_t hash;
	uint32_t tag;

	if (length < 256 && (index->lengths[kind][length / 64] >> length % 64 & 1) == 0)
		return NULL;
	hash = key_hash_name(letters, kind);
	tag = (uint32_t)(hash >> 32);
	for (uint32_t at = (uint32_t)hash & index->mask;; at = (at + 1) & index->mask) {
		const struct cell *cell = &index->cells[at];

		if (cell->key == 0)
			return NULL;
		if (cell->tag == tag && key_is_name(&index->keys[cell->key - 1], kind, name, length))
			return &index->keys[cell->key - 1];
	}
}

/* The last rung that does not begin behind the address; NULL if there is none. */
static const struct key *find_rung(const struct index *index, const struct ladder *ladder, uint64_t high, uint64_t low)
{
	const struct rung *at = ladder->rungs;
	uint32_t count = ladder->count;

	while (count > 1) {
		uint32_t half = count / 2;
		bool behind = at[half].high > high || (at[half].high == high && at[half].low > low);

		at += behind ? 0 : half;
		count -= half;
	}
	if (count == 0 || at->high > high || (at->high == high && at->low > low))
		return NULL;
	return &index->keys[ladder->keys[at - ladder->rungs] - 1];
}

static uint32_t match_address(const struct index *index, const struct addr *addr, uint32_t best)
{
	const struct ladder *ladder = addr->family == ADDR_IPV4 ? &index->ipv4 : &index->ipv6;
	uint64_t high = key_be64(addr->bytes);
	uint64_t low = key_be64(addr->bytes + 8);
	const struct key *key = find_rung(index, ladder, high, low);

	while (key != NULL && key->around_lowest < best) {
		bool scope_fits = key->address.scope == 0 || key->address.scope == addr->scope;

		if (key->span.lowest < best && scope_fits && key_contains(&key->address, high, low))
			best = lower_of(best, span_find(&key->span, addr->port));
		key = key->around != 0 ? &index->keys[key->around - 1] : NULL;
	}
	return best;
}

static uint32_t rule_of(const struct span *span, int port)
{
	return port == RULES_ANY_PORT ? span->lowest : span_find(span, (uint16_t)port);
}

/* A list of globs, the one with the lowest rule first. */
static uint32_t match_globs(const struct index *index, uint32_t list, int port, const char *name, size_t length,
			    uint32_t best)
{
	while (list != 0) {
		const struct key *key = &index->keys[list - 1];
		uint32_t rule;

		if (key->span.lowest >= best)
			break;
		rule = rule_of(&key->span, port);
		if (rule < best && glob_match(key->text, key->length, name, length))
			best = rule;
		list = key->next;
	}
	return best;
}

static uint32_t match_name(const struct index *index, int port, const char *name, size_t length, uint32_t best)
{
	uint64_t letters = KEY_NAME_START;
	const struct key *key;

	for (size_t i = length; i-- > 0;) {
		if (name[i] == '.') {
			key = find_name(index, letters, KEY_TAIL, name + i + 1, length - i - 1);
			if (key != NULL) {
				best = lower_of(best, rule_of(&key->span, port));
				best = match_globs(index, key->globs, port, name, length, best);
			}
		}
		letters = key_hash_letter(letters, key_lower(name[i]));
	}
	key = find_name(index, letters, KEY_NAME, name, length);
	if (key != NULL)
		best = lower_of(best, rule_of(&key->span, port));
	return match_globs(index, index->globs, port, name, length, best);
}

static uint32_t match_name_if_any(const struct index *index, int port, const char *name, size_t length, uint32_t best)
{
	if (!index->has_names || name == NULL)
		return best;
	if (length > 0 && name[length - 1] == '.')
		length--;
	return length > 0 ? match_name(index, port, name, length, best) : best;
}

uint32_t index_match(const struct index *index, const struct addr *addr, const char *name, size_t length)
{
	uint32_t best = span_find(&index->any, addr->port);

	if (addr->family != ADDR_NONE)
		best = match_address(index, addr, best);
	return match_name_if_any(index, addr->port, name, length, best);
}

uint32_t index_match_name(const struct index *index, int port, const char *name, size_t length)
{
	return match_name_if_any(index, port, name, length, rule_of(&index->any, port));
}
