/* SPDX-License-Identifier: MIT */
/*
 * kind.h - what a descriptor is, from the table, or from the kernel where we did not see it created.
 *
 * Asking is one system call, two where rules are for UDP; in a sandbox none (sandbox.h). Any thread, signal handler or
 * child. Does not keep errno.
 */
#ifndef CUTOUT_HOOK_KIND_H
#define CUTOUT_HOOK_KIND_H

#include <stdint.h>

/* enum fd_kind and its flags (fdtable.h). FD_UNKNOWN: a call is in flight on it, whose record says more. */
uint32_t kind_of(int fd);

#endif
