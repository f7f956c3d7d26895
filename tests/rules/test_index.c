/* SPDX-License-Identifier: MIT */
/*
 * test_index.c - the index agrees with a plain walk over the patterns, on random ones.
 */
#include "rules/index.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rules/glob.h"

enum { PATTERNS = 300, ROUNDS = 40, PROBES = 2000 };

static uint64_t state;

static unsigned below(unsigned bound)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((state >> 33) % bound);
}

/* Small alphabets, so that patterns overlap and destinations hit. */
static void random_name(char name[64], bool glob)
{
	static const char *const labels[] = { "a", "b", "db", "eu", "com", "A", "ab" };
	static const char *const wild[] = { "*", "a*", "?", "*b", "d?", "*a*", "**" };
	unsigned count = 1 + below(4);

	name[0] = '\0';
	for (unsigned i = 0; i < count; i++) {
		bool is_wild = glob && (i == 0 || below(5) == 0) && below(4) != 0;

		strcat(name, i > 0 ? "." : "");
		strcat(name, is_wild ? wild[below(7)] : labels[below(7)]);
	}
}

static void random_address(char text[64])
{
	if (below(2) == 0)
		sprintf(text, "%u.%u.%u.%u", 10 + below(2), below(2) * 128, below(3), below(4));
	else if (below(3) == 0)
		sprintf(text, "fe80::%x%%%u", below(3), below(3));
	else
		sprintf(text, "2001:db8:%x::%x:%x", below(2) * 0x8000, below(2), below(4));
}

static size_t random_pattern_text(char text[256])
{
	char host[64];
	size_t length;

	switch (below(5)) {
	case 0:
		strcpy(host, "*");
		break;
	case 1:
	case 2:
		random_address(host);
		if (strchr(host, ':') == NULL)
			sprintf(text, below(2) ? "%s" : "%s/%u", host, below(33));
		else
			sprintf(text, below(2) ? "[%s]" : "[%s]/%u", host, below(129));
		strcpy(host, text);
		break;
	default:
		random_name(host, below(2) == 0);
	}
	length = (size_t)sprintf(text, "%s", host);
	for (unsigned i = 0, count = below(4); i < count; i++) {
		unsigned first = 1 + below(30);

		length += (size_t)sprintf(text + length, "%c%u-%u", i == 0 ? ':' : ',', first, first + below(8));
	}
	return length;
}

static bool matches(const struct pattern *pattern, const struct addr *addr, const char *name, size_t length)
{
	bool port = false;

	for (size_t i = 0; i < pattern->port_count; i++)
		port |= addr->port >= pattern->ports[i].first && addr->port <= pattern->ports[i].last;
	if (!port || pattern->kind == PATTERN_ANY)
		return port;
	if (pattern->kind == PATTERN_ADDRESS)
		return addr_in_prefix(addr, &pattern->addr, pattern->bits) &&
		       (pattern->addr.scope == 0 || pattern->addr.scope == addr->scope);
	/* a name without wildcards is a glob that matches itself */
	return name != NULL && glob_match(pattern->name, pattern->length, name, length);
}

static uint32_t walk(const struct pattern *patterns, const struct addr *addr, const char *name, size_t length)
{
	for (uint32_t i = 0; i < PATTERNS; i++)
		if (matches(&patterns[i], addr, name, length))
			return i;
	return SPAN_NONE;
}

static void check_round(struct arena *arena, unsigned any_one_in)
{
	static struct pattern patterns[PATTERNS];
	static char texts[PATTERNS][256];
	struct report report = { .source = "test" };
	const struct index *index;

	for (size_t i = 0; i < PATTERNS; i++) {
		struct word word = { texts[i], 0, 1, 1 };

		do {
			word.length = random_pattern_text(texts[i]);
		} while (texts[i][0] == '*' && texts[i][1] != '.' && below(any_one_in) != 0);
		cr_assert(pattern_parse(&patterns[i], &word, arena, &report), "%s", texts[i]);
	}
	index = index_build(arena, patterns, PATTERNS, PROTOCOL_TCP);
	for (unsigned i = 0; i < PROBES; i++) {
		char text[64], name[64];
		const char *known = below(3) != 0 ? name : NULL;
		struct addr addr;
		uint32_t found, expected;

		random_address(text);
		random_name(name, false);
		addr_parse_host(&addr, text, strlen(text));
		addr.port = (uint16_t)(1 + below(40));
		found = index_match(index, &addr, known, strlen(name));
		expected = walk(patterns, &addr, known, strlen(name));
		cr_assert_eq(found, expected, "%s port %u name %s: %s, not %s", text, addr.port,
			     known != NULL ? name : "-", found == SPAN_NONE ? "none" : texts[found],
			     expected == SPAN_NONE ? "none" : texts[expected]);
	}
}

Test(index, agrees_with_a_walk_over_random_patterns)
{
	state = 1;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct arena arena = ARENA_EMPTY;

		/* patterns for every host in some rounds only: they hide what is behind them */
		check_round(&arena, round % 2 == 0 ? 1 : 200);
		arena_release(&arena);
	}
}

Test(index, names_and_tails_of_any_length_are_found)
{
	struct arena arena = ARENA_EMPTY;
	struct pattern pattern = { .protocol = PROTOCOL_TCP, .kind = PATTERN_GLOB };
	static const struct port_range any = { 0, 65535 };
	struct addr addr = { .port = 80 };
	char glob[700], name[700];
	const struct index *index;

	glob[0] = '*';
	glob[1] = '.';
	pattern.name = glob;
	pattern.ports = &any;
	pattern.port_count = 1;
	for (size_t length = 1; length < 600; length += 37) {
		memset(glob + 2, 'a', length);
		memset(name, 'a', sizeof(name));
		name[1] = '.';
		pattern.length = length + 2;
		index = index_build(&arena, &pattern, 1, PROTOCOL_TCP);
		cr_assert_eq(index_match(index, &addr, name, length + 2), 0);
		cr_assert_eq(index_match(index, &addr, name, length + 3), SPAN_NONE);
		cr_assert_eq(index_match(index, &addr, name, length + 1), SPAN_NONE);
	}
	arena_release(&arena);
}

Test(index, patterns_of_another_protocol_are_not_in_it)
{
	struct arena arena = ARENA_EMPTY;
	static const struct port_range any = { 0, 65535 };
	struct pattern patterns[2] = {
		{ .protocol = PROTOCOL_TCP, .kind = PATTERN_ANY, .ports = &any, .port_count = 1 },
		{ .protocol = PROTOCOL_UDP, .kind = PATTERN_ANY, .ports = &any, .port_count = 1 },
	};
	struct addr addr = { .port = 53 };

	cr_assert_eq(index_match(index_build(&arena, patterns, 2, PROTOCOL_TCP), &addr, NULL, 0), 0);
	cr_assert_eq(index_match(index_build(&arena, patterns, 2, PROTOCOL_UDP), &addr, NULL, 0), 1);
	arena_release(&arena);
}
