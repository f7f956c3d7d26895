/* SPDX-License-Identifier: MIT */
/*
 * names.h - which name did this address come from?
 *
 * A bounded, lock-free, process-wide map from an address to the names (up to NAMES_PER_ADDRESS, the
 * latest ones) that it was looked up under, filled by the lookup hooks. Lookup and connect often
 * happen on different threads, and one address of a CDN serves many names.
 *
 * names_init() in the constructor; names_learn() from lookups (not in signal handlers: a lookup is
 * none); names_find() in any thread, signal handler or child. No locks, no waits: a cell that is being
 * written, or was left half-written by a cancelled thread, reads as not there. A forked child has its
 * own copy. errno is kept.
 */
#ifndef CUTOUT_HOOK_NAMES_H
#define CUTOUT_HOOK_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

enum { NAMES_PER_ADDRESS = 4, NAME_MAX_LENGTH = 253 };

struct name {
	uint32_t length;
	char text[NAME_MAX_LENGTH + 1]; /* NUL-terminated, as the program wrote it, without a final dot */
};

struct names_found {
	unsigned count;
	bool own; /* names[0] is what the calling thread itself looked up last */
	struct name names[NAMES_PER_ADDRESS]; /* only the first `count` are set */
};

void names_init(void);

/* True once any name has been learnt: one load. */
bool names_any(void);

/*
 * The calling thread learns the addresses of that name (a lookup returned). `now` (ns): the first of each family is
 * remembered as good, for names_last_good(); 0: it is not, or was before.
 */
void names_learn(const char *name, size_t length, const struct addr *addresses, size_t count, uint64_t now);

/*
 * What that name had when it was last looked up with success, at `since` or later: at most one address of each
 * family, the one that stood first in front. Returns how many. names_learn() and this one overlap as all do.
 */
unsigned names_last_good(const struct name *name, uint64_t since, struct addr addresses[2]);

/* Ports of `addr` are not looked at. */
void names_find(const struct addr *addr, struct names_found *found);

#endif
