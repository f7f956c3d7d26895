/* SPDX-License-Identifier: MIT */
/*
 * roomy.h - tables that are large, zero, and mostly never touched.
 *
 * The linker puts common symbols behind all other variables, so that the few small ones which every start
 * touches share a page with .data, and no page tables are spent on what lies between. Such a table takes address
 * space only; memory comes with the first use of each page, and a forked child has its own copy.
 */
#ifndef CUTOUT_HOOK_ROOMY_H
#define CUTOUT_HOOK_ROOMY_H

#define ROOMY __attribute__((common))

#endif
