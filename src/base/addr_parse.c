/* SPDX-License-Identifier: MIT */
/*
 * addr_parse.c - text to address: "10.0.0.5", "fe80::1%3".
 *
 * Strict: no leading zeros, none of inet_aton()'s short forms. Not by inet_pton(), which differs
 * between libcs and wants a NUL. Pure.
 */
#include "base/addr.h"

#include <netinet/in.h>
#include <string.h>

/* A decimal number without leading zeros. */
static bool parse_number(uint64_t *number, uint64_t most, const char *text, size_t length)
{
	*number = 0;
	if (length == 0 || (length > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*number = 10 * *number + (uint64_t)(text[i] - '0');
		if (*number > most)
			return false;
	}
	return true;
}

/* The length up to, and without, the first `c`; all of it if there is none. */
static size_t length_to(const char *text, size_t length, char c)
{
	const char *found = length > 0 ? memchr(text, c, length) : NULL;

	return found != NULL ? (size_t)(found - text) : length;
}

static bool parse_ipv4(uint8_t bytes[4], const char *text, size_t length)
{
	for (unsigned i = 0; i < 4; i++) {
		size_t octet = i < 3 ? length_to(text, length, '.') : length;
		uint64_t number;

		if ((i < 3 && octet == length) || !parse_number(&number, 255, text, octet))
			return false;
		bytes[i] = (uint8_t)number;
		text += i < 3 ? octet + 1 : octet;
		length -= i < 3 ? octet + 1 : octet;
	}
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One to four hexadecimal digits to two bytes. */
static bool parse_group(uint8_t bytes[2], const char *text, size_t length)
{
	unsigned group = 0;

	if (length < 1 || length > 4)
		return false;
	for (size_t i = 0; i < length; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			return false;
		group = group << 4 | (unsigned)digit;
	}
	bytes[0] = (uint8_t)(group >> 8);
	bytes[1] = (uint8_t)group;
	return true;
}

/* Groups between colons, the last of them perhaps an IPv4 address. Returns the bytes written, 0 for an error. */
static size_t parse_groups(uint8_t *bytes, size_t room, const char *text, size_t length)
{
	size_t used = 0;

	for (;;) {
		size_t group = length_to(text, length, ':');
		bool last = group == length;

		if (last && room - used >= 4 && parse_ipv4(bytes + used, text, group))
			return used + 4;
		if (room - used < 2 || !parse_group(bytes + used, text, group))
			return 0;
		used += 2;
		if (last)
			return used;
		text += group + 1;
		length -= group + 1;
	}
}

static bool parse_ipv6(uint8_t bytes[16], const char *text, size_t length)
{
	const char *gap = length > 1 ? memmem(text, length, "::", 2) : NULL;
	size_t head_length = gap != NULL ? (size_t)(gap - text) : length;
	size_t tail_length = gap != NULL ? length - head_length - 2 : 0;
	uint8_t tail[16];
	size_t head_used = 0;
	size_t tail_used = 0;

	memset(bytes, 0, 16);
	if (gap == NULL)
		return parse_groups(bytes, 16, text, length) == 16;
	if (head_length > 0 && (head_used = parse_groups(bytes, 14, text, head_length)) == 0)
		return false;
	/* "1.2.3.4::" is no address: dots may only end one. */
	if (head_length > 0 && memchr(text, '.', head_length) != NULL)
		return false;
	if (tail_length > 0 && (tail_used = parse_groups(tail, 14 - head_used, gap + 2, tail_length)) == 0)
		return false;
	memcpy(bytes + 16 - tail_used, tail, tail_used);
	return true;
}

static bool parse_sockaddr_in(struct addr *addr, const char *text, size_t length)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	return parse_ipv4((uint8_t *)&in.sin_addr, text, length) &&
	       addr_from_sockaddr(addr, (const struct sockaddr *)&in, sizeof(in));
}

/* The scope is a number: a name would need a system call. It must be one that the address can have. */
static bool parse_sockaddr_in6(struct addr *addr, const char *text, size_t length)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	size_t host = length_to(text, length, '%');
	uint64_t scope = 0;

	if (!parse_ipv6(in6.sin6_addr.s6_addr, text, host))
		return false;
	if (host < length && !parse_number(&scope, UINT32_MAX, text + host + 1, length - host - 1))
		return false;
	in6.sin6_scope_id = (uint32_t)scope;
	return addr_from_sockaddr(addr, (const struct sockaddr *)&in6, sizeof(in6)) && addr->scope == scope;
}

bool addr_parse_host(struct addr *addr, const char *text, size_t length)
{
	if (parse_sockaddr_in(addr, text, length) || parse_sockaddr_in6(addr, text, length))
		return true;
	memset(addr, 0, sizeof(*addr));
	return false;
}
