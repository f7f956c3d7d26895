/* SPDX-License-Identifier: MIT */
/*
 * self.c - asked, or read (self.h).
 *
 * Of a script both names are the script's. What was executed by its descriptor is "/dev/fd/3" to us, and in
 * /proc/self/comm what the kernel makes of it (its number, or since Linux 6.14 the file's own name): there it is asked.
 * A program that ld.so was called for has its own name here, and that of ld.so there.
 */
#include "base/self.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
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

uid_t self_first_user(void)
{
	unsigned long user;

	errno = 0;
	user = getauxval(AT_UID);
	return user == 0 && errno != 0 ? getuid() : (uid_t)user;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

void self_first_name(char name[SELF_NAME_SIZE])
{
	static const char descriptor[] = "/dev/fd/";
	const char *executed = (const char *)getauxval(AT_EXECFN);

	if (executed == NULL || strncmp(executed, descriptor, sizeof(descriptor) - 1) == 0) {
		prctl(PR_GET_NAME, name);
		return;
	}
	executed = last_part(executed);
	memset(name, 0, SELF_NAME_SIZE);
	memcpy(name, executed, strnlen(executed, SELF_NAME_SIZE - 1));
}
