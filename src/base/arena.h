/* SPDX-License-Identifier: MIT */
/*
 * arena.h - memory that is taken once, at start, and given back all together or never.
 *
 * Straight from mmap(): the interposer must not call malloc while allocators that are preloaded
 * beside it may not be ready. One thread at a time; not for signal handlers. Memory is zeroed
 * and aligned to 16 bytes.
 */
#ifndef CUTOUT_BASE_ARENA_H
#define CUTOUT_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
	char *at;
	char *end;
};

#define ARENA_EMPTY { NULL, NULL, NULL }

/*
 * Begins with a buffer of the caller's, an array of zeros aligned to 16 bytes: a little text then takes no
 * system call.
 */
#define ARENA_ON(buffer) { NULL, (buffer), (buffer) + sizeof(buffer) }

/* NULL when the system gives no memory. */
void *arena_take(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *text, size_t length); /* NUL-terminated */
void arena_release(struct arena *arena);

#endif
