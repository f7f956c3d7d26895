/* SPDX-License-Identifier: MIT */
/*
 * ordering.c - what happened, in the order of time: a heap.
 */
#include "cli/ordering.h"

#include <stdlib.h>

enum { ROOM_AT_FIRST = 1024 };

static bool is_earlier(const struct happening *a, const struct happening *b)
{
	return a->time != b->time ? a->time < b->time : a->number < b->number;
}

static bool make_room(struct ordering *ordering)
{
	size_t room = ordering->room > 0 ? 2 * ordering->room : ROOM_AT_FIRST;
	struct happening *heap;

	if (ordering->count < ordering->room)
		return true;
	heap = realloc(ordering->heap, room * sizeof(*heap));
	if (heap == NULL)
		return false;
	ordering->heap = heap;
	ordering->room = room;
	return true;
}

bool ordering_add(struct ordering *ordering, const struct happening *happening)
{
	struct happening added = *happening;
	size_t at = ordering->count;

	if (!make_room(ordering))
		return false;
	added.number = ordering->numbers++;
	ordering->count++;
	for (; at > 0 && is_earlier(&added, &ordering->heap[(at - 1) / 2]); at = (at - 1) / 2)
		ordering->heap[at] = ordering->heap[(at - 1) / 2];
	ordering->heap[at] = added;
	return true;
}

static void take_first(struct ordering *ordering)
{
	const struct happening *last = &ordering->heap[--ordering->count];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < ordering->count) {
		if (child + 1 < ordering->count && is_earlier(&ordering->heap[child + 1], &ordering->heap[child]))
			child++;
		if (!is_earlier(&ordering->heap[child], last))
			break;
		ordering->heap[at] = ordering->heap[child];
		at = child;
	}
	ordering->heap[at] = *last;
}

bool ordering_take(struct ordering *ordering, uint64_t until, struct happening *happening)
{
	if (ordering->count == 0 || ordering->heap[0].time > until)
		return false;
	*happening = ordering->heap[0];
	take_first(ordering);
	return true;
}

void ordering_release(struct ordering *ordering)
{
	free(ordering->heap);
	*ordering = ORDERING_EMPTY;
}
