/* SPDX-License-Identifier: MIT */
/*
 * trail.h - from a program to the file that the kernel loads for it: through "#!" and env.
 */
#ifndef CUTOUT_CLI_TRAIL_H
#define CUTOUT_CLI_TRAIL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/image.h"

enum { TRAIL_MAX = 16 };

struct trail {
	char paths[TRAIL_MAX][PATH_MAX]; /* the program first; the last one is the file that is loaded */
	size_t count;
	struct image image;              /* of the last one */
	bool is_shell_text;              /* a file without "#!" was given to /bin/sh */
	bool drops_preload;              /* an env on the way takes LD_PRELOAD away */
	char why[512];                   /* why it ends nowhere, one line; "" when it does not */
};

/* Runs nothing. False when it gets lost: `why` says where. */
bool trail_follow(struct trail *trail, const char *path);

#endif
