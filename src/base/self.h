/* SPDX-License-Identifier: MIT */
/*
 * self.h - who the process is: its pid, and who it was when it was executed.
 *
 * The pid by getpid(), until somebody says where it is written: from then on no system call is made for it, since a
 * sandbox may kill for one. Any thread, signal handler or child.
 */
#ifndef CUTOUT_BASE_SELF_H
#define CUTOUT_BASE_SELF_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

/* 0: not known. */
uint32_t self_pid(void);

/* It is in *pid from now on: 0, where it is not known. NULL: it may be asked for again. */
void self_pid_is_in(const _Atomic uint32_t *pid);

/*
 * The real user and the program's name, as they were when it was executed: the kernel wrote them down for the program
 * then, and they cost no system call. In a constructor, where both are still true; may change errno.
 */
uid_t self_first_user(void);

enum { SELF_NAME_SIZE = 16 };

/* The last part of what was executed, 15 bytes at most: what /proc/self/comm says, whose it is to begin with. */
void self_first_name(char name[SELF_NAME_SIZE]);

#endif
