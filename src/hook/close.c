/* SPDX-License-Identifier: MIT */
/*
 * close.c - every way in which libc closes a descriptor.
 *
 * The word is cleared first: the number may be another socket's the moment after the real close.
 *
 * One way is syscall(), by which libuv closes whatever it has, and with it Node.js. Of all that this can do, the two
 * calls that close come here (syscall.S): what is opened or connected so is not seen.
 */
#include "hook/close.h"

#include <errno.h>
#include <limits.h>
#include <sys/syscall.h>

#include "hook/evidence.h"
#include "hook/fdtable.h"
#include "hook/owner.h"
#include "hook/real.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

static void leave(int fd)
{
	if (fd_word(fd))
		evidence_of_leaving(fd);
}

void close_leaves(unsigned first, unsigned last)
{
	unsigned end = fd_table_used();
	int saved = errno;

	if (first >= end || owner_check() == OWNER_OTHER)
		return;
	for (unsigned fd = first; fd < end && fd <= last; fd++)
		leave((int)fd);
	errno = saved;
}

static void leave_as_asked(unsigned first, unsigned last, unsigned flags)
{
	if (!(flags & CLOSE_RANGE_CLOEXEC))
		close_leaves(first, last);
}

static void leave_stream(FILE *stream)
{
	int saved = errno;

	leave(fileno(stream));
	errno = saved;
}

HOOK_EXPORT int close(int fd)
{
	leave(fd);
	return real.close(fd);
}

HOOK_EXPORT int fclose(FILE *stream)
{
	leave_stream(stream);
	return real.fclose(stream);
}

HOOK_EXPORT FILE *freopen(const char *path, const char *mode, FILE *stream)
{
	leave_stream(stream);
	return real.freopen(path, mode, stream);
}

HOOK_EXPORT int close_range(unsigned int first, unsigned int last, int flags)
{
	leave_as_asked(first, last, (unsigned)flags);
	return real.close_range(first, last, flags);
}

HOOK_EXPORT void closefrom(int low)
{
	close_leaves(low < 0 ? 0 : (unsigned)low, UINT_MAX);
	real.closefrom(low);
}

#ifdef HOOKS_SYSCALL
/* From syscall.S. No point where a thread is cancelled. */
__attribute__((visibility("hidden"))) long syscall_that_closes(long number, long first, long last, long flags);

long syscall_that_closes(long number, long first, long last, long flags)
{
	if (number == SYS_close)
		leave((int)first);
	else
		leave_as_asked((unsigned)first, (unsigned)last, (unsigned)flags);
	return real.syscall(number, first, last, flags);
}
#endif

#ifdef __GLIBC__
HOOK_EXPORT FILE *freopen64(const char *path, const char *mode, FILE *stream)
{
	leave_stream(stream);
	return real.freopen64(path, mode, stream);
}

HOOK_ALIAS_OF(close) int __close(int fd);
#endif
