/* SPDX-License-Identifier: MIT */
/*
 * errname.h - errno values and their names.
 *
 * strerrorname_np() came with glibc 2.32 and is not in musl. Pure; safe everywhere.
 *
 * Failures of lookups, whose codes are small negative numbers, have numbers beside those of errno here: wherever
 * an error is kept, counted or shown, they stand among the others. They are part of the panel's layout.
 */
#ifndef CUTOUT_BASE_ERRNAME_H
#define CUTOUT_BASE_ERRNAME_H

#include <stdbool.h>
#include <stddef.h>

/* Values at or above this are not errors of Linux. */
enum { ERRNAME_MAX = 192 };

enum {
	ERRNAME_EAI_FAIL = 189,
	ERRNAME_EAI_AGAIN = 190,
};

/* "ECONNREFUSED"; NULL for a value without a name. */
const char *errname_of(int error);

/* The value of a name, in any case; 0 if there is none. */
int errname_parse(const char *text, size_t length);

/* The names, for suggestions; *count is how many. */
const char *const *errname_all(size_t *count);

#endif
