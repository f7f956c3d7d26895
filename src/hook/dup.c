/* SPDX-License-Identifier: MIT */
/*
 * dup.c - every way in which a second descriptor comes to refer to the same socket.
 *
 * dup2() and dup3() close what had the number before; that this happened is known before they do it,
 * since afterwards the old socket can no longer be asked.
 */
#include <fcntl.h>
#include <stdarg.h>

#include "hook/call.h"
#include "hook/evidence.h"
#include "hook/fdtable.h"
#include "hook/real.h"
#include "hook/sandbox.h"

/* Keeps errno: it makes a getpid() at most, which sets none. What is said of `to` is of a file that is gone. */
static int shared(int from, int to)
{
	if (to >= 0 && from != to) {
		if (fd_word(to))
			evidence_of_loss(to);
		call_share(from, to);
	}
	return to;
}

/* Of a descriptor that is none there is no duplicate, and what had the number keeps it. */
static bool is_open(int fd)
{
	return sandbox_is_up() || real.fcntl(fd, F_GETFD) >= 0;
}

static void make_way(int from, int to)
{
	if (from != to && fd_word(to) && is_open(from))
		evidence_of_leaving(to);
}

HOOK_EXPORT int dup(int from)
{
	return shared(from, real.dup(from));
}

HOOK_EXPORT int dup2(int from, int to)
{
	make_way(from, to);
	return shared(from, real.dup2(from, to));
}

HOOK_EXPORT int dup3(int from, int to, int flags)
{
	if (!(flags & ~O_CLOEXEC))
		make_way(from, to);
	return shared(from, real.dup3(from, to, flags));
}

static int control(__typeof__(fcntl) *next, int fd, int command, void *argument)
{
	int result = next(fd, command, argument);

	return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? shared(fd, result) : result;
}

/* The third argument is an int, a long or a pointer, or absent: libc too takes it as a pointer. */
HOOK_EXPORT int fcntl(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return control(real.fcntl, fd, command, argument);
}

#ifdef __GLIBC__
HOOK_EXPORT int fcntl64(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return control(real.fcntl64, fd, command, argument);
}

HOOK_ALIAS_OF(dup2) int __dup2(int from, int to) __THROW;
HOOK_ALIAS_OF(fcntl) int __fcntl(int fd, int command, ...);
#endif
