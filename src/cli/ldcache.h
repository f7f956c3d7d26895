/* SPDX-License-Identifier: MIT */
/*
 * ldcache.h - the loader's cache of libraries, /etc/ld.so.cache.
 */
#ifndef CUTOUT_CLI_LDCACHE_H
#define CUTOUT_CLI_LDCACHE_H

#include <stdbool.h>
#include <stddef.h>

struct ldcache {
	char *bytes; /* NULL: there is none, or it has another format */
	size_t length;
	size_t start;   /* offsets of texts count from here */
	size_t entries;
};

/* False where there is none that can be read; *cache is then empty. */
bool ldcache_read(struct ldcache *cache, const char *path);

/*
 * The next file of a library of that name, from *at on, which begins with 0; NULL behind the last one. Variants
 * for certain processors are passed over.
 */
const char *ldcache_next(const struct ldcache *cache, const char *name, size_t *at);

void ldcache_release(struct ldcache *cache);

#endif
