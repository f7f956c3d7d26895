/* SPDX-License-Identifier: MIT */
/*
 * close.h - descriptors that are left without a close of ours.
 */
#ifndef CUTOUT_HOOK_CLOSE_H
#define CUTOUT_HOOK_CLOSE_H

/* As if the program closed them, first and last included. Any thread, signal handler or child; keeps errno. */
void close_leaves(unsigned first, unsigned last);

#endif
