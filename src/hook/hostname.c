/* SPDX-License-Identifier: MIT */
/*
 * hostname.c - tell names from addresses (hostname.h).
 *
 * Resolvers answer for an address without asking anybody, and in every form that inet_aton() takes.
 */
#include "hook/hostname.h"

#include <string.h>

#include "base/addr.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex_digit(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* "10", "0x7f": one part of an IPv4 address in its old forms. */
static bool is_number(const char *part, size_t length)
{
	bool hex = length > 2 && part[0] == '0' && (part[1] == 'x' || part[1] == 'X');

	for (size_t i = hex ? 2 : 0; i < length; i++)
		if (!(hex ? is_hex_digit(part[i]) : is_digit(part[i])))
			return false;
	return length > 0;
}

/* "127.1", "2130706433", "0x7f.0.0.1": nothing but numbers between the dots. */
static bool is_numbers(const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		const char *dot = memchr(text, '.', (size_t)(end - text));
		const char *stop = dot ? dot : end;

		if (!is_number(text, (size_t)(stop - text)))
			return false;
		text = stop + 1;
	}
	return true;
}

/* The part before a scope, which may be an interface's name, decides. */
static bool is_address(const char *text, size_t length)
{
	const char *scope = memchr(text, '%', length);
	struct addr addr;

	return addr_parse_host(&addr, text, scope ? (size_t)(scope - text) : length);
}

bool hostname_read(struct name *name, const char *text, size_t length)
{
	if (length > 0 && text[length - 1] == '.')
		length--;
	if (length == 0 || length > NAME_MAX_LENGTH)
		return false;
	if (is_numbers(text, length) || is_address(text, length))
		return false;
	name->length = (uint32_t)length;
	memcpy(name->text, text, length);
	name->text[length] = '\0';
	return true;
}
