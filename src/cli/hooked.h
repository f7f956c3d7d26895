/* SPDX-License-Identifier: MIT */
/*
 * hooked.h - names of functions that tell what a program does with the network, hooked ones and others.
 */
#ifndef CUTOUT_CLI_HOOKED_H
#define CUTOUT_CLI_HOOKED_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/finding.h"

/* The names that the object puts itself in front of, sorted. */
extern const char *const hooked_names[];
extern const size_t hooked_count;

bool hooked_is(const char *name);

/* What is not hooked, and matters where it is imported. */
struct unhooked {
	const char *pattern;    /* a name; with "*" behind it, all that begin so */
	const char *id;         /* those of one id are one finding, with the texts of the first */
	const char *title;      /* what is imported, in that finding */
	enum coverage coverage; /* what becomes of a program that imports it */
	bool is_call;           /* it does what hooks do, and belongs into their table */
	const char *reason;
	const char *remedy;     /* NULL: there is none */
};

extern const struct unhooked unhooked_names[];
extern const size_t unhooked_count;

/* NULL for a name that does not matter. */
const struct unhooked *unhooked_find(const char *name);

/* The sanitizer that has this function ("AddressSanitizer"); NULL for a function of none. */
const char *sanitizer_of(const char *name);

/* An elf_wish: names that any of the above knows; a sanitizer that is linked in shows to debuggers only. */
bool is_telling(const char *name, bool is_dynamic);

#endif
