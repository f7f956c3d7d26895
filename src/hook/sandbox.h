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
 * A sandbox that was put up around the program before it was executed is looked for when there is something to own
 * (owner.h), before the first such call; filter.h has how it is told from a container's. In it nothing that a fork wipes
 * can be had, either (madvise()), and a forked child cannot be told from its parent. So no call is followed beyond the
 * program's own: what a child closes or reads, be it forked or vforked, was never its parent's call, and nothing is ever
 * reported twice or for another. A connect that blocks is judged and refused as anywhere; one that does not is refused,
 * but says nothing; no connection is counted; events have no pid. A child costs its parent what one in a sandbox does:
 * a vfork child that closes or duplicates makes it forget what it knew of these descriptors, a forked one nothing.
 * Which network it is says the inode of its namespace, since no socket can be asked: such programs have breakers
 * of their own, apart from those that others have for the same destination.
 *
 * Any thread, signal handler or child, after the constructor; errno is kept. The state never goes back but when the
 * kernel did not take the filter.
 */
#ifndef CUTOUT_HOOK_SANDBOX_H
#define CUTOUT_HOOK_SANDBOX_H

#include <stdatomic.h>
#include <stdbool.h>

enum sandbox {
	SANDBOX_NONE,
	SANDBOX_OWN,
	SANDBOX_INHERITED,
};

extern _Atomic unsigned sandbox_now; /* an enum sandbox */

/* Relaxed: what must be known by then was learnt by the thread that locks itself in, before it did. */
static inline bool sandbox_is_up(void)
{
	return atomic_load_explicit(&sandbox_now, memory_order_relaxed) != SANDBOX_NONE;
}

static inline bool sandbox_is_inherited(void)
{
	return atomic_load_explicit(&sandbox_now, memory_order_relaxed) == SANDBOX_INHERITED;
}

/* Was there one before the program? True: it is up from now on. Looks each time. */
bool sandbox_find_inherited(void);

/* The constructor's, before owner_init(). */
void sandbox_activate(void);

/* The program is about to lock itself in. True: it was not before, and sandbox_is_up() now. */
bool sandbox_begin(void);

/* It did not come to that. */
void sandbox_withdraw(void);

/* It may be about to do so by libseccomp, whose system call passes by the hooks: as sandbox_begin(), if that is loaded. */
void sandbox_is_near(void);

#endif
