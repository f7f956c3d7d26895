/* SPDX-License-Identifier: MIT */
/*
 * path.h - the path of a Unix-domain socket: "/run/db.sock", "/run/app-*.sock", "@name" for an abstract one.
 *
 * Paths are compared letter by letter, in their case, as the program gives them to the kernel; "*" passes slashes.
 * There are few such rules: they are tried one after the other. Matching is pure, and safe everywhere.
 */
#ifndef CUTOUT_RULES_PATH_H
#define CUTOUT_RULES_PATH_H

#include "rules/pattern.h"

/* What stands behind "unix:". Complains and returns false if it is no path. */
bool path_parse(struct pattern *pattern, const struct word *path, struct arena *arena, struct report *report);

/* One rule's path, and the next one. */
struct path_rule {
	const char *glob;
	size_t length;
	uint32_t rule;
	const struct path_rule *next;
};

/* Those of the patterns, in their order; NULL without any, or without memory (*failed). */
const struct path_rule *path_build(struct arena *arena, const struct pattern *patterns, size_t count, bool *failed);

/* The number of the first that matches; SPAN_NONE if none does. */
uint32_t path_match(const struct path_rule *first, const char *path, size_t length);

#endif
