/* SPDX-License-Identifier: MIT */
/*
 * addressed.h - sends that name their destination, and so connect: with MSG_FASTOPEN.
 *
 * Each does what connect() and the send would do together: it is admitted or refused, and its outcome is that of the
 * handshake, which goes on after bytes were taken. `next` is the real function. Any thread, signal handler or child.
 */
#ifndef CUTOUT_HOOK_ADDRESSED_H
#define CUTOUT_HOOK_ADDRESSED_H

#include "hook/libc.h"

/* Asked by every send; costs a look at its flags. */
static inline int addressed_is(int flags)
{
	return __builtin_expect((flags & MSG_FASTOPEN) != 0, 0);
}

ssize_t addressed_sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t length);
ssize_t addressed_sendmsg(__typeof__(sendmsg) *next, int fd, const struct msghdr *message, int flags);
int addressed_sendmmsg(__typeof__(sendmmsg) *next, int fd, struct mmsghdr *messages, unsigned int count,
		       mmsg_flags flags);

#endif
