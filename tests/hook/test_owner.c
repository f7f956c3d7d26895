/* SPDX-License-Identifier: MIT */
/*
 * test_owner.c - the page that a fork wipes, seen from every kind of child.
 *
 * A child says by its exit status whether it saw what it should.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/sanitized.h"
#include "base/kernel.h"
#include "hook/owner.h"
#include "wiped.h"

extern pid_t _Fork(void) __attribute__((weak)); /* glibc 2.34 */

static bool went_well(pid_t child)
{
	int status;

	cr_assert_gt(child, 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static pid_t plain_clone(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

/* In the child: it owns nothing, then what it claims. */
static bool claims_a_copy(void)
{
	return owner_check() == OWNER_UNCLAIMED && owner_page()->pending == 0 && owner_claim() == OWNER_SELF &&
	       owner_check() == OWNER_SELF && (int32_t)owner_mark() == (int32_t)syscall(SYS_getpid);
}

static bool child_claims_a_copy(pid_t (*fork_like)(void))
{
	pid_t child;

	NEED_WIPING();
	cr_assert(owner_init());
	cr_assert_eq(owner_claim(), OWNER_SELF);
	owner_page()->pending = 7;
	child = fork_like();
	if (child == 0)
		_exit(claims_a_copy() ? 0 : 1);
	return went_well(child) && owner_check() == OWNER_SELF && owner_page()->pending == 7;
}

Test(owner, before_the_constructor_nobody_owns_the_table)
{
	cr_assert_eq(owner_check(), OWNER_UNCLAIMED);
	cr_assert_eq(owner_mark(), 0);
}

Test(owner, whoever_asks_first_owns_the_table)
{
	cr_assert(owner_init());
	cr_assert_eq(owner_meet(), OWNER_SELF);
	cr_assert_eq(owner_check(), OWNER_SELF);
	cr_assert_eq((int32_t)owner_mark(), getpid());
	cr_assert_eq(owner_claim(), OWNER_SELF);
}

Test(owner, until_then_there_is_nothing_to_own_where_the_kernel_says_that_it_wipes)
{
	cr_assert(owner_init());
	cr_assert_eq(owner_check(), kernel_says() < KERNEL(4, 14) ? OWNER_SELF : OWNER_UNCLAIMED);
}

Test(owner, a_child_that_was_forked_before_owns_what_it_makes)
{
	pid_t child;

	NEED_WIPING();
	cr_assert(owner_init());
	child = fork();
	if (child == 0)
		_exit(owner_check() == OWNER_UNCLAIMED && owner_meet() != OWNER_OTHER && owner_claim() == OWNER_SELF ? 0 : 1);
	cr_assert(went_well(child));
	cr_assert_eq(owner_claim(), OWNER_SELF);
}

Test(owner, a_vfork_child_that_asks_first_does_not_lock_its_parent_out)
{
	pid_t child;

	if (kernel_says() < KERNEL(4, 14))
		cr_skip("the kernel is old or does not say how old: the constructor has asked");
	cr_assert(owner_init());
	child = vfork();
	if (child == 0)
		_exit(owner_claim() == OWNER_SELF ? 0 : 1);
	cr_assert(went_well(child));
	cr_assert_eq(owner_check(), OWNER_OTHER);
	cr_assert_eq(owner_claim(), OWNER_SELF);
	cr_assert_eq((int32_t)owner_mark(), getpid());
	child = vfork();
	if (child == 0)
		_exit(owner_check() == OWNER_OTHER && owner_claim() == OWNER_OTHER ? 0 : 1);
	cr_assert(went_well(child));
	cr_assert_eq(owner_claim(), OWNER_SELF);
}

enum { ASKERS = 8 };

static void *ask(void *go)
{
	while (!atomic_load((atomic_bool *)go))
		;
	return owner_meet() == OWNER_SELF ? owner_page() : NULL;
}

Test(owner, threads_that_ask_first_at_once_have_one_page)
{
	static atomic_bool go;
	pthread_t threads[ASKERS];
	void *page;

	cr_assert(owner_init());
	for (int i = 0; i < ASKERS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, ask, &go), 0);
	atomic_store(&go, true);
	for (int i = 0; i < ASKERS; i++) {
		pthread_join(threads[i], &page);
		cr_assert_eq(page, owner_page());
	}
}

Test(owner, without_memory_there_is_no_owner_and_nothing_breaks)
{
	const struct rlimit none = { 1 << 20, 1 << 20 };

#ifdef SANITIZED
	cr_skip("sanitizers need address space");
#endif
	if (kernel_says() < KERNEL(4, 14))
		cr_skip("the kernel is old or does not say how old: the constructor has asked");
	cr_assert(owner_init());
	cr_assert_eq(setrlimit(RLIMIT_AS, &none), 0);
	if (mmap(NULL, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		cr_skip("no limit of memory is kept here");
	cr_assert_eq(owner_claim(), OWNER_UNCLAIMED);
	cr_assert_eq(owner_mark(), 0);
}

Test(owner, a_forked_child_owns_nothing_until_it_claims_and_its_parent_goes_on)
{
	cr_assert(child_claims_a_copy(fork));
}

Test(owner, Fork_is_noticed_though_it_runs_no_handlers)
{
	if (!_Fork)
		cr_skip("this libc has no _Fork()");
	cr_assert(child_claims_a_copy(_Fork));
}

Test(owner, a_bare_clone_is_noticed)
{
	cr_assert(child_claims_a_copy(plain_clone));
}

/* In an emulator vfork() is a fork, whose child has a page of its own. */
static bool vfork_shares_memory(void)
{
	static volatile bool shared;
	pid_t child = vfork();

	if (child == 0) {
		shared = true;
		_exit(0);
	}
	cr_assert(went_well(child));
	return shared;
}

Test(owner, a_vfork_child_is_another_and_can_not_claim)
{
	pid_t child;

	if (!vfork_shares_memory())
		cr_skip("vfork() is a fork here");
	cr_assert(owner_init());
	cr_assert_eq(owner_claim(), OWNER_SELF);
	child = vfork();
	if (child == 0)
		_exit(owner_check() == OWNER_OTHER && owner_claim() == OWNER_OTHER ? 0 : 1);
	cr_assert(went_well(child));
	cr_assert_eq(owner_check(), OWNER_SELF);
}

Test(owner, a_grandchild_is_not_taken_for_the_child_that_claimed)
{
	pid_t child;

	NEED_WIPING();
	cr_assert(owner_init());
	cr_assert_eq(owner_claim(), OWNER_SELF);
	child = fork();
	if (child == 0) {
		owner_claim();
		child = fork();
		if (child == 0)
			_exit(claims_a_copy() ? 0 : 1);
		_exit(went_well(child) && owner_check() == OWNER_SELF ? 0 : 1);
	}
	cr_assert(went_well(child));
}

Test(owner, errno_is_kept)
{
	errno = 99;
	cr_assert(owner_init());
	cr_assert_eq(owner_claim(), OWNER_SELF);
	owner_check();
	owner_claim();
	cr_assert_eq(errno, 99);
}
