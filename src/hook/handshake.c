/* SPDX-License-Identifier: MIT */
/*
 * handshake.c - TCP_INFO read as a verdict.
 */
#include "hook/handshake.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>

#include "base/duration.h"
#include "hook/real.h"
#include "hook/sandbox.h"

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

uint64_t handshake_cookie(int fd)
{
	int saved = errno;
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);

	if (sandbox_is_up())
		return 0;
	if (real.getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) != 0 || length != sizeof(cookie))
		cookie = 0;
	errno = saved;
	return cookie;
}

bool handshake_is_of(int fd, uint64_t cookie)
{
	return sandbox_is_up() || handshake_cookie(fd) == cookie;
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

/* Behind what older headers know of it: two rates, bytes acknowledged, and this. An end of file counts as a byte. */
enum { BYTES_RECEIVED_AT = 128 };

union answer {
	struct tcp_info info;
	unsigned char bytes[BYTES_RECEIVED_AT + sizeof(uint64_t)];
};

static bool has_seen_end(uint8_t state)
{
	return state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK || state == TCP_CLOSING || state == TCP_TIME_WAIT;
}

static void count_bytes(const union answer *answer, socklen_t length, struct handshake *seen)
{
	uint64_t received;

	seen->counts_bytes = length >= sizeof(answer->bytes);
	if (!seen->counts_bytes)
		return;
	memcpy(&received, answer->bytes + BYTES_RECEIVED_AT, sizeof(received));
	seen->received = (uint32_t)received - has_seen_end(answer->info.tcpi_state);
	seen->last_received = answer->info.tcpi_last_data_recv * NSEC_PER_MSEC;
}

struct handshake handshake_look(int fd, uint64_t cookie)
{
	struct handshake seen = { .state = HANDSHAKE_GONE };
	union answer answer = { 0 };
	socklen_t length = sizeof(answer);
	const struct tcp_info *info = &answer.info;
	int saved = errno;

	if (sandbox_is_up()) {
		seen.state = HANDSHAKE_UNASKED;
		return seen;
	}
	if (handshake_cookie(fd) == cookie && real.getsockopt(fd, IPPROTO_TCP, TCP_INFO, &answer, &length) == 0 &&
	    length >= offsetof(struct tcp_info, tcpi_total_retrans) + sizeof(info->tcpi_total_retrans)) {
		seen.state = state_of(info);
		seen.retransmitted = info->tcpi_total_retrans != 0;
		seen.done_before = longest(info);
		seen.last_heard = info->tcpi_last_ack_recv * NSEC_PER_MSEC;
		count_bytes(&answer, length, &seen);
	}
	errno = saved;
	return seen;
}
