/* SPDX-License-Identifier: MIT */
/*
 * preload.h - the list of LD_PRELOAD with one object more.
 */
#ifndef CUTOUT_CLI_PRELOAD_H
#define CUTOUT_CLI_PRELOAD_H

#include <stdbool.h>

/* False for a path that LD_PRELOAD cannot hold: its separators are part of it. */
bool preload_can_hold(const char *object);

/*
 * `existing` (NULL: none) with `object` in it exactly once; to be freed, NULL without memory. An object that
 * is there keeps its place. A new one comes first, so that it sees the destinations that the program asks for
 * and not those of a wrapper behind it (torsocks, proxychains), but after the sanitizers' runtimes, which abort
 * where they are not first. Another libcutout.so is left out: two would count everything twice.
 */
char *preload_with(const char *existing, const char *object);

#endif
