/* SPDX-License-Identifier: MIT */
/*
 * sandbox.h - once the program has locked itself in, the object makes no system call of its own.
 *
 * A filter of system calls (seccomp(2)) may kill for one that it does not list, and lists what the program needs. So
 * what is asked of the kernel otherwise, as far as no rule or variable asks for more (libcutout(7) has those), is
 * learnt before, or done without:
 *
 *   getpid()      the table is taken for our own, which it is but in a vfork child: that one's closes and duplicates
 *                 then make its parent forget what it knew of these descriptors. A forked child knows no pid.
 *   getsockopt()  no socket is asked what it is or how its connect stands: the program's own calls have to tell, as
 *                 far as they do. In which network namespace it is has been asked before.
 *
 * A sandbox that the program put up before it was this program (a filter outlives exec) is not noticed: to ask
 * for one may be forbidden by it.
 *
 * Any thread, signal handler or child, after the constructor; errno is kept. The state never goes back but when the
 * kernel did not take the filter.
 */
#ifndef CUTOUT_HOOK_SANDBOX_H
#define CUTOUT_HOOK_SANDBOX_H

#include <stdatomic.h>
#include <stdbool.h>

extern _Atomic bool sandbox_up;

/* Relaxed: what must be known by then was learnt by the thread that locks itself in, before it did. */
static inline bool sandbox_is_up(void)
{
	return atomic_load_explicit(&sandbox_up, memory_order_relaxed);
}

/* The constructor's, at its end. */
void sandbox_activate(void);

/* The program is about to lock itself in. True: it was not before, and sandbox_is_up() now. */
bool sandbox_begin(void);

/* It did not come to that. */
void sandbox_withdraw(void);

/* It may be about to do so by libseccomp, whose system call passes by the hooks: as sandbox_begin(), if that is loaded. */
void sandbox_is_near(void);

#endif
