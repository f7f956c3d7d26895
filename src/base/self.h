/* SPDX-License-Identifier: MIT */
/*
 * self.h - the process's pid.
 *
 * By getpid(), until somebody says where it is written: from then on no system call is made for it, since a sandbox
 * may kill for one. Any thread, signal handler or child.
 */
#ifndef CUTOUT_BASE_SELF_H
#define CUTOUT_BASE_SELF_H

#include <stdatomic.h>
#include <stdint.h>

/* 0: not known. */
uint32_t self_pid(void);

/* It is in *pid from now on: 0, where it is not known. NULL: it may be asked for again. */
void self_pid_is_in(const _Atomic uint32_t *pid);

#endif
