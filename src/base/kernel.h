/* SPDX-License-Identifier: MIT */
/*
 * kernel.h - which Linux is this?
 *
 * Its version stands in the object that it maps into every process (vdso(7)), so that nobody need ask: a sandbox that
 * was there before the program may kill for uname(). What a distributor has added to an older one does not show.
 * Any thread, signal handler or child; errno is kept.
 */
#ifndef CUTOUT_BASE_KERNEL_H
#define CUTOUT_BASE_KERNEL_H

#include <stdint.h>

/* To be compared with what the functions return. */
#define KERNEL(major, minor) ((uint32_t)(major) << 8 | (uint32_t)(minor))

/* Without a system call; 0: it does not say. */
uint32_t kernel_says(void);

/* By uname(), where it does not say; 0: not known. */
uint32_t kernel_version(void);

#endif
