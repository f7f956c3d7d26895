/* SPDX-License-Identifier: MIT */
/*
 * host.c - the host of a pattern: "*", "10.0.0.0/8", "[2001:db8::]/32", "db-*.internal".
 *
 * Bits beyond a prefix are cleared, names are kept in lower case.
 */
#include "rules/host.h"

#include <string.h>

#include "rules/ports.h"
#include "rules/value.h"

enum { NAME_MAX_LENGTH = 253, SUGGESTION_MAX = 80 };

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool host_refuse(struct report *report, const struct word *word, const char *after, const char *before_suggestion,
		 const struct word *suggested, const char *after_suggestion)
{
	char buffer[SUGGESTION_MAX];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	text_put(&text, before_suggestion);
	text_put_bytes(&text, suggested->at, suggested->length);
	text_put(&text, after_suggestion);
	report_word(report, word, "", after, buffer);
	return false;
}

/* Letters of the word are digits, dots and, if `wild`, wildcards; and one is a digit. */
static bool looks_numeric(const struct word *word, bool wild)
{
	bool digit = false;

	for (size_t i = 0; i < word->length; i++) {
		char c = word->at[i];

		if (!is_digit(c) && c != '.' && !(wild && (c == '*' || c == '?')))
			return false;
		digit |= is_digit(c);
	}
	return digit;
}

static void clear_host_bits(struct addr *addr, unsigned bits)
{
	for (unsigned i = 0; i < sizeof(addr->bytes); i++) {
		unsigned kept = bits > 8 * i ? bits - 8 * i : 0;

		if (kept < 8)
			addr->bytes[i] &= (uint8_t)(0xff00 >> kept);
	}
}

/* `word` is the number behind the slash; `mapped`: of an IPv6 address that stands for an IPv4 one. */
static bool parse_bits(struct pattern *pattern, const struct word *word, bool mapped, struct report *report)
{
	uint64_t bits;
	uint64_t most = pattern->addr.family == ADDR_IPV4 && !mapped ? 32 : 128;

	if (!value_parse(VALUE_NUMBER, &bits, word->at, word->length)) {
		report_word(report, word, "", " is not a prefix length", NULL);
		return false;
	}
	if (bits > most) {
		report_word(report, word, "prefix length ", most == 32 ? " is above 32" : " is above 128", NULL);
		return false;
	}
	if (mapped && bits < 96) {
		report_word(report, word, "prefix length ", " of an IPv4-mapped address is below 96", NULL);
		return false;
	}
	pattern->bits = (unsigned)bits - (mapped ? 96 : 0);
	clear_host_bits(&pattern->addr, pattern->bits);
	return true;
}

/* "10.0.0.5", "10.0.0.0/8" */
static bool parse_ipv4(struct pattern *pattern, const struct word *host, struct report *report)
{
	size_t slash = word_find(host, '/');
	struct word address = word_part(host, 0, slash);
	struct word bits;

	if (ports_is_one(host))
		return host_refuse(report, host, " is a port without a host", "*:", host, "");
	if (!addr_parse_host(&pattern->addr, address.at, address.length)) {
		report_word(report, &address, "",
			    looks_numeric(&address, false) ? " is not an IPv4 address" :
							     " is not an address, so it has no prefix length",
			    NULL);
		return false;
	}
	pattern->kind = PATTERN_ADDRESS;
	pattern->bits = 32;
	if (slash == host->length)
		return true;
	bits = word_part(host, slash + 1, host->length - slash - 1);
	return parse_bits(pattern, &bits, false, report);
}

bool host_parse_ipv6(struct pattern *pattern, const struct word *address, const struct word *bits,
		     struct report *report)
{
	bool colon = word_find(address, ':') < address->length;

	if (!addr_parse_host(&pattern->addr, address->at, address->length)) {
		report_word(report, address, "", " is not an IPv6 address", NULL);
		return false;
	}
	if (!colon)
		return host_refuse(report, address, " needs no brackets", "", address, "");
	pattern->kind = PATTERN_ADDRESS;
	pattern->bits = pattern->addr.family == ADDR_IPV4 ? 32 : 128;
	return bits == NULL || parse_bits(pattern, bits, pattern->addr.family == ADDR_IPV4, report);
}

static bool is_name_letter(char c)
{
	/* Bytes above ASCII: names that the program looks up in UTF-8. */
	return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '*' ||
	       c == '?' || (unsigned char)c >= 0x80;
}

static bool check_name(const struct word *name, struct report *report)
{
	for (size_t i = 0; i < name->length; i++) {
		struct word letter = word_part(name, i, 1);

		if (!is_name_letter(name->at[i])) {
			report_word(report, &letter, "", " cannot be in a host name", NULL);
			return false;
		}
	}
	if (name->at[0] == '.')
		return host_refuse(report, name, " begins with a dot", "*", name, "");
	if (memmem(name->at, name->length, "..", 2) != NULL) {
		report_word(report, name, "", " has an empty label", NULL);
		return false;
	}
	if (looks_numeric(name, true)) {
		report_word(report, name, "", " would match names only; addresses are written as in 10.0.0.0/8", NULL);
		return false;
	}
	if (name->length > NAME_MAX_LENGTH + 1) {
		report_word(report, name, "", " is too long for a host name", NULL);
		return false;
	}
	return true;
}

static bool parse_name(struct pattern *pattern, const struct word *host, struct arena *arena, struct report *report)
{
	char *name;

	if (!check_name(host, report))
		return false;
	name = arena_copy(arena, host->at, host->length);
	if (name == NULL) {
		report_at(report, host, "out of memory");
		return false;
	}
	pattern->length = host->length - (host->at[host->length - 1] == '.');
	pattern->kind = PATTERN_NAME;
	for (size_t i = 0; i < pattern->length; i++) {
		name[i] = lower(name[i]);
		if (name[i] == '*' || name[i] == '?')
			pattern->kind = PATTERN_GLOB;
	}
	pattern->name = name;
	return true;
}

bool host_parse(struct pattern *pattern, const struct word *host, struct arena *arena, struct report *report)
{
	if (word_is(host, "*")) {
		pattern->kind = PATTERN_ANY;
		return true;
	}
	if (looks_numeric(host, false) || word_find(host, '/') < host->length)
		return parse_ipv4(pattern, host, report);
	return parse_name(pattern, host, arena, report);
}
