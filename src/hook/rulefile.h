/* SPDX-License-Identifier: MIT */
/*
 * rulefile.h - the file of CUTOUT_RULES=@FILE, read whole.
 *
 * The constructor's: one thread, before the program runs.
 */
#ifndef CUTOUT_HOOK_RULEFILE_H
#define CUTOUT_HOOK_RULEFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "rules/rules.h"

enum { RULEFILE_MAX = 16 << 20 };

/*
 * Fills in *text, whose source is `path`. False, with one line in `reason`, when that cannot be: `cannot open
 * "/etc/rules" (ENOENT)`. Changes errno.
 */
bool rulefile_read(struct arena *arena, const char *path, struct rules_text *text, char *reason, size_t size);

#endif
