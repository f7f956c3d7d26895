/* SPDX-License-Identifier: MIT */
/*
 * owner.h - whose table is this? Tells the process that may write it from its vfork children, and
 * notices fork without pthread_atfork().
 *
 * A page that the kernel wipes in a forked child (MADV_WIPEONFORK, Linux 4.14) holds the owner's pid:
 *
 *   pid == getpid()  we own the table
 *   pid == 0         a forked child that has not claimed its copy yet
 *   another          a vfork child (or a clone with CLONE_VM): the memory is its parent's
 *
 * fork(), _Fork() and clone() all wipe. Only a connect, or an option for one, claims: a vfork child does
 * not connect, while it does close and duplicate, and a claim by it would disown its parent. Before the claim nothing but
 * zeros is written to the table, which can only make us ask the kernel again; of words that say no more than the kernel
 * knows, a vfork child may write those, too.
 *
 * The page is made when there is something to own: the first socket that may be tracked, the first connect, or a sandbox
 * that the program puts up. Before, everybody reads a page that is nobody's. Should a vfork child be the first, which it
 * cannot know, the pid is its own, until its parent connects: then the owner is neither the parent itself nor, as for a
 * vfork child, the parent's parent, and gone, or about to be; so the parent takes its table back, and drops what the
 * child has left there. In the constructor the page is made where the kernel may not wipe it: then pthread_atfork()
 * must do, which is not for a signal handler, nor for who may hold a lock.
 *
 * In a sandbox there is no getpid() (sandbox.h): the table is ours. In one that was there before the program there is no
 * page either, and the mark stays nobody's.
 *
 * Everything after owner_init(): any thread, signal handler or child; no lock. errno is kept.
 */
#ifndef CUTOUT_HOOK_OWNER_H
#define CUTOUT_HOOK_OWNER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum owner {
	OWNER_SELF,
	OWNER_UNCLAIMED,
	OWNER_OTHER,
};

/* What a forked child must not inherit. */
struct owner_page {
	_Atomic uint64_t mark; /* 63..32 a number of this process's own, 31..0 its pid; 0: nobody's */
	_Atomic uint32_t pending; /* calls that this process follows; call.c */
	_Atomic uint32_t space;   /* of its pid, and */
	_Atomic uint64_t since;   /* when it was first asked for: holder.c */
	_Atomic uint32_t pid;     /* where it may not be asked for: sandbox.c; 0: not known */
};

extern struct owner_page *_Atomic owner_published;

/* Never NULL. Only what OWNER_SELF has been said of may be written to: else it is nobody's. */
static inline struct owner_page *owner_page(void)
{
	return atomic_load_explicit(&owner_published, memory_order_acquire);
}

/* The constructor's. False when there is no memory. */
bool owner_init(void);

/* Costs a getpid(). */
enum owner owner_check(void);

/* The same; makes the page where there is none. Where there is no memory it stays unclaimed. */
enum owner owner_meet(void);

/* The same, but a forked child takes possession of its copy. */
enum owner owner_claim(void);

/*
 * For stamping what this process owns. Not the pid alone: in a pid namespace of its own a child may have its
 * parent's.
 */
static inline uint64_t owner_mark(void)
{
	return atomic_load_explicit(&owner_page()->mark, memory_order_relaxed);
}

#endif
