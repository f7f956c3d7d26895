/* SPDX-License-Identifier: MIT */
/*
 * addr_format.c - address to text, IPv6 as RFC 5952 recommends. Pure.
 */
#include "base/addr.h"

#include <stddef.h>

#include "base/text.h"

static void put_ipv4(struct text *text, const uint8_t bytes[4])
{
	for (unsigned i = 0; i < 4; i++) {
		if (i > 0)
			text_put_char(text, '.');
		text_put_number(text, bytes[i]);
	}
}

static void put_hex(struct text *text, unsigned group)
{
	static const char digit[] = "0123456789abcdef";
	int shift = 12;

	while (shift > 0 && group >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		text_put_char(text, digit[group >> shift & 15]);
}

/* The first of the longest runs of zero groups, two at least; its length, and where it is in *start. */
static unsigned longest_gap(const unsigned groups[8], unsigned *start)
{
	unsigned longest = 1;

	for (unsigned i = 0; i < 8; i++) {
		unsigned run = 0;

		while (i + run < 8 && groups[i + run] == 0)
			run++;
		if (run > longest) {
			longest = run;
			*start = i;
		}
	}
	return longest > 1 ? longest : 0;
}

static void put_ipv6(struct text *text, const struct addr *addr)
{
	unsigned groups[8];
	unsigned start = 8;
	unsigned gap;

	for (unsigned i = 0; i < 8; i++)
		groups[i] = (unsigned)addr->bytes[2 * i] << 8 | addr->bytes[2 * i + 1];
	gap = longest_gap(groups, &start);
	for (unsigned i = 0; i < 8; i++) {
		if (i == start) {
			text_put(text, "::");
			i += gap - 1;
			continue;
		}
		if (i > 0 && i != start + gap)
			text_put_char(text, ':');
		put_hex(text, groups[i]);
	}
	if (addr->scope != 0) {
		text_put_char(text, '%');
		text_put_number(text, addr->scope);
	}
}

/* A value without a family is "-". */
size_t addr_format(const struct addr *addr, char *buffer, size_t size)
{
	bool brackets = addr->family == ADDR_IPV6 && addr->port != 0;
	struct text text;

	text_init(&text, buffer, size);
	if (brackets)
		text_put_char(&text, '[');
	if (addr->family == ADDR_IPV4)
		put_ipv4(&text, addr->bytes);
	else if (addr->family == ADDR_IPV6)
		put_ipv6(&text, addr);
	else
		text_put_char(&text, '-');
	if (brackets)
		text_put_char(&text, ']');
	if (addr->port != 0 && addr->family != ADDR_NONE) {
		text_put_char(&text, ':');
		text_put_number(&text, addr->port);
	}
	return text_length(&text);
}

static bool is_word(const char *word, const char *name)
{
	while (*word != '\0' && (*name == *word || *name == *word - ('a' - 'A'))) {
		word++;
		name++;
	}
	return *word == *name;
}

const char *protocol_prefix(enum addr_protocol protocol, const char *name)
{
	switch (protocol) {
	case PROTOCOL_UDP:
		return "udp://";
	case PROTOCOL_UNIX:
		return "unix:";
	case PROTOCOL_LOOKUP:
		return "lookup:";
	case PROTOCOL_TCP:
		break;
	}
	return name != NULL && (is_word("unix", name) || is_word("lookup", name)) ? "tcp://" : "";
}
