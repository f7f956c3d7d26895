/* SPDX-License-Identifier: MIT */
/*
 * early.h - what the hooks call before the constructor ran, and for names that the running libc lacks.
 *
 * Constructors of other objects and preloaded allocators call us before we are ready. Where there is a system call
 * it is made as it is (early.c, early_syscall.c, early_time64.c; the newer form where a machine has only that); what is
 * no system call is resolved on first use (early_libc.c). Nothing here is tracked. The functions are real.h's first
 * values.
 */
#ifndef CUTOUT_HOOK_EARLY_H
#define CUTOUT_HOOK_EARLY_H

#include "hook/libc.h"

enum { KERNEL_SIGSET_SIZE = 8 };

/* The same system call serves both names. */
#define early__Exit          early__exit
#define early_fcntl64        early_fcntl
#define early___getsockopt64 early_getsockopt
#define early___setsockopt64 early_setsockopt
#define early___fcntl_time64 early_fcntl
#define early___sendmsg64    early_sendmsg
#define early___sendmmsg64   early_sendmmsg
#define early___recvmsg64    early_recvmsg

#define HOOK(name, need) __typeof__(name) early_##name;
#define ALIAS(name, hook)
#include "hook/hooks.def"
#undef HOOK
#undef ALIAS

#endif
