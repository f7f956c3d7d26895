/* SPDX-License-Identifier: MIT */
/*
 * handshake.c - TCP_INFO read as a verdict.
 */
#include "hook/handshake.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>

#include "base/duration.h"
#include "hook/real.h"

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

uint64_t handshake_cookie(int fd)
{
	int saved = errno;
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);

	if (real.getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) != 0 || length != sizeof(cookie))
		cookie = 0;
	errno = saved;
	return cookie;
}

/* What both sides agreed on. Others, as ECN (net.ipv4.tcp_ecn=1), stand for our own SYN, refused or not. */
enum { OPTIONS_AGREED = TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE };

static enum handshake_state state_of(const struct tcp_info *info)
{
	switch (info->tcpi_state) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		return HANDSHAKE_PENDING;
	case TCP_CLOSE:
		/* A connection that was up once has measured a round trip or agreed on options. */
		return info->tcpi_rtt == 0 && !(info->tcpi_options & OPTIONS_AGREED) ? HANDSHAKE_FAILED : HANDSHAKE_DONE;
	default:
		return HANDSHAKE_DONE;
	}
}

/* A SYN that was not sent again took one round trip. */
static uint64_t longest(const struct tcp_info *info)
{
	if (info->tcpi_total_retrans || info->tcpi_rtt == 0)
		return UINT64_MAX;
	return info->tcpi_rtt * NSEC_PER_USEC;
}

struct handshake handshake_look(int fd, uint64_t cookie)
{
	struct handshake seen = { .state = HANDSHAKE_GONE };
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);
	int saved = errno;

	if (handshake_cookie(fd) == cookie && real.getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
	    length >= offsetof(struct tcp_info, tcpi_total_retrans) + sizeof(info.tcpi_total_retrans)) {
		seen.state = state_of(&info);
		seen.retransmitted = info.tcpi_total_retrans != 0;
		seen.done_before = longest(&info);
		seen.last_heard = info.tcpi_last_ack_recv * NSEC_PER_MSEC;
	}
	errno = saved;
	return seen;
}
