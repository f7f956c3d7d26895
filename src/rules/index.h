/* SPDX-License-Identifier: MIT */
/*
 * index.h - which of many patterns is the first that matches a destination.
 *
 * Built once; matching is read-only, pure, and safe everywhere.
 */
#ifndef CUTOUT_RULES_INDEX_H
#define CUTOUT_RULES_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/arena.h"
#include "rules/pattern.h"
#include "rules/span.h"

struct index; /* opaque */

/* The patterns of that protocol; a pattern's place in the array is its rule's number. NULL without memory. */
const struct index *index_build(struct arena *arena, const struct pattern *patterns, size_t count,
				enum addr_protocol protocol);

/* The lowest number of a pattern that matches; SPAN_NONE if none does. `name` may be NULL. */
uint32_t index_match(const struct index *index, const struct addr *addr, const char *name, size_t length);

/* The same where no address is known, and perhaps no port (RULES_ANY_PORT). */
uint32_t index_match_name(const struct index *index, int port, const char *name, size_t length);

#endif
