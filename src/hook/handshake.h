/* SPDX-License-Identifier: MIT */
/*
 * handshake.h - how a TCP connect stands, asked without disturbing it.
 *
 * TCP_INFO and SO_COOKIE only: reading SO_ERROR would take the error away from the program. Each
 * function makes one or two getsockopt() calls, in a sandbox none (sandbox.h), keeps errno, and may run in any thread, signal
 * handler or child. Source: tcp(7), linux/tcp.h, net/ipv4/tcp.c:tcp_get_info().
 */
#ifndef CUTOUT_HOOK_HANDSHAKE_H
#define CUTOUT_HOOK_HANDSHAKE_H

#include <stdbool.h>
#include <stdint.h>

enum handshake_state {
	HANDSHAKE_GONE,    /* no TCP socket, or not the one meant: nothing can be said */
	HANDSHAKE_PENDING, /* SYN-SENT or SYN-RECV */
	HANDSHAKE_DONE,    /* it succeeded, whatever has happened since */
	HANDSHAKE_FAILED,  /* it never got through */
	HANDSHAKE_UNASKED, /* in a sandbox: what the program is told is all there is */
};

struct handshake {
	enum handshake_state state;
	bool retransmitted;     /* pending: a SYN was sent again */
	uint64_t done_before;   /* done: ns, an upper bound of how long it took; UINT64_MAX if unknown */
	uint64_t last_heard;    /* done: ns since the last acknowledgement, of the handshake or a later one */
	bool counts_bytes;      /* done: the two below are known (Linux 4.1) */
	uint32_t received;      /* bytes that have come in, whoever has read them or will, modulo 2^32 */
	uint64_t last_received; /* ns since the last of them */
};

/* The kernel's own name for this socket, never given twice; 0 where it has none (before Linux 4.12). */
uint64_t handshake_cookie(int fd);

/* It is the socket that has that cookie, as far as this can be told. */
bool handshake_is_of(int fd, uint64_t cookie);

/* Looks at the socket that has that cookie. */
struct handshake handshake_look(int fd, uint64_t cookie);

#endif
