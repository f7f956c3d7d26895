/* SPDX-License-Identifier: MIT */
/*
 * hot.h - what every connect and every byte of an exchange runs through.
 *
 * Such functions come from a dozen files. The linker puts those that are marked next to each other, so that they lie on
 * a few pages and lines of memory: the kernel, which works between any two of our hooks, leaves little of ours in the
 * caches. Only a hint.
 */
#ifndef CUTOUT_BASE_HOT_H
#define CUTOUT_BASE_HOT_H

#define HOT __attribute__((hot))

#endif
