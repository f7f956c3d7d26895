/* SPDX-License-Identifier: MIT */
/*
 * time64.c - what programs built with 64-bit time call on 32-bit machines.
 *
 * The same hooks under the names that <sys/socket.h> and others redirect to there. Elsewhere this file is empty.
 */
#include "hook/libc.h"

#if defined(__GLIBC__) && __TIMESIZE == 32

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>

#include "hook/addressed.h"
#include "hook/call.h"
#include "hook/evidence.h"
#include "hook/exchange.h"
#include "hook/fdtable.h"
#include "hook/real.h"
#include "hook/socket.h"
#include "hook/wait.h"

HOOK_EXPORT int __getsockopt64(int fd, int level, int name, void *value, socklen_t *length)
{
	int result = real.__getsockopt64(fd, level, name, value, length);

	if (fd_watched(fd) && result == 0 && level == SOL_SOCKET && name == SO_ERROR && *length >= sizeof(int))
		exchange_told_error(fd, *(int *)value);
	return result;
}

/* TCP_FASTOPEN_CONNECT has no time in it, but comes this way too. */
HOOK_EXPORT int __setsockopt64(int fd, int level, int name, const void *value, socklen_t length)
{
	int result = real.__setsockopt64(fd, level, name, value, length);

	if (result == 0 && level == IPPROTO_TCP && name == TCP_FASTOPEN_CONNECT && length >= sizeof(int))
		socket_notes_fastopen(fd, *(const int *)value != 0);
	return result;
}

HOOK_EXPORT int __fcntl_time64(int fd, int command, ...)
{
	va_list arguments;
	void *argument;
	int result;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	result = real.__fcntl_time64(fd, command, argument);
	if (result >= 0 && (command == F_DUPFD || command == F_DUPFD_CLOEXEC)) {
		if (fd_word(result))
			evidence_of_loss(result);
		call_share(fd, result);
	}
	return result;
}

HOOK_EXPORT ssize_t __sendmsg64(int fd, const struct msghdr *message, int flags)
{
	if (addressed_is(flags) && addressed_counts(fd, flags, message->msg_name))
		return addressed_sendmsg(real.__sendmsg64, fd, message, flags);
	if (!fd_watched(fd))
		return real.__sendmsg64(fd, message, flags);
	if (!exchange_may_send(fd))
		return -1;
	return exchange_sent(fd, real.__sendmsg64(fd, message, flags));
}

HOOK_EXPORT int __sendmmsg64(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	if (addressed_is(flags) && count > 0 && addressed_counts(fd, flags, messages[0].msg_hdr.msg_name))
		return addressed_sendmmsg(real.__sendmmsg64, fd, messages, count, flags);
	if (!fd_watched(fd))
		return real.__sendmmsg64(fd, messages, count, flags);
	if (!exchange_may_send(fd))
		return -1;
	return (int)exchange_sent(fd, real.__sendmmsg64(fd, messages, count, flags));
}

HOOK_EXPORT ssize_t __recvmsg64(int fd, struct msghdr *message, int flags)
{
	ssize_t result;

	if (!fd_watched(fd))
		return real.__recvmsg64(fd, message, flags);
	if (!exchange_may_receive(fd, exchange_waits(flags)))
		return -1;
	result = real.__recvmsg64(fd, message, flags);
	return exchange_received(fd, result, exchange_takes(flags, result != 0 || exchange_has_room(message->msg_iov, message->msg_iovlen)));
}

HOOK_EXPORT int __recvmmsg64(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout)
{
	if (!fd_watched(fd))
		return real.__recvmmsg64(fd, messages, count, flags, timeout);
	if (!exchange_may_receive(fd, exchange_waits(flags)))
		return -1;
	return exchange_received_messages(fd, real.__recvmmsg64(fd, messages, count, flags, timeout), messages, flags);
}

HOOK_EXPORT int __ppoll64(struct pollfd *fds, nfds_t count, const void *timeout, const sigset_t *mask)
{
	return waited_for_poll(fds, count, real.__ppoll64(fds, count, timeout, mask));
}

HOOK_EXPORT int __select64(int count, fd_set *reading, fd_set *writing, fd_set *exceptional, void *timeout)
{
	int result = real.__select64(count, reading, writing, exceptional, timeout);

	return waited_for_select(count, reading, writing, exceptional, result);
}

HOOK_EXPORT int __pselect64(int count, fd_set *reading, fd_set *writing, fd_set *exceptional, const void *timeout,
			    const sigset_t *mask)
{
	int result = real.__pselect64(count, reading, writing, exceptional, timeout, mask);

	return waited_for_select(count, reading, writing, exceptional, result);
}

HOOK_EXPORT int __epoll_pwait2_time64(int epfd, struct epoll_event *events, int count, const void *timeout,
				      const sigset_t *mask)
{
	return waited_for_epoll(real.__epoll_pwait2_time64(epfd, events, count, timeout, mask));
}

#else
typedef int time64_is_of_32_bits; /* ISO C wants a declaration */
#endif
