/* SPDX-License-Identifier: MIT */
/*
 * suggest.h - "did you mean …?": the known word nearest to a misspelt one.
 *
 * Pure; safe everywhere, but not for hot paths.
 */
#ifndef CUTOUT_BASE_SUGGEST_H
#define CUTOUT_BASE_SUGGEST_H

#include <stddef.h>

/*
 * The candidate with the fewest edits (insertion, deletion, substitution, swap of neighbours;
 * case apart), NULL when none is near: at most a third of the word's letters, at least one, three at most.
 */
const char *suggest(const char *word, size_t length, const char *const *candidates, size_t count);

#endif
