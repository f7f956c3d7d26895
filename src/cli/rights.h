/* SPDX-License-Identifier: MIT */
/*
 * rights.h - does a file raise the rights of who runs it? The loader then ignores what is to be preloaded.
 */
#ifndef CUTOUT_CLI_RIGHTS_H
#define CUTOUT_CLI_RIGHTS_H

#include <stdbool.h>

struct rights {
	const char *what; /* "set-user-ID", "set-group-ID", "has file capabilities"; NULL: it raises none */
	bool are_ours;    /* this user has them already, and gains nothing */
};

/* Not of what lies on a file system where such rights mean nothing. */
struct rights rights_of(const char *path);

#endif
