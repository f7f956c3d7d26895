/* SPDX-License-Identifier: MIT */
/*
 * suggest.c - "did you mean …?": the known word nearest to a misspelt one.
 *
 * Damerau-Levenshtein distance in its restricted form (no letter is edited twice), by the
 * three-row method. Words beyond SUGGEST_MAX letters are near to nothing. Pure.
 */
#include "base/suggest.h"

#include <string.h>

enum { SUGGEST_MAX = 32 };

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	unsigned rows[3][SUGGEST_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_length; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned *spare = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_length; j++) {
			unsigned same = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;

			row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + same);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[b_length];
}

static unsigned edits_allowed(size_t length)
{
	unsigned third = (unsigned)(length / 3);

	return third < 1 ? 1 : least(third, 3);
}

const char *suggest(const char *word, size_t length, const char *const *candidates, size_t count)
{
	const char *nearest = NULL;
	unsigned fewest = edits_allowed(length) + 1;

	if (length == 0 || length > SUGGEST_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t candidate = strlen(candidates[i]);
		unsigned edits;

		if (candidate > SUGGEST_MAX)
			continue;
		edits = distance(word, length, candidates[i], candidate);
		/* A word of one or two letters, all of them exchanged, would be near to every other one. */
		if (edits < fewest && edits < length) {
			fewest = edits;
			nearest = candidates[i];
		}
	}
	return nearest;
}
