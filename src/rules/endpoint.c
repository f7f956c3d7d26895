/* SPDX-License-Identifier: MIT */
/*
 * endpoint.c - an address with or without a port (endpoint.h).
 *
 * Names are refused: nothing is ever looked up for them.
 */
#include "rules/endpoint.h"

#include "rules/ports.h"
#include "rules/value.h"

/* "[…]" and what is behind it, or up to the only colon. False where brackets are missing or wrong. */
static bool split(const struct word *value, struct word *host, struct word *rest)
{
	size_t end = word_find(value, ':');
	bool bracketed = value->length > 0 && value->at[0] == '[';

	if (bracketed)
		end = word_find(value, ']');
	if (bracketed && end == value->length)
		return false;
	*host = word_part(value, bracketed, end - bracketed);
	*rest = word_part(value, end + bracketed, value->length - end - bracketed);
	return bracketed == (word_find(host, ':') < host->length);
}

static bool parse(struct addr *addr, const struct word *value)
{
	struct word host, rest, port;
	uint64_t number = 0;

	if (!split(value, &host, &rest) || !addr_parse_host(addr, host.at, host.length))
		return false;
	if (rest.length == 0)
		return true;
	port = word_part(&rest, 1, rest.length - 1);
	if (rest.at[0] != ':' || !ports_is_one(&port))
		return false;
	value_parse(VALUE_NUMBER, &number, port.at, port.length);
	addr->port = (uint16_t)number;
	return true;
}

bool endpoint_parse(struct addr *addr, const struct word *value, struct report *report)
{
	if (parse(addr, value))
		return true;
	report_word(report, value, "", " is not an address such as 10.0.0.5:80, 10.0.0.5 or [::1]:80", NULL);
	return false;
}

void endpoint_put(struct text *text, const struct addr *addr)
{
	bool bare = addr->port == 0 && addr->family == ADDR_IPV6;
	char buffer[ADDR_TEXT_MAX];

	addr_format(addr, buffer, sizeof(buffer));
	text_put(text, bare ? "[" : "");
	text_put(text, buffer);
	text_put(text, bare ? "]" : "");
}
