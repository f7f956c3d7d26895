/* SPDX-License-Identifier: MIT */
/*
 * fortified.c - what programs built with _FORTIFY_SOURCE call in place of recv, read and poll.
 *
 * The check itself is libc's: a buffer that is too small aborts there, as it would without us.
 */
#include "hook/libc.h"

#ifdef __GLIBC__

#include "hook/exchange.h"
#include "hook/fdtable.h"
#include "hook/real.h"
#include "hook/wait.h"

HOOK_EXPORT ssize_t __recv_chk(int fd, void *buffer, size_t size, size_t room, int flags)
{
	if (!fd_watched(fd))
		return real.__recv_chk(fd, buffer, size, room, flags);
	if (!exchange_may_receive(fd, exchange_waits(flags)))
		return -1;
	return exchange_received(fd, real.__recv_chk(fd, buffer, size, room, flags), exchange_takes(flags, size > 0));
}

HOOK_EXPORT ssize_t __recvfrom_chk(int fd, void *buffer, size_t size, size_t room, int flags, struct sockaddr *from,
				   socklen_t *length)
{
	if (!fd_watched(fd))
		return real.__recvfrom_chk(fd, buffer, size, room, flags, from, length);
	if (!exchange_may_receive(fd, exchange_waits(flags)))
		return -1;
	return exchange_received(fd, real.__recvfrom_chk(fd, buffer, size, room, flags, from, length),
				 exchange_takes(flags, size > 0));
}

HOOK_EXPORT ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room)
{
	if (!fd_watched(fd))
		return real.__read_chk(fd, buffer, size, room);
	if (!exchange_may_receive(fd, true))
		return -1;
	return exchange_received(fd, real.__read_chk(fd, buffer, size, room), size > 0);
}

HOOK_EXPORT int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room)
{
	return waited_for_poll(fds, count, real.__poll_chk(fds, count, timeout, room));
}

HOOK_EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
			    size_t room)
{
	return waited_for_poll(fds, count, real.__ppoll_chk(fds, count, timeout, mask, room));
}

#else
typedef int fortified_is_of_glibc; /* ISO C wants a declaration */
#endif
