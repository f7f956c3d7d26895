/* SPDX-License-Identifier: MIT */
/*
 * exit.c - a program that ends closes what it has.
 *
 * Many a client that gives up says so and exits: what it waited for in vain is then only closed by the kernel. So whatever
 * is open is left here as it would be by close(), and counts as much: of a process that is killed nothing is learnt.
 *
 * exit() and a return from main come by the destructor, _exit() by its hooks. Nothing is torn down: connections that a
 * later destructor makes, or goes on to use, work as they did, the latter uncounted. A thread that still is in a connect
 * that blocks leaves it to its ring, which finds it when it is overdue.
 */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "hook/close.h"
#include "hook/owner.h"
#include "hook/real.h"

/* With nothing followed there is nothing to be asked, nor a system call. */
static void leave_all(void)
{
	int saved = errno;

	if (owner_mark() != 0 && owner_check() == OWNER_SELF)
		close_leaves(0, UINT_MAX);
	errno = saved;
}

__attribute__((destructor)) static void hook_destructor(void)
{
	leave_all();
}

HOOK_EXPORT void _exit(int status)
{
	leave_all();
	real._exit(status);
	__builtin_unreachable();
}

HOOK_EXPORT void _Exit(int status)
{
	leave_all();
	real._Exit(status);
	__builtin_unreachable();
}
