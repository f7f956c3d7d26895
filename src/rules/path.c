/* SPDX-License-Identifier: MIT */
/*
 * path.c - the paths of Unix-domain sockets. Pure, but for the arena.
 */
#include "rules/path.h"

#include <string.h>

#include "rules/glob.h"
#include "rules/host.h"
#include "rules/span.h"

enum { PATH_LENGTH_MAX = 108 }; /* of sun_path: a longer one is no address */

static bool is_too_long(const struct word *path)
{
	return path->length > PATH_LENGTH_MAX && word_find(path, '*') == path->length;
}

bool path_parse(struct pattern *pattern, const struct word *path, struct arena *arena, struct report *report)
{
	struct word rest;

	if (path->length >= 2 && memcmp(path->at, "//", 2) == 0) {
		rest = word_part(path, 2, path->length - 2);
		return host_refuse(report, path, " is no path: it follows unix: without slashes in between", "unix:", &rest,
				   "");
	}
	if (is_too_long(path)) {
		report_word(report, path, "", " is too long for the path of a socket", NULL);
		return false;
	}
	pattern->protocol = PROTOCOL_UNIX;
	pattern->kind = PATTERN_GLOB;
	pattern->length = path->length;
	pattern->name = arena_copy(arena, path->at, path->length);
	if (pattern->name == NULL)
		report_at(report, path, "out of memory");
	return pattern->name != NULL;
}

const struct path_rule *path_build(struct arena *arena, const struct pattern *patterns, size_t count, bool *failed)
{
	const struct path_rule *first = NULL;

	for (size_t i = count; i-- > 0;) {
		struct path_rule *rule;

		if (patterns[i].protocol != PROTOCOL_UNIX)
			continue;
		rule = arena_take(arena, sizeof(*rule));
		if (rule == NULL) {
			*failed = true;
			return NULL;
		}
		*rule = (struct path_rule){ patterns[i].name, patterns[i].length, (uint32_t)i, first };
		first = rule;
	}
	return first;
}

uint32_t path_match(const struct path_rule *first, const char *path, size_t length)
{
	for (const struct path_rule *rule = first; rule != NULL; rule = rule->next)
		if (glob_match_exactly(rule->glob, rule->length, path, length))
			return rule->rule;
	return SPAN_NONE;
}
