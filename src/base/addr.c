/* SPDX-License-Identifier: MIT */
/*
 * addr.c - a destination's address in one fixed-width value, whatever sockaddr it came in.
 *
 * Pure. Text to address is in addr_parse.c, address to text in addr_format.c.
 */
#include "base/addr.h"

#include <assert.h>
#include <netinet/in.h>
#include <string.h>

/* The kernel takes IPv6 addresses without a scope id (RFC 2133). */
enum { SOCKADDR_IN6_SHORT = offsetof(struct sockaddr_in6, sin6_scope_id) };

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* Link-local, also the multicast kind. */
static bool has_scope(const uint8_t bytes[16])
{
	return (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) || (bytes[0] == 0xff && (bytes[1] & 0x0f) == 2);
}

static void set_ipv4(struct addr *addr, const void *bytes)
{
	memset(addr->bytes, 0, sizeof(addr->bytes));
	memcpy(addr->bytes, bytes, 4);
	addr->family = ADDR_IPV4;
}

static void set_ipv6(struct addr *addr, const void *bytes)
{
	if (memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)) == 0) {
		set_ipv4(addr, (const uint8_t *)bytes + sizeof(mapped_prefix));
		return;
	}
	memcpy(addr->bytes, bytes, 16);
	addr->family = ADDR_IPV6;
}

bool addr_from_sockaddr(struct addr *addr, const struct sockaddr *sa, socklen_t length)
{
	struct sockaddr_in6 in6 = { .sin6_scope_id = 0 };
	struct sockaddr_in in;
	sa_family_t family;

	memset(addr, 0, sizeof(*addr));
	if (sa == NULL || length < sizeof(in))
		return false;
	/* Programs hand over what they have, aligned or not. */
	memcpy(&family, (const char *)sa + offsetof(struct sockaddr, sa_family), sizeof(family));
	if (family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		set_ipv4(addr, &in.sin_addr);
		addr->port = ntohs(in.sin_port);
	} else if (family == AF_INET6 && length >= SOCKADDR_IN6_SHORT) {
		memcpy(&in6, sa, length < sizeof(in6) ? (size_t)SOCKADDR_IN6_SHORT : sizeof(in6));
		set_ipv6(addr, &in6.sin6_addr);
		addr->port = ntohs(in6.sin6_port);
		if (addr->family == ADDR_IPV6 && has_scope(addr->bytes))
			addr->scope = in6.sin6_scope_id;
	}
	return addr->family != ADDR_NONE;
}

static socklen_t put_ipv4(const struct addr *addr, void *room)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(addr->port) };

	memcpy(&in.sin_addr, addr->bytes, sizeof(in.sin_addr));
	memcpy(room, &in, sizeof(in));
	return sizeof(in);
}

static socklen_t put_ipv6(const struct addr *addr, void *room)
{
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(addr->port), .sin6_scope_id = addr->scope,
	};

	if (addr->family == ADDR_IPV4) {
		memcpy(&in6.sin6_addr, mapped_prefix, sizeof(mapped_prefix));
		memcpy((uint8_t *)&in6.sin6_addr + sizeof(mapped_prefix), addr->bytes, 4);
	} else {
		memcpy(&in6.sin6_addr, addr->bytes, sizeof(in6.sin6_addr));
	}
	memcpy(room, &in6, sizeof(in6));
	return sizeof(in6);
}

static_assert(ADDR_SOCKADDR_MAX == sizeof(struct sockaddr_in6), "the longer of the two");

socklen_t addr_to_sockaddr(const struct addr *addr, sa_family_t family, void *room)
{
	if (family == AF_INET && addr->family == ADDR_IPV4)
		return put_ipv4(addr, room);
	if (family == AF_INET6 && addr->family != ADDR_NONE)
		return put_ipv6(addr, room);
	return 0;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool addr_in_prefix(const struct addr *addr, const struct addr *prefix, unsigned bits)
{
	unsigned whole = bits / 8;
	unsigned rest = bits % 8;

	if (addr->family != prefix->family || bits > (addr->family == ADDR_IPV4 ? 32 : 128))
		return false;
	if (memcmp(addr->bytes, prefix->bytes, whole) != 0)
		return false;
	return rest == 0 || (addr->bytes[whole] ^ prefix->bytes[whole]) >> (8 - rest) == 0;
}
