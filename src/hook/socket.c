/* SPDX-License-Identifier: MIT */
/*
 * socket.c - the life of a socket beside its connect: what it is, and what the program asks it.
 */
#include "hook/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "hook/evidence.h"
#include "hook/exchange.h"
#include "hook/fdtable.h"
#include "hook/owner.h"
#include "hook/real.h"
#include "hook/target.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef TCP_FASTOPEN_CONNECT
#define TCP_FASTOPEN_CONNECT 30
#endif

static uint32_t kind_of(int domain, int type, int protocol)
{
	if (domain != AF_INET && domain != AF_INET6)
		return FD_OTHER;
	type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (type == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP))
		return target_covers(PROTOCOL_UDP) ? FD_UDP : FD_OTHER;
	if (type != SOCK_STREAM)
		return FD_OTHER;
	return protocol == 0 || protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP ? FD_TCP : FD_OTHER;
}

void socket_notes_fastopen(int fd, bool on)
{
	int saved = errno;
	uint64_t word = fd_word(fd) & ~(uint64_t)FD_FASTOPEN;

	if (owner_claim() == OWNER_SELF)
		fd_set_word(fd, word | (on ? FD_FASTOPEN : 0));
	errno = saved;
}

/* Before it has claimed its table a forked child writes only zeros: see owner.h. */
static void note(int fd, uint32_t kind)
{
	int saved = errno;

	if (kind != FD_OTHER || fd_word(fd)) {
		switch (kind != FD_OTHER ? owner_meet() : owner_check()) {
		case OWNER_SELF:
			evidence_of_loss(fd);
			fd_set_word(fd, kind);
			/* Here, so that no connect has to ask; what cannot be learnt now is asked again there. */
			if (kind != FD_OTHER)
				target_learn_network(fd);
			break;
		case OWNER_UNCLAIMED:
			if (fd_word(fd))
				fd_set_word(fd, 0);
			break;
		case OWNER_OTHER:
			break;
		}
	}
	errno = saved;
}

/* So that a connect need not ask the kernel. A stale word of the same number goes. */
HOOK_EXPORT int socket(int domain, int type, int protocol)
{
	int fd = real.socket(domain, type, protocol);

	if (fd >= 0)
		note(fd, kind_of(domain, type, protocol));
	return fd;
}

/* In mid-handshake it gives the connect up; later, what would have been received: that nothing more is sent, not. */
HOOK_EXPORT int shutdown(int fd, int how)
{
	if (fd_watched(fd) && how >= SHUT_RD && how <= SHUT_RDWR) {
		evidence_of_giving_up(fd);
		if (how != SHUT_WR)
			exchange_left(fd, CALL_SPENT);
	}
	return real.shutdown(fd, how);
}

HOOK_EXPORT int getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
	int result = real.getsockopt(fd, level, name, value, length);

	if (fd_watched(fd) && result == 0 && level == SOL_SOCKET && name == SO_ERROR && *length >= sizeof(int))
		exchange_told_error(fd, *(int *)value);
	return result;
}

HOOK_EXPORT int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	int result = real.setsockopt(fd, level, name, value, length);

	if (result == 0 && level == IPPROTO_TCP && name == TCP_FASTOPEN_CONNECT && length >= sizeof(int))
		socket_notes_fastopen(fd, *(const int *)value != 0);
	return result;
}

/* A peer has a name once it is connected. */
HOOK_EXPORT int getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
	int result = real.getpeername(fd, address, length);

	if (fd_watched(fd))
		evidence_of_event(fd);
	return result;
}
