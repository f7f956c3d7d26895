/* SPDX-License-Identifier: MIT */
/*
 * afterwards.h - what must hold of a panel when all who used it are dead.
 */
#ifndef CUTOUT_TESTS_STRESS_AFTERWARDS_H
#define CUTOUT_TESTS_STRESS_AFTERWARDS_H

#include "watch.h"

/*
 * Nothing stays in flight; it closes, and trips again. By the clock that is handed in: nobody waits. Open times of the
 * breaker's policy must be below half a second, `overdue` is that policy's.
 */
void afterwards_breaker(struct panel_slot *slot, uint64_t now, uint64_t overdue, struct tally *tally);

/* One slot per key, and of those that are claimed all are in use but one for each of the threads that were killed. */
void afterwards_slots(const struct panel *panel, unsigned deaths, struct tally *tally);

#endif
