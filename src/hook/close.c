/* SPDX-License-Identifier: MIT */
/*
 * close.c - every way in which libc closes a descriptor.
 *
 * The word is cleared first: the number may be another socket's the moment after the real close.
 */
#include <errno.h>
#include <limits.h>

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

static void leave_range(unsigned first, unsigned last)
{
	unsigned end = fd_table_used();
	int saved = errno;

	if (first >= end || owner_check() == OWNER_OTHER)
		return;
	for (unsigned fd = first; fd < end && fd <= last; fd++)
		leave((int)fd);
	errno = saved;
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
	if (!((unsigned)flags & CLOSE_RANGE_CLOEXEC))
		leave_range(first, last);
	return real.close_range(first, last, flags);
}

HOOK_EXPORT void closefrom(int low)
{
	leave_range(low < 0 ? 0 : (unsigned)low, UINT_MAX);
	real.closefrom(low);
}

#ifdef __GLIBC__
HOOK_EXPORT FILE *freopen64(const char *path, const char *mode, FILE *stream)
{
	leave_stream(stream);
	return real.freopen64(path, mode, stream);
}

HOOK_ALIAS_OF(close) int __close(int fd);
#endif
