/* SPDX-License-Identifier: MIT */
/*
 * calls.c - the calls of a trace that are in flight: a list, a hash table and a heap.
 */
#include "cli/calls.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { SLOTS_AT_FIRST = 16, ENDS_AT_FIRST = 4 };

bool calls_init(struct calls *calls, size_t policies)
{
	*calls = (struct calls){ .policies = policies, .slot_count = SLOTS_AT_FIRST, .end_room = ENDS_AT_FIRST };
	calls->slots = calloc(SLOTS_AT_FIRST, sizeof(struct call *));
	calls->ends = calloc(ENDS_AT_FIRST, sizeof(struct call *));
	return calls->slots != NULL && calls->ends != NULL;
}

void calls_release(struct calls *calls)
{
	while (calls->oldest != NULL) {
		struct call *call = calls->oldest;

		calls->oldest = call->newer;
		free(call);
	}
	free(calls->slots);
	free(calls->ends);
	*calls = (struct calls){ 0 };
}

/* --- by ID --- */

static struct call **slot_of(const struct calls *calls, uint64_t hash)
{
	return &calls->slots[hash & (calls->slot_count - 1)];
}

static void chain(struct calls *calls, struct call *call)
{
	struct call **slot = slot_of(calls, call->hash);

	call->next = *slot;
	*slot = call;
}

/* Without memory the chains just become longer. */
static void grow_table(struct calls *calls)
{
	struct call **slots = calloc(2 * calls->slot_count, sizeof(*slots));

	if (slots == NULL)
		return;
	free(calls->slots);
	calls->slots = slots;
	calls->slot_count *= 2;
	for (struct call *call = calls->oldest; call != NULL; call = call->newer)
		if (call->id != NULL)
			chain(calls, call);
}

static void unchain(struct calls *calls, const struct call *call)
{
	struct call **at = slot_of(calls, call->hash);

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
}

struct call *calls_find(const struct calls *calls, const char *id, size_t length)
{
	uint64_t hash = hash_bytes(id, length);
	struct call *call = *slot_of(calls, hash);

	while (call != NULL && (call->hash != hash || strncmp(call->id, id, length) != 0 || call->id[length] != '\0'))
		call = call->next;
	return call;
}

/* --- by age --- */

static struct call *new_call(const struct calls *calls, const char *id, size_t length)
{
	size_t size = sizeof(struct call) + calls->policies * sizeof(struct call_ticket);
	struct call *call = calloc(1, size + (id != NULL ? length + 1 : 0));

	if (call == NULL || id == NULL)
		return call;
	memcpy((char *)call + size, id, length);
	call->id = (char *)call + size;
	call->hash = hash_bytes(id, length);
	return call;
}

struct call *calls_add(struct calls *calls, uint64_t now, const char *id, size_t length)
{
	struct call *call = new_call(calls, id, length);

	if (call == NULL)
		return NULL;
	call->began = now;
	call->number = calls->number++;
	if (id != NULL) {
		if (calls->named++ == calls->slot_count)
			grow_table(calls);
		chain(calls, call);
	}
	call->older = calls->newest;
	*(calls->newest != NULL ? &calls->newest->newer : &calls->oldest) = call;
	calls->newest = call;
	return call;
}

void calls_remove(struct calls *calls, struct call *call)
{
	*(call->older != NULL ? &call->older->newer : &calls->oldest) = call->newer;
	*(call->newer != NULL ? &call->newer->older : &calls->newest) = call->older;
	if (call->id != NULL) {
		unchain(calls, call);
		calls->named--;
	}
	free(call);
}

/* --- by end --- */

static bool ends_before(const struct call *a, const struct call *b)
{
	return a->ends != b->ends ? a->ends < b->ends : a->number < b->number;
}

bool calls_end_at(struct calls *calls, struct call *call, uint64_t time, enum breaker_outcome outcome)
{
	size_t at = calls->end_count;

	if (at == calls->end_room) {
		struct call **ends = realloc(calls->ends, 2 * calls->end_room * sizeof(struct call *));

		if (ends == NULL)
			return false;
		calls->ends = ends;
		calls->end_room *= 2;
	}
	call->ends = time;
	call->outcome = outcome;
	calls->end_count++;
	for (; at > 0 && ends_before(call, calls->ends[(at - 1) / 2]); at = (at - 1) / 2)
		calls->ends[at] = calls->ends[(at - 1) / 2];
	calls->ends[at] = call;
	return true;
}

void calls_take_end(struct calls *calls)
{
	struct call *last = calls->ends[--calls->end_count];
	size_t at = 0;
	size_t child;

	while ((child = 2 * at + 1) < calls->end_count) {
		if (child + 1 < calls->end_count && ends_before(calls->ends[child + 1], calls->ends[child]))
			child++;
		if (!ends_before(calls->ends[child], last))
			break;
		calls->ends[at] = calls->ends[child];
		at = child;
	}
	calls->ends[at] = last;
}
