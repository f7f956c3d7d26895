/* SPDX-License-Identifier: MIT */
/*
 * kind.c - what a descriptor is (kind.h).
 */
#include "hook/kind.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/hot.h"
#include "hook/fdtable.h"
#include "hook/owner.h"
#include "hook/real.h"
#include "hook/sandbox.h"
#include "hook/target.h"

static bool is_udp(int fd)
{
	int protocol;
	socklen_t length = sizeof(protocol);

	return real.getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) == 0 && protocol == IPPROTO_UDP;
}

/*
 * A descriptor that we did not see created: one system call, whose answer is kept. Only TCP has a TCP_INFO (a raw
 * socket too says IPPROTO_TCP, when asked for its protocol), and it tells a fresh socket from one that was
 * inherited or handed over in the middle of its connection.
 */
static uint32_t ask(int fd, uint32_t flags)
{
	uint8_t state; /* the first member of struct tcp_info */
	socklen_t length = sizeof(state);
	uint32_t what = FD_OTHER;
	enum owner owner;

	owner = owner_claim();
	if (sandbox_is_up())
		return FD_OTHER;
	if (real.getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &length) == 0)
		what = FD_TCP | flags | (state == TCP_CLOSE ? 0 : FD_CONNECTED);
	else if (errno != EOPNOTSUPP && errno != ENOPROTOOPT)
		return FD_OTHER;
	else if (target_covers(PROTOCOL_UDP) && is_udp(fd))
		what = FD_UDP | (flags & FD_MAY_HOLD);
	if (owner == OWNER_SELF)
		fd_set_word(fd, what);
	return what;
}

HOT uint32_t kind_of(int fd)
{
	uint32_t what = fd_what(fd_word(fd));

	return (what & FD_KINDS) == FD_UNKNOWN && !fd_watched(fd) ? ask(fd, what) : what;
}
