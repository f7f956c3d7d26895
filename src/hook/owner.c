/* SPDX-License-Identifier: MIT */
/*
 * owner.c - the page that fork wipes.
 *
 * The mark is written by owner_init() and by one compare-and-swap from 0 in a forked child; orders are
 * relaxed, since nothing is published through it: what a process stamps with its pid it also reads with
 * its pid, and a claim that dies half way cannot exist (one instruction).
 */
#include "hook/owner.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/self.h"
#include "hook/sandbox.h"

static struct owner_page nobody;
struct owner_page *owner_page = &nobody;

/* For kernels before 4.14, where _Fork() and clone() go unnoticed. */
static void disown_in_child(void)
{
	atomic_store_explicit(&owner_page->mark, 0, memory_order_relaxed);
	atomic_store_explicit(&owner_page->pending, 0, memory_order_relaxed);
	atomic_store_explicit(&owner_page->space, 0, memory_order_relaxed);
	atomic_store_explicit(&owner_page->since, 0, memory_order_relaxed);
	atomic_store_explicit(&owner_page->pid, 0, memory_order_relaxed);
}

static uint64_t mark_from(uint64_t chance)
{
	return hash_mix(chance) << 32 | self_pid();
}

static uint64_t new_mark(void)
{
	return mark_from(clock_now());
}

/* By the kernel's random bytes, which a program has in memory: the first look at the clock costs a page fault. */
static uint64_t first_mark(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	uint64_t chance;

	if (random == NULL)
		return new_mark();
	memcpy(&chance, random, sizeof(chance));
	return mark_from(chance);
}

bool owner_init(void)
{
	int saved = errno;
	void *page = mmap(NULL, sizeof(struct owner_page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED) {
		errno = saved;
		return false;
	}
	owner_page = page;
	atomic_store_explicit(&owner_page->mark, first_mark(), memory_order_relaxed);
	if (madvise(page, sizeof(struct owner_page), MADV_WIPEONFORK) != 0)
		pthread_atfork(NULL, NULL, disown_in_child);
	errno = saved;
	return true;
}

static void claim(void)
{
	uint64_t nobodys = 0;

	if (owner_mark() == 0)
		atomic_compare_exchange_strong_explicit(&owner_page->mark, &nobodys, new_mark(), memory_order_relaxed,
							memory_order_relaxed);
}

/* With nobody to be told from, a claim disowns nobody. */
static enum owner claim_unasked(void)
{
	claim();
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

enum owner owner_claim(void)
{
	claim();
	return owner_check();
}
