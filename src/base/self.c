/* SPDX-License-Identifier: MIT */
/*
 * self.c - asked, or read (self.h).
 */
#include "base/self.h"

#include <stddef.h>
#include <unistd.h>

static const _Atomic uint32_t *_Atomic written;

/* Acquire pairs with the release below: who sees the place sees what was put there. */
uint32_t self_pid(void)
{
	const _Atomic uint32_t *pid = atomic_load_explicit(&written, memory_order_acquire);

	return pid != NULL ? atomic_load_explicit(pid, memory_order_relaxed) : (uint32_t)getpid();
}

void self_pid_is_in(const _Atomic uint32_t *pid)
{
	atomic_store_explicit(&written, pid, memory_order_release);
}
