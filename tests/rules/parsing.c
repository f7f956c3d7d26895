/* SPDX-License-Identifier: MIT */
/*
 * parsing.c - texts to rules, or to what is said about them, for the tests of this room.
 */
#include "parsing.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char said[65536];

static void collect(void *context, const struct rules_error *error)
{
	size_t used = strlen(said);

	(void)context;
	if (used < sizeof(said) - 512) {
		rules_error_format(error, said + used, 500);
		strcat(said, "\n");
	}
}

static struct rules *parse(const char *text, const char *defaults)
{
	static struct arena arena; /* given back by the end of the process, one for each test */
	struct rules_text rules = { "r", text, strlen(text) };
	struct rules_text options = { "d", defaults, defaults != NULL ? strlen(defaults) : 0 };

	said[0] = '\0';
	return rules_parse(&arena, &rules, 1, defaults != NULL ? &options : NULL, collect, NULL);
}

struct rules *parse_good_with(const char *text, const char *defaults)
{
	struct rules *rules = parse(text, defaults);

	cr_assert_not_null(rules, "%s: %s", text, said);
	return rules;
}

struct rules *parse_good(const char *text)
{
	return parse_good_with(text, NULL);
}

const char *complaints_with(const char *text, const char *defaults)
{
	struct rules *rules = parse(text, defaults);

	cr_assert_eq(rules == NULL, said[0] != '\0');
	return said;
}

const char *complaints(const char *text)
{
	return complaints_with(text, NULL);
}

unsigned matched(const struct rules *rules, const char *address, const char *name)
{
	const char *colon = strrchr(address, ':');
	size_t brackets = address[0] == '[';
	struct addr addr;

	cr_assert(addr_parse_host(&addr, address + brackets, (size_t)(colon - address) - 2 * brackets));
	addr.port = (uint16_t)atoi(colon + 1);
	return rules_match(rules, PROTOCOL_TCP, &addr, name, name != NULL ? strlen(name) : 0)->line;
}

const char *shown(const char *text)
{
	static char buffer[4096];
	const struct rule *rule = rules_at(parse_good(text), 0);

	cr_assert_eq(rule_format_options(rule, buffer, sizeof(buffer)), strlen(buffer));
	return buffer;
}
