/* SPDX-License-Identifier: MIT */
/*
 * pattern.c - reads "tcp://db.internal:5432", "10.0.0.0/8", "[2001:db8::]/32:443", "unix:/run/db.sock".
 *
 * Half of it finds out what was meant by a word that is no pattern.
 */
#include "rules/pattern.h"

#include <string.h>

#include "base/suggest.h"
#include "rules/host.h"
#include "rules/path.h"
#include "rules/ports.h"

enum { SUGGESTION_MAX = 80 };

static bool starts_with(const struct word *word, const char *start)
{
	size_t length = strlen(start);

	if (word->length < length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (word->at[i] != start[i] && word->at[i] != start[i] - ('a' - 'A'))
			return false;
	return true;
}

/* "[2001:db8::]/32:443" */
static bool parse_bracketed(struct pattern *pattern, const struct word *word, struct arena *arena,
			    struct report *report)
{
	size_t close = word_find(word, ']');
	struct word address = word_part(word, 1, close - 1);
	struct word rest;
	struct word bits;
	bool has_bits;

	if (close == word->length) {
		report_word(report, word, "", " has no closing \"]\"", NULL);
		return false;
	}
	rest = word_part(word, close + 1, word->length - close - 1);
	has_bits = rest.length > 0 && rest.at[0] == '/';
	if (has_bits) {
		size_t colon = word_find(&rest, ':');

		bits = word_part(&rest, 1, colon - 1);
		rest = word_part(&rest, colon, rest.length - colon);
	}
	if (!host_parse_ipv6(pattern, &address, has_bits ? &bits : NULL, report))
		return false;
	if (rest.length == 0)
		return true;
	if (rest.at[0] != ':') {
		report_word(report, &rest, "", " is neither a prefix length nor ports", NULL);
		return false;
	}
	rest = word_part(&rest, 1, rest.length - 1);
	return ports_parse(pattern, &rest, arena, report);
}

/* The length of the IPv6 address at the start of "::1", "2001:db8::/32" or "::ffff:10.0.0.5:80"; 0: there is none. */
static size_t bare_ipv6(const struct word *word)
{
	size_t length = word_find(word, '/');
	struct addr addr;

	while (length > 0 && !addr_parse_host(&addr, word->at, length)) {
		/* Perhaps the last colon is that of a port. */
		do
			length--;
		while (length > 0 && word->at[length] != ':');
	}
	return length;
}

/* A second colon: an IPv6 address without brackets, or two ports. */
static bool refuse_colons(const struct word *word, size_t colon, struct report *report)
{
	size_t length = bare_ipv6(word);
	struct word ports = word_part(word, colon + 1, word->length - colon - 1);
	struct word address = word_part(word, 0, length);
	struct word rest = word_part(word, length, word->length - length);
	char after[SUGGESTION_MAX];
	struct text text;

	if (length == 0) {
		report_word(report, &ports, "",
			    " has a \":\" too many; a pattern is HOST:PORTS, with ports as in 80,443", NULL);
		return false;
	}
	text_init(&text, after, sizeof(after));
	text_put_char(&text, ']');
	text_put_bytes(&text, rest.at, rest.length);
	return host_refuse(report, word, ": an IPv6 address goes into brackets", "[", &address, after);
}

/* "5432:db.internal" */
static bool is_swapped(const struct word *host, const struct word *ports)
{
	return ports_is_one(host) && ports->length > 0 && ports->at[0] > '9';
}

static bool refuse_swapped(const struct word *word, const struct word *host, const struct word *ports,
			   struct report *report)
{
	char after[SUGGESTION_MAX];
	struct text text;

	text_init(&text, after, sizeof(after));
	text_put_char(&text, ':');
	text_put_bytes(&text, host->at, host->length);
	return host_refuse(report, word, " has port and host the wrong way round", "", ports, after);
}

/* "db.internal:5432", "10.0.0.0/8" */
static bool parse_plain(struct pattern *pattern, const struct word *word, struct arena *arena, struct report *report)
{
	size_t colon = word_find(word, ':');
	struct word host = word_part(word, 0, colon);
	struct word ports;
	bool good;

	if (colon == word->length)
		return host_parse(pattern, &host, arena, report);
	ports = word_part(word, colon + 1, word->length - colon - 1);
	if (word_find(&ports, ':') < ports.length)
		return refuse_colons(word, colon, report);
	if (host.length == 0)
		return host_refuse(report, word, " has no host", "*", word, "");
	if (is_swapped(&host, &ports))
		return refuse_swapped(word, &host, &ports, report);
	good = host_parse(pattern, &host, arena, report);
	return ports_parse(pattern, &ports, arena, report) && good;
}

/* The length of "tcp://" or "udp://", with the protocol set; -1 for another scheme. */
static int parse_scheme(struct pattern *pattern, const struct word *word, struct report *report)
{
	static const char *const schemes[] = { "tcp", "udp" };
	const char *found = memmem(word->at, word->length, "://", 3);
	struct word scheme;

	pattern->protocol = starts_with(word, "udp://") ? PROTOCOL_UDP : PROTOCOL_TCP;
	if (found == NULL)
		return 0;
	scheme = word_part(word, 0, (size_t)(found - word->at));
	if (starts_with(word, "tcp://") || starts_with(word, "udp://"))
		return (int)strlen("tcp://");
	report_word(report, &scheme, "unknown scheme ", "; there are tcp://, udp:// and unix:",
		    suggest(scheme.at, scheme.length, schemes, 2));
	return -1;
}

/* "unix:/run/db.sock" */
static bool parse_unix(struct pattern *pattern, const struct word *word, struct arena *arena, struct report *report)
{
	size_t scheme = strlen("unix:");
	struct word path = word_part(word, scheme, word->length - scheme);

	if (path.length == 0) {
		report_word(report, word, "", " has no path", NULL);
		return false;
	}
	return path_parse(pattern, &path, arena, report);
}

bool pattern_parse(struct pattern *pattern, const struct word *word, struct arena *arena, struct report *report)
{
	struct word rest;
	int scheme;
	bool good;

	memset(pattern, 0, sizeof(*pattern));
	ports_any(pattern);
	if (starts_with(word, "unix:"))
		return parse_unix(pattern, word, arena, report);
	scheme = parse_scheme(pattern, word, report);
	if (scheme < 0)
		return false;
	rest = word_part(word, (size_t)scheme, word->length - (size_t)scheme);
	if (rest.length == 0) {
		report_word(report, word, "", " has no host", NULL);
		return false;
	}
	good = rest.at[0] == '[' ? parse_bracketed(pattern, &rest, arena, report) :
				   parse_plain(pattern, &rest, arena, report);
	return good;
}
