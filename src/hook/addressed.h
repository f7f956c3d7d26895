/* SPDX-License-Identifier: MIT */
/*
 * addressed.h - sends that name their destination: with MSG_FASTOPEN they connect, and datagrams need no connect.
 *
 * With the flag each does what connect() and the send would do together: it is admitted or refused, and its outcome is
 * that of the handshake, which goes on after bytes were taken. A datagram is a call of its own, over when the send
 * returns. `next` is the real function. Any thread, signal handler or child.
 */
#ifndef CUTOUT_HOOK_ADDRESSED_H
#define CUTOUT_HOOK_ADDRESSED_H

#include <stdbool.h>

#include "hook/fdtable.h"
#include "hook/libc.h"

/* Some rule is for UDP or for Unix-domain sockets. Written in the constructor only. */
extern bool addressed_datagrams;

/* Asked by every send that may have an address; costs a look at its flags and a load. */
static inline bool addressed_is(int flags)
{
	return __builtin_expect((flags & MSG_FASTOPEN) != 0 || addressed_datagrams, false);
}

/* After that: it has one, and connects, or is not of a socket to which addresses mean nothing. */
static inline bool addressed_counts(int fd, int flags, const void *to)
{
	return to && (flags & MSG_FASTOPEN || (fd_what(fd_word(fd)) & FD_KINDS) != FD_TCP);
}

ssize_t addressed_sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t length);
ssize_t addressed_sendmsg(__typeof__(sendmsg) *next, int fd, const struct msghdr *message, int flags);
int addressed_sendmmsg(__typeof__(sendmmsg) *next, int fd, struct mmsghdr *messages, unsigned int count,
		       mmsg_flags flags);

#endif
