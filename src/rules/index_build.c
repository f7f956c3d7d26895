/* SPDX-License-Identifier: MIT */
/*
 * index_build.c - makes an index from patterns, in time that grows with their number.
 *
 * First every pattern gets its key and every range of ports its entry; then the entries are sorted by
 * key, which keeps them in the order of their rules, and flattened key by key. What only the building
 * needs is in an arena of its own.
 */
#include "rules/index.h"

#include <stdalign.h>

#include "rules/glob.h"
#include "rules/key.h"
#include "rules/ladder.h"

struct entry {
	uint32_t key; /* number + 1; 0: "*" */
	struct segment range;
};

struct builder {
	struct arena *arena;  /* of the index */
	struct arena scratch; /* of the building */
	struct index *index;
	uint32_t keys;
	struct entry *entries;
	size_t entry_count;
};

/* Upper bounds: a glob may have a key of its own and its tail's. */
static void count_room(const struct pattern *patterns, size_t count, enum addr_protocol protocol, size_t *keys,
		       size_t *entries)
{
	*keys = 0;
	*entries = 0;
	for (size_t i = 0; i < count; i++) {
		if (patterns[i].protocol != protocol)
			continue;
		*keys += patterns[i].kind == PATTERN_GLOB ? 2 : patterns[i].kind != PATTERN_ANY;
		*entries += patterns[i].port_count;
	}
}

static bool take_room(struct builder *builder, size_t keys, size_t entries)
{
	struct index *index = arena_take(builder->arena, sizeof(*index));
	size_t cells = 1;

	while (cells < 2 * keys)
		cells *= 2;
	builder->index = index;
	builder->entries = arena_take(&builder->scratch, entries * sizeof(*builder->entries));
	if (index == NULL || builder->entries == NULL)
		return false;
	index->mask = (uint32_t)cells - 1;
	index->keys = arena_take(builder->arena, keys * sizeof(*index->keys));
	index->cells = arena_take(builder->arena, cells * sizeof(*index->cells));
	return index->keys != NULL && index->cells != NULL;
}

static bool same_key(const struct key *a, const struct key *b)
{
	if (a->kind == KEY_ADDRESS)
		return key_is_address(b, &a->address);
	return key_is_name(b, (enum key_kind)a->kind, a->text, a->length);
}

static uint64_t hash_key(const struct key *key)
{
	uint64_t letters = KEY_NAME_START;

	if (key->kind == KEY_ADDRESS)
		return key_hash_address(&key->address);
	for (uint32_t i = key->length; i-- > 0;)
		letters = key_hash_letter(letters, key->text[i]);
	return key_hash_name(letters, (enum key_kind)key->kind);
}

/* The number + 1 of the key like this one, which is added if there is none yet; *added says so. */
static uint32_t intern(struct builder *builder, const struct key *wanted, bool *added)
{
	struct index *index = builder->index;
	uint64_t hash = hash_key(wanted);
	uint32_t tag = (uint32_t)(hash >> 32);
	uint32_t at = (uint32_t)hash & index->mask;

	for (; index->cells[at].key != 0; at = (at + 1) & index->mask)
		if (index->cells[at].tag == tag && same_key(wanted, &index->keys[index->cells[at].key - 1])) {
			*added = false;
			return index->cells[at].key;
		}
	index->keys[builder->keys] = *wanted;
	index->keys[builder->keys].span.lowest = SPAN_NONE;
	index->cells[at] = (struct cell){ tag, ++builder->keys };
	*added = true;
	return builder->keys;
}

static uint32_t address_key(struct builder *builder, const struct pattern *pattern)
{
	struct key key = { .kind = KEY_ADDRESS };
	bool added;

	key.address = (struct key_address){
		.high = key_be64(pattern->addr.bytes),
		.low = key_be64(pattern->addr.bytes + 8),
		.scope = pattern->addr.scope,
		.family = pattern->addr.family,
		.bits = (uint8_t)pattern->bits,
	};
	return intern(builder, &key, &added);
}

static uint32_t text_key(struct builder *builder, enum key_kind kind, const char *text, size_t length, bool *added)
{
	struct key key = { .kind = kind };

	key.text = text;
	key.length = (uint32_t)length;
	builder->index->has_names = true;
	if (kind <= KEY_TAIL && length < 256)
		builder->index->lengths[kind][length / 64] |= UINT64_C(1) << length % 64;
	return intern(builder, &key, added);
}

/* "*.example.com" is its tail's key; every other glob has one of its own, in the list of its tail or of the index. */
static uint32_t glob_key(struct builder *builder, const struct pattern *pattern)
{
	struct index *index = builder->index;
	size_t tail = glob_tail(pattern->name, pattern->length);
	uint32_t tail_key = 0;
	uint32_t number;
	uint32_t *list = &index->globs;
	uint32_t *last = &index->last_glob;
	bool added;

	if (tail < pattern->length) {
		tail_key = text_key(builder, KEY_TAIL, pattern->name + tail, pattern->length - tail, &added);
		if (tail == 2 && pattern->name[0] == '*')
			return tail_key;
		list = &index->keys[tail_key - 1].globs;
		last = &index->keys[tail_key - 1].last;
	}
	number = text_key(builder, KEY_GLOB, pattern->name, pattern->length, &added);
	if (!added)
		return number;
	if (*last != 0)
		index->keys[*last - 1].next = number;
	else
		*list = number;
	*last = number;
	return number;
}

static uint32_t pattern_key(struct builder *builder, const struct pattern *pattern)
{
	bool added;

	switch (pattern->kind) {
	case PATTERN_ADDRESS:
		return address_key(builder, pattern);
	case PATTERN_NAME:
		return text_key(builder, KEY_NAME, pattern->name, pattern->length, &added);
	case PATTERN_GLOB:
		return glob_key(builder, pattern);
	default:
		return 0;
	}
}

static struct span *span_of(struct builder *builder, uint32_t key)
{
	return key == 0 ? &builder->index->any : &builder->index->keys[key - 1].span;
}

/* Counts the ranges of each key in its span, for now. */
static void add_entries(struct builder *builder, const struct pattern *pattern, uint32_t rule)
{
	uint32_t key = pattern_key(builder, pattern);
	struct span *span = span_of(builder, key);

	if (span->lowest > rule)
		span->lowest = rule;
	span->count += (uint32_t)pattern->port_count;
	for (size_t i = 0; i < pattern->port_count; i++) {
		const struct port_range *ports = &pattern->ports[i];

		builder->entries[builder->entry_count++] = (struct entry){ key, { ports->first, ports->last, rule } };
	}
}

/* Sorts the entries' ranges by key: `ends[key]` is where the key's ranges end in the result. */
static struct segment *sort_ranges(struct builder *builder, size_t **ends)
{
	size_t *end = arena_take(&builder->scratch, (builder->keys + 1) * sizeof(*end));
	struct segment *sorted = arena_take(&builder->scratch, builder->entry_count * sizeof(*sorted));
	size_t start = 0;

	if (end == NULL || sorted == NULL)
		return NULL;
	for (uint32_t key = 0; key <= builder->keys; key++) {
		end[key] = start;
		start += span_of(builder, key)->count;
	}
	for (size_t i = 0; i < builder->entry_count; i++)
		sorted[end[builder->entries[i].key]++] = builder->entries[i].range;
	*ends = end;
	return sorted;
}

static bool flatten(struct builder *builder)
{
	size_t *ends = NULL;
	struct segment *sorted = sort_ranges(builder, &ends);
	struct segment *flat = arena_take(builder->arena, 2 * builder->entry_count * sizeof(*flat));
	struct segment *scratch = arena_take(&builder->scratch, 2 * builder->entry_count * sizeof(*scratch));

	if (sorted == NULL || flat == NULL || scratch == NULL)
		return false;
	for (uint32_t key = 0; key <= builder->keys; key++) {
		struct span *span = span_of(builder, key);
		size_t count = span->count;

		span->segments = flat;
		span->count = (uint32_t)span_flatten(sorted + ends[key] - count, count, flat, scratch);
		flat += span->count;
	}
	return true;
}

const struct index *index_build(struct arena *arena, const struct pattern *patterns, size_t count,
				enum addr_protocol protocol)
{
	alignas(16) char few[2048] = { 0 };
	struct builder builder = { .arena = arena, .scratch = ARENA_ON(few) };
	const struct index *built = NULL;
	size_t keys, entries;

	count_room(patterns, count, protocol, &keys, &entries);
	if (take_room(&builder, keys, entries)) {
		builder.index->any.lowest = SPAN_NONE;
		for (size_t i = 0; i < count; i++)
			if (patterns[i].protocol == protocol)
				add_entries(&builder, &patterns[i], (uint32_t)i);
		if (flatten(&builder) && ladder_build(builder.index, builder.keys, arena, &builder.scratch))
			built = builder.index;
	}
	arena_release(&builder.scratch);
	return built;
}
