/* SPDX-License-Identifier: MIT */
/*
 * ldcache.c - reads the format that glibc has written since 2.2, alone or behind the older one.
 *
 * Every number in it is checked against the file's length. Which machine an entry is for is not taken from its
 * flags, which every machine numbers for itself: who asks looks at the file.
 */
#include "cli/ldcache.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char old_magic[] = "ld.so-1.7.0";
static const char new_magic[] = "glibc-ld.so.cache1.1";

enum { LENGTH_MAX = 64 << 20, OLD_HEAD = 16, OLD_ENTRY = 12 };

struct head {
	char magic[sizeof(new_magic) - 1];
	uint32_t entries;
	uint32_t texts_length;
	uint8_t flags;
	uint8_t padding[3];
	uint32_t extensions;
	uint32_t unused[3];
};

struct entry {
	int32_t flags;
	uint32_t name;
	uint32_t path;
	uint32_t system;
	uint64_t capabilities;
};

_Static_assert(sizeof(struct head) == 48 && sizeof(struct entry) == 24, "as in the file");

static bool read_whole(struct ldcache *cache, int fd)
{
	struct stat status;
	size_t length;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
	    status.st_size > LENGTH_MAX)
		return false;
	length = (size_t)status.st_size;
	cache->bytes = malloc(length);
	for (cache->length = 0; cache->bytes != NULL && cache->length < length;) {
		ssize_t got = read(fd, cache->bytes + cache->length, length - cache->length);

		if (got <= 0)
			break;
		cache->length += (size_t)got;
	}
	return cache->bytes != NULL;
}

/* The new format begins the file, or follows the old one, aligned. */
static size_t find_start(const struct ldcache *cache)
{
	uint32_t count;

	if (cache->length < OLD_HEAD || memcmp(cache->bytes, old_magic, sizeof(old_magic) - 1) != 0)
		return 0;
	memcpy(&count, cache->bytes + OLD_HEAD - sizeof(count), sizeof(count));
	return (OLD_HEAD + (size_t)count * OLD_ENTRY + 7) / 8 * 8;
}

static bool understand(struct ldcache *cache)
{
	struct head head;

	cache->start = find_start(cache);
	if (cache->start > cache->length || cache->length - cache->start < sizeof(head))
		return false;
	memcpy(&head, cache->bytes + cache->start, sizeof(head));
	cache->entries = head.entries;
	return memcmp(head.magic, new_magic, sizeof(head.magic)) == 0 &&
	       cache->entries <= (cache->length - cache->start - sizeof(head)) / sizeof(struct entry);
}

bool ldcache_read(struct ldcache *cache, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool done;

	*cache = (struct ldcache){ .bytes = NULL };
	if (fd < 0)
		return false;
	done = read_whole(cache, fd) && understand(cache);
	close(fd);
	if (!done)
		ldcache_release(cache);
	return done;
}

static const char *text_at(const struct ldcache *cache, uint32_t offset)
{
	size_t left = cache->length - cache->start;

	if (offset >= left || memchr(cache->bytes + cache->start + offset, '\0', left - offset) == NULL)
		return NULL;
	return cache->bytes + cache->start + offset;
}

const char *ldcache_next(const struct ldcache *cache, const char *name, size_t *at)
{
	while (cache->bytes != NULL && *at < cache->entries) {
		const char *text, *path;
		struct entry entry;

		memcpy(&entry, cache->bytes + cache->start + sizeof(struct head) + *at * sizeof(entry), sizeof(entry));
		++*at;
		text = text_at(cache, entry.name);
		path = text_at(cache, entry.path);
		if (entry.capabilities == 0 && text != NULL && path != NULL && strcmp(text, name) == 0)
			return path;
	}
	return NULL;
}

void ldcache_release(struct ldcache *cache)
{
	free(cache->bytes);
	*cache = (struct ldcache){ .bytes = NULL };
}
