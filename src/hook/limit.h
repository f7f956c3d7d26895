/* SPDX-License-Identifier: MIT */
/*
 * limit.h - at most so many lines a second, and how many were left out.
 *
 * One word: 63..32 second, 31..24 lines in that second, 23..0 lines left out since the last one that
 * was not. Lock-free and bounded; who loses against others too often loses its line. Time is an
 * argument. Safe in any thread, in a signal handler and in a forked or vforked child.
 */
#ifndef CUTOUT_HOOK_LIMIT_H
#define CUTOUT_HOOK_LIMIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct limit {
	_Atomic uint64_t word;
};

enum { LIMIT_PER_SECOND_MAX = 255, LIMIT_LEFT_OUT_MAX = 0xffffff };

/*
 * True: a line may be written at `now` (ns), and *left_out says how many before it were not. The one
 * that writes it tells about them: they are forgotten here.
 */
bool limit_admit(struct limit *limit, unsigned per_second, uint64_t now, unsigned *left_out);

/* So many lines were lost after all. */
void limit_lost(struct limit *limit, unsigned lines);

#endif
