/* SPDX-License-Identifier: MIT */
/*
 * sources.h - the texts that rules come from: -r, -f, and the environment.
 */
#ifndef CUTOUT_CLI_SOURCES_H
#define CUTOUT_CLI_SOURCES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "rules/rules.h"

struct source {
	char *name; /* what complaints call it: "-r", "-f -", "rules.conf", "CUTOUT_RULES" */
	char *text; /* NUL-terminated behind `length` */
	size_t length;
	char *path; /* absolute, of a regular file that can be read again; else NULL */
};

struct sources {
	struct source *list;
	size_t count;
	struct source defaults; /* CUTOUT_DEFAULTS; text NULL: not set */
};

#define SOURCES_EMPTY { NULL, 0, { NULL, NULL, 0, NULL } }

/* False, after a message, when it cannot be read. "-" is the standard input. */
bool sources_add_text(struct sources *sources, const char *name, const char *text);
bool sources_add_file(struct sources *sources, const char *path);

/* The same as what the options -r and -f do (options.h). */
bool sources_take_rule(void *sources, const char *text);
bool sources_take_file(void *sources, const char *path);

/*
 * CUTOUT_RULES, where no text has been added yet, and CUTOUT_DEFAULTS: call it last. False as above.
 */
bool sources_add_environment(struct sources *sources);

/* NULL after all complaints, with excerpts. The sources must outlive the rules. */
const struct rules *sources_parse(const struct sources *sources, struct arena *arena);

/* The source of the rule at `index` of what sources_parse() returned; NULL for the built-in one. */
const struct source *sources_of_rule(const struct sources *sources, size_t index);

/* All texts one after the other, each from a line of its own on: what CUTOUT_RULES may hold. */
char *sources_join(const struct sources *sources);

void sources_release(struct sources *sources);

#endif
