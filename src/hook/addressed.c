/* SPDX-License-Identifier: MIT */
/*
 * addressed.c - sends that name their destination (addressed.h).
 *
 * Of several messages with MSG_FASTOPEN the first one connects, and the kernel refuses the others for its flag. Several
 * datagrams are sent one by one, since each may go elsewhere.
 */
#include "hook/addressed.h"

#include <errno.h>

#include "hook/attempt.h"
#include "hook/exchange.h"
#include "hook/real.h"

bool addressed_datagrams;

/* On a connected socket it is told of errors of that connection, too. */
static ssize_t sent_datagram(struct attempt *attempt, ssize_t result)
{
	if (fd_watched(attempt->fd))
		exchange_sent(attempt->fd, result);
	return attempt_sent_datagram(attempt, result);
}

static ssize_t send_datagram(int fd, const struct msghdr *message, int flags)
{
	struct attempt attempt __attribute__((cleanup(attempt_abandon))) = { .kind = ATTEMPT_NONE };

	attempt_begin_datagram(&attempt, fd, message->msg_name, message->msg_namelen, flags);
	if (attempt.kind == ATTEMPT_REFUSED)
		return attempt_refuse(&attempt);
	return sent_datagram(&attempt, real.sendmsg(fd, message, flags));
}

/* As the kernel does it: up to the first that fails, of which only the next call tells. */
static int send_datagrams(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	int before = errno;
	unsigned int sent = 0;

	while (sent < count) {
		ssize_t length = send_datagram(fd, &messages[sent].msg_hdr, flags);

		if (length < 0)
			break;
		messages[sent++].msg_len = (unsigned int)length;
	}
	if (sent == 0)
		return -1;
	errno = before;
	return (int)sent;
}

ssize_t addressed_sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t length)
{
	struct attempt attempt __attribute__((cleanup(attempt_abandon))) = { .kind = ATTEMPT_NONE };

	if (flags & MSG_FASTOPEN)
		attempt_begin(&attempt, fd, to, length, flags);
	else
		attempt_begin_datagram(&attempt, fd, to, length, flags);
	if (attempt.kind == ATTEMPT_REFUSED)
		return attempt_refuse(&attempt);
	if (!(flags & MSG_FASTOPEN))
		return sent_datagram(&attempt, real.sendto(fd, data, size, flags, to, length));
	if (attempt.kind == ATTEMPT_DIVERTED) {
		to = &attempt.detour.address.any;
		length = attempt.detour.length;
	}
	return attempt_sent(&attempt, real.sendto(fd, data, size, flags, to, length));
}

/* The same message to where it is to go; it is the caller's, and stays as it is. */
static struct msghdr redirected(const struct msghdr *message, struct attempt *attempt)
{
	struct msghdr copy = *message;

	if (attempt->kind == ATTEMPT_DIVERTED) {
		copy.msg_name = &attempt->detour.address;
		copy.msg_namelen = attempt->detour.length;
	}
	return copy;
}

ssize_t addressed_sendmsg(__typeof__(sendmsg) *next, int fd, const struct msghdr *message, int flags)
{
	struct attempt attempt __attribute__((cleanup(attempt_abandon))) = { .kind = ATTEMPT_NONE };
	struct msghdr copy;

	if (!(flags & MSG_FASTOPEN))
		return send_datagram(fd, message, flags);
	attempt_begin(&attempt, fd, message->msg_name, message->msg_namelen, flags);
	if (attempt.kind == ATTEMPT_REFUSED)
		return attempt_refuse(&attempt);
	copy = redirected(message, &attempt);
	return attempt_sent(&attempt, next(fd, &copy, flags));
}

int addressed_sendmmsg(__typeof__(sendmmsg) *next, int fd, struct mmsghdr *messages, unsigned int count,
		       mmsg_flags flags)
{
	struct attempt attempt __attribute__((cleanup(attempt_abandon))) = { .kind = ATTEMPT_NONE };
	struct mmsghdr first;
	int result;

	if (!((int)flags & MSG_FASTOPEN))
		return send_datagrams(fd, messages, count, (int)flags);
	attempt_begin(&attempt, fd, messages[0].msg_hdr.msg_name, messages[0].msg_hdr.msg_namelen, (int)flags);
	if (attempt.kind == ATTEMPT_REFUSED)
		return attempt_refuse(&attempt);
	if (attempt.kind != ATTEMPT_DIVERTED)
		return (int)attempt_sent(&attempt, next(fd, messages, count, flags));
	first.msg_hdr = redirected(&messages[0].msg_hdr, &attempt);
	result = next(fd, &first, 1, flags);
	if (result == 1)
		messages[0].msg_len = first.msg_len;
	return (int)attempt_sent(&attempt, result);
}
