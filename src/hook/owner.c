/* SPDX-License-Identifier: MIT */
/*
 * owner.c - the page that fork wipes.
 *
 * It is published by one compare-and-swap, whose release pairs with the acquire in owner_page(): who sees the page sees
 * the mark in it, and who comes too late gives his own back. The mark is written before that, and later by one
 * compare-and-swap from 0 in a forked child, or from that of a vfork child; orders are relaxed there, since nothing is
 * published through it: what a process stamps with its pid it also reads with its pid, and a claim that dies half way
 * cannot exist (one instruction).
 */
#include "hook/owner.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/kernel.h"
#include "base/self.h"
#include "hook/sandbox.h"

/* Never written. */
static struct owner_page nobody;
struct owner_page *_Atomic owner_published = &nobody;

static atomic_bool wipes; /* relaxed: written before the page is published */

/* For kernels before 4.14, where _Fork() and clone() go unnoticed. */
static void disown_in_child(void)
{
	struct owner_page *page = owner_page();

	atomic_store_explicit(&page->mark, 0, memory_order_relaxed);
	atomic_store_explicit(&page->pending, 0, memory_order_relaxed);
	atomic_store_explicit(&page->space, 0, memory_order_relaxed);
	atomic_store_explicit(&page->since, 0, memory_order_relaxed);
	atomic_store_explicit(&page->pid, 0, memory_order_relaxed);
}

/* Not by the pid alone: owner.h. */
static uint64_t new_mark(void)
{
	return hash_mix(clock_now()) << 32 | self_pid();
}

/* False: there is no memory. */
static bool make(void)
{
	struct owner_page *page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct owner_page *none = &nobody;

	if (page == MAP_FAILED)
		return false;
	if (madvise(page, sizeof(*page), MADV_WIPEONFORK) == 0)
		atomic_store_explicit(&wipes, true, memory_order_relaxed);
	atomic_store_explicit(&page->mark, new_mark(), memory_order_relaxed);
	if (!atomic_compare_exchange_strong_explicit(&owner_published, &none, page, memory_order_acq_rel,
						     memory_order_acquire))
		munmap(page, sizeof(*page));
	return true;
}

/* Whether a page is wiped is known without one; handlers of fork() may take memory and a lock, now alone. */
bool owner_init(void)
{
	int saved = errno;
	bool made = true;

	if (kernel_says() < KERNEL(4, 14) && !sandbox_find_inherited()) {
		made = make();
		if (made && !atomic_load_explicit(&wipes, memory_order_relaxed))
			pthread_atfork(NULL, NULL, disown_in_child);
	}
	errno = saved;
	return made;
}

static void claim_from(uint64_t mark)
{
	struct owner_page *page = owner_page();

	if (page != &nobody)
		atomic_compare_exchange_strong_explicit(&page->mark, &mark, new_mark(), memory_order_relaxed,
							memory_order_relaxed);
}

/* With nobody to be told from, a claim disowns nobody. */
static enum owner claim_unasked(void)
{
	if (owner_mark() == 0)
		claim_from(0);
	return OWNER_SELF;
}

enum owner owner_check(void)
{
	int32_t pid = (int32_t)owner_mark();

	if (sandbox_is_up())
		return claim_unasked();
	if (pid == 0)
		return OWNER_UNCLAIMED;
	return pid == getpid() ? OWNER_SELF : OWNER_OTHER;
}

enum owner owner_meet(void)
{
	int saved = errno;

	if (owner_page() == &nobody && !sandbox_is_up() && !sandbox_find_inherited())
		make();
	errno = saved;
	return owner_check();
}

/* A vfork child's parent is the owner. Anybody else finds what a vfork child of his own has left. */
static bool is_left_behind(uint64_t mark)
{
	return atomic_load_explicit(&wipes, memory_order_relaxed) && (int32_t)mark != getppid();
}

enum owner owner_claim(void)
{
	enum owner owner = owner_meet();
	uint64_t mark = owner_mark();

	if (owner == OWNER_SELF || (owner == OWNER_OTHER && !is_left_behind(mark)))
		return owner;
	claim_from(owner == OWNER_OTHER ? mark : 0);
	return owner_check();
}
