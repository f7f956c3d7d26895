/* SPDX-License-Identifier: MIT */
/*
 * test_pattern.c - each form of a pattern, what it matches, and what is said about what is none.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "parsing.h"

/* Whether the pattern alone matches. */
static bool matches(const char *pattern, const char *address, const char *name)
{
	return matched(parse_good(pattern), address, name) == 1;
}

Test(pattern, star_matches_every_destination)
{
	cr_assert(matches("*", "10.0.0.5:80", NULL));
	cr_assert(matches("*", "[::1]:65535", "a.b"));
	cr_assert(matches("*:*", "10.0.0.5:80", NULL));
	cr_assert(matches("tcp://*", "10.0.0.5:80", NULL));
	cr_assert(matches("TCP://*:80", "10.0.0.5:80", NULL));
	cr_assert_not(matches("*:80", "10.0.0.5:81", NULL));
}

Test(pattern, ports_are_a_number_a_list_or_ranges)
{
	cr_assert(matches("*:80,443,8000-8099", "10.0.0.5:443", NULL));
	cr_assert(matches("*:80,443,8000-8099", "10.0.0.5:8000", NULL));
	cr_assert(matches("*:80,443,8000-8099", "10.0.0.5:8099", NULL));
	cr_assert_not(matches("*:80,443,8000-8099", "10.0.0.5:8100", NULL));
	cr_assert_not(matches("*:80,443,8000-8099", "10.0.0.5:7999", NULL));
	cr_assert(matches("*:1-65535", "10.0.0.5:65535", NULL));
	cr_assert(matches("*:10-20,15-30,5-12", "10.0.0.5:5", NULL));
	cr_assert(matches("*:10-20,15-30,5-12", "10.0.0.5:30", NULL));
	cr_assert(matches("*:7-7", "10.0.0.5:7", NULL));
}

Test(pattern, ipv4_address_and_prefix_match_the_address)
{
	cr_assert(matches("10.0.0.5", "10.0.0.5:80", NULL));
	cr_assert(matches("10.0.0.5:80", "10.0.0.5:80", "some.name"));
	cr_assert_not(matches("10.0.0.5:80", "10.0.0.6:80", NULL));
	cr_assert(matches("10.0.0.0/8", "10.255.255.255:80", NULL));
	cr_assert_not(matches("10.0.0.0/8", "11.0.0.0:80", NULL));
	cr_assert(matches("10.0.0.0/8:80", "10.1.2.3:80", NULL));
	cr_assert(matches("0.0.0.0/0", "203.0.113.9:80", NULL));
	cr_assert_not(matches("0.0.0.0/0", "[::1]:80", NULL));
	cr_assert(matches("10.0.0.5/32", "10.0.0.5:80", NULL));
	cr_assert(matches("10.1.2.3/8", "10.9.9.9:80", NULL));
}

Test(pattern, ipv4_matches_mapped_ipv6_and_the_other_way_round)
{
	cr_assert(matches("10.0.0.0/8", "[::ffff:10.0.0.5]:80", NULL));
	cr_assert(matches("[::ffff:10.0.0.5]", "10.0.0.5:80", NULL));
	cr_assert(matches("[::ffff:10.0.0.0]/104", "10.200.0.5:80", NULL));
	cr_assert(matches("[::ffff:0.0.0.0]/96", "1.2.3.4:80", NULL));
	cr_assert_not(matches("[::]/0", "10.0.0.5:80", NULL));
}

Test(pattern, ipv6_address_and_prefix_are_in_brackets)
{
	cr_assert(matches("[::1]", "[::1]:80", NULL));
	cr_assert(matches("[::1]:80", "[::1]:80", NULL));
	cr_assert(matches("tcp://[2001:db8::]/32:443", "[2001:db8:ffff::1]:443", NULL));
	cr_assert_not(matches("[2001:db8::]/32:443", "[2001:db8:ffff::1]:80", NULL));
	cr_assert_not(matches("[2001:db8::]/32", "[2001:db9::]:443", NULL));
	cr_assert(matches("[2001:db8::]/127", "[2001:db8::1]:443", NULL));
	cr_assert(matches("[::]/0:80-90", "[2001:db8::1]:85", NULL));
}

Test(pattern, scope_must_agree_where_the_pattern_has_one)
{
	cr_assert(matches("[fe80::1]", "[fe80::1%3]:80", NULL));
	cr_assert(matches("[fe80::1%3]", "[fe80::1%3]:80", NULL));
	cr_assert_not(matches("[fe80::1%3]", "[fe80::1%4]:80", NULL));
	cr_assert_not(matches("[fe80::1%3]", "[fe80::1]:80", NULL));
	cr_assert(matches("[fe80::%3]/64:80", "[fe80::77%3]:80", NULL));
}

Test(pattern, name_matches_the_looked_up_name_in_any_case)
{
	cr_assert(matches("db.internal:5432", "10.0.0.5:5432", "db.internal"));
	cr_assert(matches("DB.Internal:5432", "10.0.0.5:5432", "dB.iNTERNAL"));
	cr_assert(matches("db.internal.:5432", "10.0.0.5:5432", "db.internal"));
	cr_assert(matches("db.internal:5432", "10.0.0.5:5432", "db.internal."));
	cr_assert_not(matches("db.internal:5432", "10.0.0.5:5432", NULL));
	cr_assert_not(matches("db.internal:5432", "10.0.0.5:5432", ""));
	cr_assert_not(matches("db.internal:5432", "10.0.0.5:5433", "db.internal"));
	cr_assert_not(matches("db.internal", "10.0.0.5:5432", "xdb.internal"));
	cr_assert(matches("localhost", "127.0.0.1:80", "localhost"));
	cr_assert(matches("my_db-1", "127.0.0.1:80", "my_db-1"));
	cr_assert(matches("b\xc3\xbc" "cher.example", "127.0.0.1:80", "b\xc3\xbc" "cher.example"));
}

Test(pattern, glob_matches_runs_and_single_characters)
{
	cr_assert(matches("*.example.com", "10.0.0.5:80", "API.Example.com"));
	cr_assert(matches("*.example.com", "10.0.0.5:80", "a.b.example.com"));
	cr_assert_not(matches("*.example.com", "10.0.0.5:80", "example.com"));
	cr_assert_not(matches("*.example.com", "10.0.0.5:80", "xexample.com"));
	cr_assert_not(matches("*.example.com", "10.0.0.5:80", "a.example.com.org"));
	cr_assert(matches("db-?.internal", "10.0.0.5:80", "db-7.internal"));
	cr_assert_not(matches("db-?.internal", "10.0.0.5:80", "db-77.internal"));
	cr_assert(matches("db-*.internal", "10.0.0.5:80", "db-.internal"));
	cr_assert(matches("db*", "10.0.0.5:80", "db.anything"));
	cr_assert(matches("*db", "10.0.0.5:80", "mydb"));
	cr_assert(matches("*-db.*.internal:*", "10.0.0.5:80", "my-db.eu.internal"));
	cr_assert(matches("**", "10.0.0.5:80", "x"));
	cr_assert_not(matches("**", "10.0.0.5:80", NULL));
}

Test(pattern, is_kept_as_written)
{
	const struct rule *rule = rules_at(parse_good("TCP://DB.Internal:5432 failures=3"), 0);

	cr_assert_str_eq(rule->pattern, "TCP://DB.Internal:5432");
}

Test(pattern, tells_what_is_wrong_and_where)
{
	static const struct {
		const char *text;
		const char *said;
	} cases[] = {
		{ "unix:///run/a", "6: \"///run/a\" is no path: it follows unix: without slashes in between (did you mean \"unix:/run/a\"?)" },
		{ "unix:", "1: \"unix:\" has no path" },
		{ "http://db:80", "1: unknown scheme \"http\"; there are tcp://, udp:// and unix:" },
		{ "tpc://db:80",
		  "1: unknown scheme \"tpc\"; there are tcp://, udp:// and unix: (did you mean \"tcp\"?)" },
		{ "://db", "1: unknown scheme \"\"; there are tcp://, udp:// and unix:" },
		{ "tcp://", "1: \"tcp://\" has no host" },
		{ ":80", "1: \":80\" has no host (did you mean \"*:80\"?)" },
		{ "tcp://:80", "7: \":80\" has no host (did you mean \"*:80\"?)" },
		{ "5432", "1: \"5432\" is a port without a host (did you mean \"*:5432\"?)" },
		{ "10.0.0", "1: \"10.0.0\" is not an IPv4 address" },
		{ "10.0.0.256:80", "1: \"10.0.0.256\" is not an IPv4 address" },
		{ "10.0.0.05", "1: \"10.0.0.05\" is not an IPv4 address" },
		{ "10.0.*", "1: \"10.0.*\" would match names only; addresses are written as in 10.0.0.0/8" },
		{ "10.0.0.0/33", "10: prefix length \"33\" is above 32" },
		{ "10.0.0.0/", "10: \"\" is not a prefix length" },
		{ "10.0.0.0/8x:80", "10: \"8x\" is not a prefix length" },
		{ "db.internal/8", "1: \"db.internal\" is not an address, so it has no prefix length" },
		{ "[2001:db8::]/129", "14: prefix length \"129\" is above 128" },
		{ "[::ffff:10.0.0.0]/8", "19: prefix length \"8\" of an IPv4-mapped address is below 96" },
		{ "[::1", "1: \"[::1\" has no closing \"]\"" },
		{ "[]:80", "2: \"\" is not an IPv6 address" },
		{ "[ab]c.example:80", "2: \"ab\" is not an IPv6 address" },
		{ "[fe80::1%eth0]:80", "2: \"fe80::1%eth0\" is not an IPv6 address" },
		{ "[10.0.0.5]:80", "2: \"10.0.0.5\" needs no brackets (did you mean \"10.0.0.5\"?)" },
		{ "[::1]80", "6: \"80\" is neither a prefix length nor ports" },
		{ "::1", "1: \"::1\": an IPv6 address goes into brackets (did you mean \"[::1]\"?)" },
		{ "2001:db8::/32:443",
		  "1: \"2001:db8::/32:443\": an IPv6 address goes into brackets "
		  "(did you mean \"[2001:db8::]/32:443\"?)" },
		{ "::ffff:10.0.0.5:80",
		  "1: \"::ffff:10.0.0.5:80\": an IPv6 address goes into brackets "
		  "(did you mean \"[::ffff:10.0.0.5]:80\"?)" },
		{ "host:5432:1",
		  "6: \"5432:1\" has a \":\" too many; a pattern is HOST:PORTS, with ports as in 80,443" },
		{ "5432:db.internal",
		  "1: \"5432:db.internal\" has port and host the wrong way round "
		  "(did you mean \"db.internal:5432\"?)" },
		{ ".example.com", "1: \".example.com\" begins with a dot (did you mean \"*.example.com\"?)" },
		{ "a..b", "1: \"a..b\" has an empty label" },
		{ "a,b:80", "2: \",\" cannot be in a host name" },
		{ "user@db:80", "5: \"@\" cannot be in a host name" },
		{ "db:", "4: missing port" },
		{ "db:80,,90", "7: missing port" },
		{ "db:80,", "7: missing port" },
		{ "db:-80", "4: missing port" },
		{ "db:80-", "7: missing port" },
		{ "db:http", "4: \"http\" is not a port number" },
		{ "db:80/path", "4: \"80/path\" is not a port number" },
		{ "db:80,70000", "7: port \"70000\" is above 65535" },
		{ "db:99999999999999999999999", "4: port \"99999999999999999999999\" is above 65535" },
		{ "db:0", "4: port \"0\" is below 1" },
		{ "db:20-10", "4: port range \"20-10\" is backwards (did you mean \"10-20\"?)" },
		{ "db:*,80", "4: \"*\" is not a port number" },
		{ "\x01" "db", "1: \"?\" cannot be in a host name" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char expected[400];

		snprintf(expected, sizeof(expected), "r:1:%s\n", cases[i].said);
		cr_expect_str_eq(complaints(cases[i].text), expected, "%s\n  %s  %s", cases[i].text,
				 complaints(cases[i].text), expected);
	}
}

Test(pattern, both_halves_of_a_pattern_are_complained_about)
{
	cr_assert_str_eq(complaints("a,b:http,99999"), "r:1:2: \",\" cannot be in a host name\n"
							"r:1:5: \"http\" is not a port number\n"
							"r:1:10: port \"99999\" is above 65535\n");
}

Test(pattern, endless_words_are_cut_in_messages)
{
	char text[2000];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	cr_assert_str_eq(complaints(text),
			 "r:1:1: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" is too long for a host name\n");
}

static unsigned line_of_path(const struct rules *rules, const char *path)
{
	const struct rule *rule = rules_match(rules, PROTOCOL_UNIX, NULL, path, strlen(path));

	return rule ? rule->line : 0;
}

Test(pattern, path_of_a_unix_domain_socket_is_compared_letter_by_letter)
{
	struct rules *rules = parse_good("unix:/run/a=b\nunix:/run/*.sock\nunix:@app-?\nunix:./Local\n*");

	cr_assert_eq(line_of_path(rules, "/run/a=b"), 1);
	cr_assert_eq(line_of_path(rules, "/run/db/x.sock"), 2);
	cr_assert_eq(line_of_path(rules, "@app-1"), 3);
	cr_assert_eq(line_of_path(rules, "@app-10"), 0);
	cr_assert_eq(line_of_path(rules, "./Local"), 4);
	cr_assert_eq(line_of_path(rules, "./local"), 0);
	cr_assert_eq(line_of_path(rules, "/RUN/x.sock"), 0);
	cr_assert(rules_use_protocol(rules, PROTOCOL_UNIX));
	cr_assert_not(rules_use_names(rules));
	cr_assert_eq(matched(rules, "10.0.0.5:80", "/run/x.sock"), 5);
}

Test(pattern, path_is_no_longer_than_an_address_can_be)
{
	char pattern[200] = "unix:/";

	memset(pattern + 6, 'a', 107);
	cr_assert_not_null(parse_good(pattern));
	pattern[6 + 107] = 'a';
	cr_assert_not_null(strstr(complaints(pattern), "is too long for the path of a socket"));
}

Test(pattern, udp_is_matched_by_patterns_of_its_own)
{
	struct rules *rules = parse_good("udp://dns.internal:53\nUDP://10.0.0.0/8\n*");
	struct addr addr = { .bytes = { 10, 0, 0, 5 }, .family = ADDR_IPV4, .port = 53 };

	cr_assert(rules_use_protocol(rules, PROTOCOL_UDP));
	cr_assert_eq(rules_match(rules, PROTOCOL_UDP, &addr, "dns.internal", 12)->line, 1);
	cr_assert_eq(rules_match(rules, PROTOCOL_UDP, &addr, NULL, 0)->line, 2);
	cr_assert_eq(rules_match(rules, PROTOCOL_TCP, &addr, "dns.internal", 12)->line, 3);
	addr.bytes[0] = 11;
	cr_assert_null(rules_match(rules, PROTOCOL_UDP, &addr, NULL, 0));
}
