/* SPDX-License-Identifier: MIT */
/*
 * pattern.h - which destinations a rule is for.
 */
#ifndef CUTOUT_RULES_PATTERN_H
#define CUTOUT_RULES_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/arena.h"
#include "rules/report.h"

enum pattern_kind {
	PATTERN_ANY,     /* "*" */
	PATTERN_ADDRESS, /* addr and bits; a single address has all of its bits */
	PATTERN_NAME,    /* a host's name */
	PATTERN_GLOB,    /* a host's name with * or ?; a path, with or without */
};

struct port_range {
	uint16_t first;
	uint16_t last;
};

struct pattern {
	enum addr_protocol protocol;
	enum pattern_kind kind;
	struct addr addr; /* without port; bits beyond the prefix are 0; scope 0 matches every scope */
	unsigned bits;
	const char *name; /* in lower case, without a dot at the end; a path is as it was written */
	size_t length;
	const struct port_range *ports; /* in the order of the text */
	size_t port_count;
};

/* Complains and returns false if the word is no pattern. What the pattern points to is in the arena. */
bool pattern_parse(struct pattern *pattern, const struct word *word, struct arena *arena, struct report *report);

#endif
