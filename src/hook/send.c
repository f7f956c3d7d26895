/* SPDX-License-Identifier: MIT */
/*
 * send.c - every way in which bytes leave through a descriptor.
 *
 * On a descriptor that is not watched each is a load, a branch and a jump to the real one.
 */
#include "base/hot.h"
#include "hook/addressed.h"
#include "hook/exchange.h"
#include "hook/fdtable.h"
#include "hook/real.h"

HOT WATCHED ssize_t send_watched(int fd, const void *data, size_t size, int flags)
{
	if (size > 0 && !exchange_may_send(fd))
		return -1;
	return exchange_sent(fd, real.send(fd, data, size, flags));
}

HOOK_EXPORT ssize_t send(int fd, const void *data, size_t size, int flags)
{
	if (fd_watched(fd))
		return send_watched(fd, data, size, flags);
	return real.send(fd, data, size, flags);
}

WATCHED ssize_t sendto_watched(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
			socklen_t length)
{
	if (size > 0 && !exchange_may_send(fd))
		return -1;
	return exchange_sent(fd, real.sendto(fd, data, size, flags, to, length));
}

HOOK_EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t length)
{
	if (addressed_is(flags) && addressed_counts(fd, flags, to))
		return addressed_sendto(fd, data, size, flags, to, length);
	if (fd_watched(fd))
		return sendto_watched(fd, data, size, flags, to, length);
	return real.sendto(fd, data, size, flags, to, length);
}

WATCHED ssize_t sendmsg_watched(int fd, const struct msghdr *message, int flags)
{
	if (!exchange_may_send(fd))
		return -1;
	return exchange_sent(fd, real.sendmsg(fd, message, flags));
}

HOOK_EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	if (addressed_is(flags) && message && addressed_counts(fd, flags, message->msg_name))
		return addressed_sendmsg(real.sendmsg, fd, message, flags);
	if (fd_watched(fd))
		return sendmsg_watched(fd, message, flags);
	return real.sendmsg(fd, message, flags);
}

WATCHED int sendmmsg_watched(int fd, struct mmsghdr *messages, unsigned int count, mmsg_flags flags)
{
	if (!exchange_may_send(fd))
		return -1;
	return (int)exchange_sent(fd, real.sendmmsg(fd, messages, count, flags));
}

HOOK_EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, mmsg_flags flags)
{
	if (addressed_is((int)flags) && messages && count > 0 &&
	    addressed_counts(fd, (int)flags, messages[0].msg_hdr.msg_name))
		return addressed_sendmmsg(real.sendmmsg, fd, messages, count, flags);
	if (fd_watched(fd))
		return sendmmsg_watched(fd, messages, count, flags);
	return real.sendmmsg(fd, messages, count, flags);
}

HOT WATCHED ssize_t write_watched(int fd, const void *data, size_t size)
{
	if (size > 0 && !exchange_may_send(fd))
		return -1;
	return exchange_sent(fd, real.write(fd, data, size));
}

HOOK_EXPORT ssize_t write(int fd, const void *data, size_t size)
{
	if (fd_watched(fd))
		return write_watched(fd, data, size);
	return real.write(fd, data, size);
}

WATCHED ssize_t writev_watched(int fd, const struct iovec *parts, int count)
{
	if (!exchange_may_send(fd))
		return -1;
	return exchange_sent(fd, real.writev(fd, parts, count));
}

HOOK_EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
	if (fd_watched(fd))
		return writev_watched(fd, parts, count);
	return real.writev(fd, parts, count);
}

WATCHED ssize_t pwritev2_watched(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	if (!exchange_may_send(fd))
		return -1;
	return exchange_sent(fd, real.pwritev2(fd, parts, count, offset, flags));
}

HOOK_EXPORT ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	if (fd_watched(fd))
		return pwritev2_watched(fd, parts, count, offset, flags);
	return real.pwritev2(fd, parts, count, offset, flags);
}

WATCHED ssize_t sendfile_watched(int to, int from, off_t *offset, size_t size)
{
	if (size > 0 && !exchange_may_send(to))
		return -1;
	return exchange_sent(to, real.sendfile(to, from, offset, size));
}

HOOK_EXPORT ssize_t sendfile(int to, int from, off_t *offset, size_t size)
{
	if (fd_watched(to))
		return sendfile_watched(to, from, offset, size);
	return real.sendfile(to, from, offset, size);
}

/* Either end may be a socket. */
HOOK_EXPORT ssize_t splice(int from, loff_t *from_offset, int to, loff_t *to_offset, size_t size, unsigned int flags)
{
	ssize_t result;

	if (fd_watched(from) && !exchange_may_receive(from, !(flags & SPLICE_F_NONBLOCK)))
		return -1;
	if (fd_watched(to) && size > 0 && !exchange_may_send(to))
		return -1;
	result = real.splice(from, from_offset, to, to_offset, size, flags);
	if (fd_watched(to))
		exchange_sent(to, result);
	if (fd_watched(from))
		exchange_received(from, result, size > 0);
	return result;
}

#ifdef __GLIBC__
WATCHED ssize_t sendfile64_watched(int to, int from, off64_t *offset, size_t size)
{
	if (size > 0 && !exchange_may_send(to))
		return -1;
	return exchange_sent(to, real.sendfile64(to, from, offset, size));
}

HOOK_EXPORT ssize_t sendfile64(int to, int from, off64_t *offset, size_t size)
{
	if (fd_watched(to))
		return sendfile64_watched(to, from, offset, size);
	return real.sendfile64(to, from, offset, size);
}

WATCHED ssize_t pwritev64v2_watched(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	if (!exchange_may_send(fd))
		return -1;
	return exchange_sent(fd, real.pwritev64v2(fd, parts, count, offset, flags));
}

HOOK_EXPORT ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	if (fd_watched(fd))
		return pwritev64v2_watched(fd, parts, count, offset, flags);
	return real.pwritev64v2(fd, parts, count, offset, flags);
}

HOOK_ALIAS_OF(send) ssize_t __send(int fd, const void *data, size_t size, int flags);
HOOK_ALIAS_OF(write) ssize_t __write(int fd, const void *data, size_t size);
#endif
