/* SPDX-License-Identifier: MIT */
/*
 * clock.h - CLOCK_MONOTONIC read past every interposable symbol.
 *
 * libfaketime and others replace clock_gettime() for the program; two processes of which one
 * is under them must still agree about now, so the vDSO's own function is called (the system
 * call where there is none). See vdso(7).
 *
 * clock_init() once, before threads exist; clock_now() then in any thread, signal handler or
 * child. Neither touches errno. A clock_now() before clock_init() makes the system call.
 */
#ifndef CUTOUT_BASE_CLOCK_H
#define CUTOUT_BASE_CLOCK_H

#include <stdint.h>

void clock_init(void);

/* Nanoseconds of CLOCK_MONOTONIC; never 0. */
uint64_t clock_now(void);

/*
 * What clock_now() was at the last tick of the kernel's own, at most CLOCK_TICK_MAX ago: a fifth of the price. For who need
 * not know better. CLOCK_MONOTONIC_COARSE; a tick is 10 ms where it is longest.
 */
#define CLOCK_TICK_MAX UINT64_C(20000000)
uint64_t clock_tick(void);

/* Nanoseconds of CLOCK_BOOTTIME, which the start times of processes are told in. */
uint64_t clock_boot(void);

/* Nanoseconds of CLOCK_REALTIME since the epoch, for log lines. */
uint64_t clock_wall(void);

#endif
