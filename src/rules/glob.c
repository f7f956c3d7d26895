/* SPDX-License-Identifier: MIT */
/*
 * glob.c - names with wildcards. Pure.
 */
#include "rules/glob.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static char same(char c)
{
	return c;
}

static bool match(const char *glob, size_t glob_length, const char *name, size_t name_length, char (*letter)(char c))
{
	size_t g = 0, n = 0;
	size_t star = glob_length; /* the last "*" passed, and what of the name it takes so far */
	size_t taken = 0;

	while (n < name_length) {
		if (g < glob_length && glob[g] == '*') {
			star = g++;
			taken = n;
		} else if (g < glob_length && (glob[g] == '?' || glob[g] == letter(name[n]))) {
			g++;
			n++;
		} else if (star < glob_length) {
			g = star + 1;
			n = ++taken;
		} else {
			return false;
		}
	}
	while (g < glob_length && glob[g] == '*')
		g++;
	return g == glob_length;
}

bool glob_match(const char *glob, size_t glob_length, const char *name, size_t name_length)
{
	return match(glob, glob_length, name, name_length, lower);
}

bool glob_match_exactly(const char *glob, size_t glob_length, const char *name, size_t name_length)
{
	return match(glob, glob_length, name, name_length, same);
}

size_t glob_tail(const char *glob, size_t glob_length)
{
	size_t at = glob_length;

	while (at > 0 && glob[at - 1] != '*' && glob[at - 1] != '?')
		at--;
	while (at < glob_length && glob[at] != '.')
		at++;
	return at < glob_length ? at + 1 : glob_length;
}
