/* SPDX-License-Identifier: MIT */
/*
 * addr.h - a destination's address in one fixed-width value, whatever sockaddr it came in.
 *
 * An IPv4-mapped IPv6 address becomes the IPv4 address it stands for, so that both forms
 * are one destination. Ports are in host byte order.
 *
 * All functions are pure: no allocation, no lock, no errno. Safe in any thread, in a signal
 * handler and in a forked or vforked child.
 */
#ifndef CUTOUT_BASE_ADDR_H
#define CUTOUT_BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum addr_family {
	ADDR_NONE = 0,
	ADDR_IPV4 = 4,
	ADDR_IPV6 = 6,
};

enum addr_protocol {
	PROTOCOL_TCP = 1,
	PROTOCOL_UDP = 2,
	PROTOCOL_UNIX = 3,
	PROTOCOL_LOOKUP = 4, /* of a name: no connection, but it too has breakers */
};

/*
 * What stands in front of a destination of that protocol: "udp://"; "" for TCP, or "tcp://" where the host's name would
 * read as a scheme ("unix:80" is a path). The name may be NULL.
 */
const char *protocol_prefix(enum addr_protocol protocol, const char *name);

/* 24 bytes, no padding: compared and hashed as bytes. */
struct addr {
	uint8_t bytes[16]; /* network byte order; IPv4 in the first four, the rest 0 */
	uint32_t scope;    /* IPv6 scope id of a link-local address, else 0 */
	uint16_t port;     /* host byte order; 0: none */
	uint8_t family;    /* enum addr_family */
	uint8_t reserved;  /* 0 */
};

/* Room for the longest text of addr_format() with its final NUL. */
enum { ADDR_TEXT_MAX = 64 };

/* That of struct sockaddr_in6. */
enum { ADDR_SOCKADDR_MAX = 28 };

/* False, with *addr cleared, for NULL, a short length or a family that is not IP. */
bool addr_from_sockaddr(struct addr *addr, const struct sockaddr *sa, socklen_t length);

/*
 * The address for a socket of that family (AF_INET or AF_INET6, where an IPv4 one is mapped), in `room` of at least
 * ADDR_SOCKADDR_MAX bytes. Returns the length; 0 when it does not fit.
 */
socklen_t addr_to_sockaddr(const struct addr *addr, sa_family_t family, void *room);

/* "10.0.0.5" or "fe80::1%3", without port. False if text is not such an address. */
bool addr_parse_host(struct addr *addr, const char *text, size_t length);

/* "10.0.0.5:5432", "[::1]:80", "[fe80::1%3]:80" (RFC 5952); without a port "10.0.0.5", "::1". Returns the length. */
size_t addr_format(const struct addr *addr, char *text, size_t size);

bool addr_equal(const struct addr *a, const struct addr *b);

/* True when the first `bits` bits agree; families must be equal. */
bool addr_in_prefix(const struct addr *addr, const struct addr *prefix, unsigned bits);

#endif
