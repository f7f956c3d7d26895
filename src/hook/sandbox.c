/* SPDX-License-Identifier: MIT */
/*
 * sandbox.c - the last look around before the door is shut (sandbox.h).
 */
#include "hook/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#include "base/self.h"
#include "hook/filter.h"
#include "hook/owner.h"
#include "hook/real.h"
#include "hook/target.h"

_Atomic unsigned sandbox_now = SANDBOX_NONE;
static bool watching; /* written by the constructor alone */
static const _Atomic uint32_t no_pid;

static const char library[] = "/libseccomp.so";

enum { PIECE = 2048, KEPT = sizeof(library) - 1 };

void sandbox_activate(void)
{
	watching = true;
}

/*
 * What can be asked now, and not later. The pid lies where fork wipes it. prctl() is no point where a thread is
 * cancelled, and must not become one.
 */
static void learn(void)
{
	int cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	atomic_store_explicit(&owner_page()->pid, self_pid(), memory_order_relaxed);
	panel_learn_network_by_itself(target_panel());
	pthread_setcancelstate(cancel, NULL);
}

bool sandbox_begin(void)
{
	int saved = errno;

	if (!watching || sandbox_is_up() || owner_claim() != OWNER_SELF)
		return false;
	learn();
	self_pid_is_in(&owner_page()->pid);
	atomic_store_explicit(&sandbox_now, SANDBOX_OWN, memory_order_relaxed);
	errno = saved;
	return true;
}

void sandbox_withdraw(void)
{
	atomic_store_explicit(&sandbox_now, SANDBOX_NONE, memory_order_relaxed);
	self_pid_is_in(NULL);
}

static void learn_by_name(void)
{
	int cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	panel_learn_network_by_name(target_panel());
	pthread_setcancelstate(cancel, NULL);
}

bool sandbox_find_inherited(void)
{
	if (!watching || !filter_may_kill())
		return false;
	learn_by_name();
	self_pid_is_in(&no_pid);
	atomic_store_explicit(&sandbox_now, SANDBOX_INHERITED, memory_order_relaxed);
	return true;
}

/* /proc/self/maps, in pieces; the end of each is looked at again with the next. */
static bool names_library(int maps)
{
	char piece[PIECE + KEPT];
	size_t kept = 0;
	ssize_t got;

	while ((got = real.read(maps, piece + kept, PIECE)) > 0) {
		size_t length = kept + (size_t)got;

		if (memmem(piece, length, library, KEPT))
			return true;
		kept = length < KEPT ? length : KEPT;
		memmove(piece, piece + length - kept, kept);
	}
	return false;
}

/* Not by dlsym() or dl_iterate_phdr(): their lock may be held by a thread that a forked child does not have. */
static bool has_library(void)
{
	int cancel, maps;
	bool found;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	found = maps >= 0 && names_library(maps);

	if (maps >= 0)
		real.close(maps);
	pthread_setcancelstate(cancel, NULL);
	return found;
}

void sandbox_is_near(void)
{
	int saved = errno;

	if (watching && !sandbox_is_up() && owner_claim() == OWNER_SELF && has_library())
		sandbox_begin();
	errno = saved;
}
