/* SPDX-License-Identifier: MIT */
/*
 * receive.c - every way in which bytes come in through a descriptor.
 *
 * On a descriptor that is not watched each is a load, a branch and a jump to the real one.
 */
#include "base/hot.h"
#include "hook/exchange.h"
#include "hook/fdtable.h"
#include "hook/real.h"

HOT WATCHED ssize_t recv_watched(int fd, void *buffer, size_t size, int flags)
{
	if (!exchange_may_receive(fd, exchange_waits(flags)))
		return -1;
	return exchange_received(fd, real.recv(fd, buffer, size, flags), exchange_takes(flags, size > 0));
}

HOOK_EXPORT ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
	if (fd_watched(fd))
		return recv_watched(fd, buffer, size, flags);
	return real.recv(fd, buffer, size, flags);
}

WATCHED ssize_t recvfrom_watched(int fd, void *buffer, size_t size, int flags, struct sockaddr *from,
			socklen_t *length)
{
	if (!exchange_may_receive(fd, exchange_waits(flags)))
		return -1;
	return exchange_received(fd, real.recvfrom(fd, buffer, size, flags, from, length),
				 exchange_takes(flags, size > 0));
}

HOOK_EXPORT ssize_t recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *from, socklen_t *length)
{
	if (fd_watched(fd))
		return recvfrom_watched(fd, buffer, size, flags, from, length);
	return real.recvfrom(fd, buffer, size, flags, from, length);
}

WATCHED ssize_t recvmsg_watched(int fd, struct msghdr *message, int flags)
{
	ssize_t result;

	if (!exchange_may_receive(fd, exchange_waits(flags)))
		return -1;
	result = real.recvmsg(fd, message, flags);
	return exchange_received(fd, result, exchange_takes(flags, result != 0 || exchange_has_room(message->msg_iov, message->msg_iovlen)));
}

HOOK_EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	if (fd_watched(fd))
		return recvmsg_watched(fd, message, flags);
	return real.recvmsg(fd, message, flags);
}

WATCHED int recvmmsg_watched(int fd, struct mmsghdr *messages, unsigned int count, mmsg_flags flags,
			struct timespec *timeout)
{
	if (!exchange_may_receive(fd, exchange_waits(flags)))
		return -1;
	return exchange_received_messages(fd, real.recvmmsg(fd, messages, count, flags, timeout), messages, flags);
}

HOOK_EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, mmsg_flags flags,
			 struct timespec *timeout)
{
	if (fd_watched(fd))
		return recvmmsg_watched(fd, messages, count, flags, timeout);
	return real.recvmmsg(fd, messages, count, flags, timeout);
}

HOT WATCHED ssize_t read_watched(int fd, void *buffer, size_t size)
{
	if (!exchange_may_receive(fd, true))
		return -1;
	return exchange_received(fd, real.read(fd, buffer, size), size > 0);
}

HOOK_EXPORT ssize_t read(int fd, void *buffer, size_t size)
{
	if (fd_watched(fd))
		return read_watched(fd, buffer, size);
	return real.read(fd, buffer, size);
}

WATCHED ssize_t readv_watched(int fd, const struct iovec *parts, int count)
{
	ssize_t result;

	if (!exchange_may_receive(fd, true))
		return -1;
	result = real.readv(fd, parts, count);
	return exchange_received(fd, result, result != 0 || exchange_has_room(parts, (size_t)count));
}

HOOK_EXPORT ssize_t readv(int fd, const struct iovec *parts, int count)
{
	if (fd_watched(fd))
		return readv_watched(fd, parts, count);
	return real.readv(fd, parts, count);
}

WATCHED ssize_t preadv2_watched(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	ssize_t result;

	if (!exchange_may_receive(fd, !(flags & RWF_NOWAIT)))
		return -1;
	result = real.preadv2(fd, parts, count, offset, flags);
	return exchange_received(fd, result, result != 0 || exchange_has_room(parts, (size_t)count));
}

HOOK_EXPORT ssize_t preadv2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	if (fd_watched(fd))
		return preadv2_watched(fd, parts, count, offset, flags);
	return real.preadv2(fd, parts, count, offset, flags);
}

#ifdef __GLIBC__
WATCHED ssize_t preadv64v2_watched(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	ssize_t result;

	if (!exchange_may_receive(fd, !(flags & RWF_NOWAIT)))
		return -1;
	result = real.preadv64v2(fd, parts, count, offset, flags);
	return exchange_received(fd, result, result != 0 || exchange_has_room(parts, (size_t)count));
}

HOOK_EXPORT ssize_t preadv64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	if (fd_watched(fd))
		return preadv64v2_watched(fd, parts, count, offset, flags);
	return real.preadv64v2(fd, parts, count, offset, flags);
}

HOOK_ALIAS_OF(read) ssize_t __read(int fd, void *buffer, size_t size);
#endif
