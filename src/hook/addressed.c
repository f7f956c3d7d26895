/* SPDX-License-Identifier: MIT */
/*
 * addressed.c - sends that connect (addressed.h).
 *
 * Of several messages the first one connects, and the kernel refuses the others for its flag.
 */
#include "hook/addressed.h"

#include "hook/attempt.h"
#include "hook/real.h"

ssize_t addressed_sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t length)
{
	struct attempt attempt __attribute__((cleanup(attempt_abandon))) = { .kind = ATTEMPT_NONE };

	attempt_begin(&attempt, fd, to, length);
	if (attempt.kind == ATTEMPT_REFUSED)
		return attempt_refuse(&attempt);
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

	attempt_begin(&attempt, fd, message->msg_name, message->msg_namelen);
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

	if (count == 0)
		return next(fd, messages, count, flags);
	attempt_begin(&attempt, fd, messages[0].msg_hdr.msg_name, messages[0].msg_hdr.msg_namelen);
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
