/* SPDX-License-Identifier: MIT */
/*
 * arena.c - memory that is taken once, at start, and given back all together or never.
 *
 * Chunks double from 64 KiB to 1 MiB: pages that are never touched cost nothing, and ten thousand
 * rules take few system calls. One thread at a time.
 */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { ARENA_ALIGN = 16, ARENA_CHUNK_MIN = 64 * 1024, ARENA_CHUNK_MAX = 1024 * 1024 };

/* At the head of each mapping. */
struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of the mapping, this head included */
} __attribute__((aligned(ARENA_ALIGN)));

/* Whole chunks, so that what a big request leaves over serves the small ones behind it. */
static size_t chunk_size(const struct arena *arena, size_t size)
{
	size_t chunk = arena->chunks != NULL ? 2 * arena->chunks->size : ARENA_CHUNK_MIN;

	if (chunk > ARENA_CHUNK_MAX)
		chunk = ARENA_CHUNK_MAX;
	size += sizeof(struct arena_chunk);
	return (size + chunk - 1) / chunk * chunk;
}

static int add_chunk(struct arena *arena, size_t size)
{
	size_t mapped = chunk_size(arena, size);
	struct arena_chunk *chunk =
		mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (chunk == MAP_FAILED)
		return -1;
	chunk->next = arena->chunks;
	chunk->size = mapped;
	arena->chunks = chunk;
	arena->at = (char *)(chunk + 1);
	arena->end = (char *)chunk + mapped;
	return 0;
}

void *arena_take(struct arena *arena, size_t size)
{
	void *taken;

	if (size > SIZE_MAX / 4)
		return NULL;
	size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (size > (size_t)(arena->end - arena->at) || arena->at == NULL)
		if (add_chunk(arena, size) != 0)
			return NULL;
	taken = arena->at;
	arena->at += size;
	return taken;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = length < SIZE_MAX ? arena_take(arena, length + 1) : NULL;

	if (copy != NULL && length > 0)
		memcpy(copy, text, length);
	return copy;
}

void arena_release(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks;

	while (chunk != NULL) {
		struct arena_chunk *next = chunk->next;

		munmap(chunk, chunk->size);
		chunk = next;
	}
	*arena = (struct arena)ARENA_EMPTY;
}
