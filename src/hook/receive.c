/* SPDX-License-Identifier: MIT */
/*
 * receive.c - every way in which bytes come in through a descriptor.
 *
 * On a descriptor that is not watched each is a load, a branch and a jump to the real one.
 */
#include "hook/evidence.h"
#include "hook/fdtable.h"
#include "hook/real.h"

HOOK_EXPORT ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
	if (!fd_watched(fd))
		return real.recv(fd, buffer, size, flags);
	return evidence_of_transfer(fd, real.recv(fd, buffer, size, flags));
}

HOOK_EXPORT ssize_t recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *from, socklen_t *length)
{
	if (!fd_watched(fd))
		return real.recvfrom(fd, buffer, size, flags, from, length);
	return evidence_of_transfer(fd, real.recvfrom(fd, buffer, size, flags, from, length));
}

HOOK_EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	if (!fd_watched(fd))
		return real.recvmsg(fd, message, flags);
	return evidence_of_transfer(fd, real.recvmsg(fd, message, flags));
}

HOOK_EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, mmsg_flags flags,
			 struct timespec *timeout)
{
	if (!fd_watched(fd))
		return real.recvmmsg(fd, messages, count, flags, timeout);
	return (int)evidence_of_transfer(fd, real.recvmmsg(fd, messages, count, flags, timeout));
}

HOOK_EXPORT ssize_t read(int fd, void *buffer, size_t size)
{
	if (!fd_watched(fd))
		return real.read(fd, buffer, size);
	return evidence_of_transfer(fd, real.read(fd, buffer, size));
}

HOOK_EXPORT ssize_t readv(int fd, const struct iovec *parts, int count)
{
	if (!fd_watched(fd))
		return real.readv(fd, parts, count);
	return evidence_of_transfer(fd, real.readv(fd, parts, count));
}

HOOK_EXPORT ssize_t preadv2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	if (!fd_watched(fd))
		return real.preadv2(fd, parts, count, offset, flags);
	return evidence_of_transfer(fd, real.preadv2(fd, parts, count, offset, flags));
}

#ifdef __GLIBC__
HOOK_EXPORT ssize_t preadv64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	if (!fd_watched(fd))
		return real.preadv64v2(fd, parts, count, offset, flags);
	return evidence_of_transfer(fd, real.preadv64v2(fd, parts, count, offset, flags));
}

HOOK_ALIAS_OF(read) ssize_t __read(int fd, void *buffer, size_t size);
#endif
