/* SPDX-License-Identifier: MIT */
/*
 * glob.h - names with wildcards: "*" stands for any run of characters, dots included, "?" for one.
 *
 * Pure; no recursion; time at most the product of the two lengths.
 */
#ifndef CUTOUT_RULES_GLOB_H
#define CUTOUT_RULES_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* The glob is in lower case, the name in any. */
bool glob_match(const char *glob, size_t glob_length, const char *name, size_t name_length);

/* Both in the same case. */
bool glob_match_exactly(const char *glob, size_t glob_length, const char *name, size_t name_length);

/*
 * Where the literal labels at the end of the glob begin: those behind the first dot after the last
 * wildcard, "example.com" in "db-*.example.com". glob_length if there are none.
 */
size_t glob_tail(const char *glob, size_t glob_length);

#endif
