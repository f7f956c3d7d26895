/* SPDX-License-Identifier: MIT */
/*
 * test_rules.c - whole texts: their shape, the order of matching, the defaults, all complaints.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "parsing.h"

Test(rules, empty_text_is_the_built_in_rule_alone)
{
	static const char *const texts[] = { "", "\n", " \t\r\n;;\n", "# only a comment", "#a;b\n# c" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct rules *rules = parse_good(texts[i]);

		cr_assert_eq(rules_count(rules), 1);
		cr_assert_str_eq(rules_at(rules, 0)->pattern, "*");
		cr_assert_eq(rules_at(rules, 0)->line, 0);
		cr_assert_eq(matched(rules, "10.0.0.5:80", "x"), 0);
		cr_assert_not(rules_use_names(rules));
	}
}

Test(rules, new_lines_and_semicolons_separate_rules)
{
	struct rules *rules = parse_good("a:1 failures=1; b:2 failures=2\n\nc:3 failures=3;;d:4 failures=4;");

	cr_assert_eq(rules_count(rules), 5);
	for (unsigned i = 0; i < 4; i++)
		cr_assert_eq(rules_at(rules, i)->policy.failures, i + 1);
	cr_assert_eq(rules_at(rules, 1)->line, 1);
	cr_assert_eq(rules_at(rules, 3)->line, 3);
}

Test(rules, comments_run_to_the_end_of_their_line)
{
	struct rules *rules = parse_good("# first; not a rule\na:1 failures=1 # x; y failures=7\n;#z\nb:2 #");

	cr_assert_eq(rules_count(rules), 3);
	cr_assert_str_eq(rules_at(rules, 1)->pattern, "b:2");
	cr_assert_eq(rules_at(rules, 1)->line, 4);
}

Test(rules, tabs_windows_line_ends_and_a_byte_order_mark_are_fine)
{
	struct rules *rules = parse_good("\xef\xbb\xbf" "a:1\tfailures=1\r\n\r\n\tb:2  timeout=2s \r\n");

	cr_assert_eq(rules_count(rules), 3);
	cr_assert_str_eq(rules_at(rules, 0)->pattern, "a:1");
	cr_assert_eq(rules_at(rules, 1)->line, 3);
	cr_assert_str_eq(complaints("\xef\xbb\xbf" "a b"), "r:1:3: unknown option \"b\"\n");
}

Test(rules, all_complaints_come_in_the_order_of_the_text)
{
	cr_assert_str_eq(complaints("a:99999 falures=3\nb:1\n\t c:1 mode=x;d:1 timeout=5"),
			 "r:1:3: port \"99999\" is above 65535\n"
			 "r:1:9: unknown option \"falures\" (did you mean \"failures\"?)\n"
			 "r:3:12: \"x\" is not enforce, observe or off\n"
			 "r:3:26: \"5\" is not a duration such as 250ms, 30s, 5m or 2h (did you mean \"5s\"?)\n");
}

Test(rules, option_without_a_pattern_is_an_error)
{
	cr_assert_str_eq(complaints("failures=3 timeout=x"),
			 "r:1:1: a rule begins with a pattern, such as \"*\", not with an option\n"
			 "r:1:20: \"x\" is not a duration such as 250ms, 30s, 5m or 2h\n");
	cr_assert_str_eq(complaints("a:1; pass"),
			 "r:1:6: a rule begins with a pattern, such as \"*\", not with an option\n");
}

Test(rules, several_texts_are_read_one_after_the_other)
{
	struct arena arena = ARENA_EMPTY;
	struct rules_text texts[] = { { "-r", "a:1 failures=1", 14 }, { "file", "b:2 pass\nc:3 deny", 17 } };
	struct rules *rules = rules_parse(&arena, texts, 2, NULL, NULL, NULL);

	cr_assert_not_null(rules);
	cr_assert_eq(rules_count(rules), 4);
	cr_assert_eq(rules_at(rules, 2)->action, RULE_DENY);
	cr_assert_eq(rules_at(rules, 2)->line, 2);
	texts[1].length = 16; /* the text need not end in NUL: "den" */
	cr_assert_null(rules_parse(&arena, texts, 2, NULL, NULL, NULL));
	cr_assert_not_null(rules_parse(&arena, NULL, 0, NULL, NULL, NULL));
	arena_release(&arena);
}

Test(rules, first_match_wins_whatever_kind_its_pattern_is)
{
	struct rules *rules = parse_good("10.0.0.5:1\n"
					 "db.internal:1-2\n"
					 "*:3\n"
					 "10.0.0.0/8:1-4\n"
					 "*.internal:1-5\n"
					 "db*:1-6\n"
					 "*:1-7\n"
					 "db.internal\n"
					 "10.0.0.5");

	cr_assert_eq(matched(rules, "10.0.0.5:1", "db.internal"), 1);
	cr_assert_eq(matched(rules, "10.0.0.5:2", "db.internal"), 2);
	cr_assert_eq(matched(rules, "10.0.0.5:2", NULL), 4);
	cr_assert_eq(matched(rules, "10.0.0.5:3", "db.internal"), 3);
	cr_assert_eq(matched(rules, "10.0.0.5:4", "db.internal"), 4);
	cr_assert_eq(matched(rules, "11.0.0.5:4", "db.internal"), 5);
	cr_assert_eq(matched(rules, "10.0.0.5:6", "db.internal"), 6);
	cr_assert_eq(matched(rules, "10.0.0.5:7", "db.internal"), 7);
	cr_assert_eq(matched(rules, "10.0.0.5:8", "db.internal"), 8);
	cr_assert_eq(matched(rules, "10.0.0.5:8", "other"), 9);
	cr_assert_eq(matched(rules, "10.0.0.6:8", "other"), 0);
}

Test(rules, destination_without_address_or_port_is_matched_by_what_it_has)
{
	struct rules *rules = parse_good("0.0.0.0/0\n[::]/0\n*:80\ndb.internal\n*:*");
	struct addr none = { .family = ADDR_NONE };

	cr_assert_eq(rules_match(rules, PROTOCOL_TCP, &none, "db.internal", 11)->line, 4);
	cr_assert_eq(rules_match(rules, PROTOCOL_TCP, &none, NULL, 0)->line, 5);
	none.port = 80;
	cr_assert_eq(rules_match(rules, PROTOCOL_TCP, &none, "db.internal", 11)->line, 3);
}

static unsigned line_of_lookup(const struct rules *rules, const char *name, int port)
{
	return rules_match_name(rules, PROTOCOL_TCP, name, strlen(name), port)->line;
}

Test(rules, a_lookup_is_matched_by_its_name_and_perhaps_its_port)
{
	struct rules *rules = parse_good("0.0.0.0/0\ndb.internal:5432\n*.internal:80,443\nweb-?.internal\n*.internal\n*:53");

	cr_assert_eq(line_of_lookup(rules, "DB.internal.", 5432), 2);
	cr_assert_eq(line_of_lookup(rules, "db.internal", 443), 3);
	cr_assert_eq(line_of_lookup(rules, "web-1.internal", 81), 4);
	cr_assert_eq(line_of_lookup(rules, "db.internal", 81), 5);
	cr_assert_eq(line_of_lookup(rules, "db.example", 53), 6);
	cr_assert_eq(line_of_lookup(rules, "db.example", 54), 0);
	cr_assert_eq(line_of_lookup(rules, "db.internal", RULES_ANY_PORT), 2);
	cr_assert_eq(line_of_lookup(rules, "web-1.internal", RULES_ANY_PORT), 3);
	cr_assert_eq(line_of_lookup(rules, "db.example", RULES_ANY_PORT), 6);
	cr_assert_null(rules_match_name(rules, PROTOCOL_UDP, "db.internal", 11, 5432));
}

Test(rules, lookups_matter_only_if_a_rule_that_breaks_says_so)
{
	cr_assert_not(rules_use_lookups(parse_good("*:1; db lookups=off stale-names=off")));
	cr_assert(rules_use_lookups(parse_good("*:1; db lookups=on")));
	cr_assert(rules_use_lookups(parse_good("*:1; db stale-names=5m")));
	cr_assert(rules_use_lookups(parse_good_with("* pass", "lookups=on"))); /* the built-in rule's */
}

Test(rules, no_rule_is_for_udp_or_unix)
{
	struct rules *rules = parse_good("*");
	struct addr addr = { .family = ADDR_IPV4, .port = 53 };

	cr_assert(rules_use_protocol(rules, PROTOCOL_TCP));
	cr_assert_not(rules_use_protocol(rules, PROTOCOL_UDP));
	cr_assert_not(rules_use_protocol(rules, PROTOCOL_UNIX));
	cr_assert_null(rules_match(rules, PROTOCOL_UDP, &addr, NULL, 0));
	cr_assert_null(rules_match(rules, PROTOCOL_UNIX, NULL, "/run/x", 6));
}

Test(rules, names_matter_only_if_a_pattern_has_one)
{
	cr_assert_not(rules_use_names(parse_good("*:1; 10.0.0.5; [::1]")));
	cr_assert(rules_use_names(parse_good("*:1; db")));
	cr_assert(rules_use_names(parse_good("*.db")));
}

Test(rules, defaults_are_where_every_rule_starts_from)
{
	struct rules *rules = parse_good_with("a:1\nb:1 failures=7 ignore=ENETDOWN mode=enforce",
					      "failures=3 # comment\n count=ENETDOWN,ENETUNREACH; mode=observe");

	cr_assert_eq(rules_at(rules, 0)->policy.failures, 3);
	cr_assert_eq(rules_at(rules, 1)->policy.failures, 7);
	cr_assert_eq(rules_at(rules, 2)->policy.failures, 3);
	cr_assert_eq(rules_at(rules, 2)->line, 0);
	cr_assert_eq(rules_at(rules, 2)->mode, MODE_OBSERVE);
	cr_assert_eq(rules_at(rules, 1)->mode, MODE_ENFORCE);
	cr_assert(policy_counts_error(&rules_at(rules, 0)->policy, ENETDOWN));
	cr_assert_not(policy_counts_error(&rules_at(rules, 1)->policy, ENETDOWN));
	cr_assert(policy_counts_error(&rules_at(rules, 1)->policy, ENETUNREACH));
}

Test(rules, what_depends_on_other_options_is_settled_rule_by_rule)
{
	struct rules *rules = parse_good_with("a failure-rate=50%\nb timeout=60s\nc window=off failure-rate=10%",
					      "timeout=40s");

	cr_assert_eq(rules_at(rules, 0)->policy.window, 10000000000);
	cr_assert_eq(rules_at(rules, 0)->policy.max_timeout, 40000000000);
	cr_assert_eq(rules_at(rules, 1)->policy.max_timeout, 60000000000);
	cr_assert_eq(rules_at(rules, 2)->policy.window, 0);
	/* a cap of the defaults makes way, one of the rule's own does not */
	rules = parse_good_with("a timeout=10s", "max-timeout=5s");
	cr_assert_eq(rules_at(rules, 0)->policy.max_timeout, 10000000000);
	cr_assert_str_eq(complaints_with("a max-timeout=2s", "timeout=3s"),
			 "r:1:3: max-timeout is below timeout, which is 3s\n");
	/* a window of the defaults stays without a rate */
	cr_assert_eq(rules_at(parse_good_with("a", "window=5s"), 0)->policy.window, 5000000000);
}

Test(rules, what_is_wrong_in_the_defaults_is_said_once_and_there)
{
	cr_assert_str_eq(complaints_with("a;b;c timeout=2s", "failures=off"), "d:1:1: nothing can trip this breaker\n");
	cr_assert_str_eq(complaints_with("a;b failures=x", "timeout=60s max-timeout=5s"),
			 "d:1:13: max-timeout is below timeout, which is 1m\nr:1:14: \"x\" is not a number\n");
	cr_assert_str_eq(complaints_with("a failures=off", "failure-rate=x"),
			 "d:1:14: \"x\" is not a ratio such as 50% or 0.5\n");
	cr_assert_str_eq(complaints_with("", "slow-rate=5%"),
			 "d:1:1: slow-rate needs slow-call, which says what is slow\n");
	cr_assert_str_eq(complaints_with("a slow-call=off", "slow-call=1s slow-rate=5%"),
			 "r:1:3: slow-rate needs slow-call, which says what is slow\n");
}

Test(rules, defaults_are_options_only)
{
	cr_assert_str_eq(complaints_with("", "*:80 failures=3"),
			 "d:1:1: \"*:80\" is not an option; the defaults have no patterns\n");
	cr_assert_str_eq(complaints_with("", "failures=3\npass"),
			 "d:2:1: \"pass\" is for a rule, not for the defaults\n");
	cr_assert_str_eq(complaints_with("", "failures=3;failures=4"), "d:1:12: option \"failures\" is given twice\n");
}

Test(rules, deny_and_pass_take_over_from_the_defaults_what_they_could_be_given)
{
	struct rules *rules = parse_good_with("a pass; b deny",
					      "lookups=on stale-names=1h connect-timeout=5s max-connections=9 "
					      "fallback=10.0.0.1 pace=1s");
	char text[200];

	for (size_t i = 0; i < 2; i++) {
		cr_expect_not(rules_at(rules, i)->lookups);
		cr_expect_eq(rules_at(rules, i)->stale_names, 0);
		cr_expect_eq(rules_at(rules, i)->connect_timeout, 0);
		cr_expect_eq(rules_at(rules, i)->max_connections, 0);
		cr_expect_eq(rules_at(rules, i)->fallback.family, ADDR_NONE);
	}
	rule_format_options(rules_at(rules, 1), text, sizeof(text));
	cr_assert_str_eq(text, "deny pace=1s");
}

Test(rules, a_slow_rate_of_the_defaults_makes_way_where_nothing_is_slow)
{
	static const char defaults[] = "on=response slow-rate=30%";
	struct rules *rules = parse_good_with("udp://a:53; unix:/b; c on=connect; d", defaults);

	for (size_t i = 0; i < 3; i++) {
		cr_expect_eq(rules_at(rules, i)->policy.slow_rate, 0);
		cr_expect_eq(rules_at(rules, i)->policy.window, 0);
	}
	cr_expect_eq(rules_at(rules, 3)->policy.slow_rate, 300000);
	cr_expect_str_eq(complaints_with("udp://a:53; b on=connect; c", "failures=off on=response slow-rate=30%"),
			 "r:1:1: nothing can trip this breaker\nr:1:15: nothing can trip this breaker\n");
}

Test(rules, deny_and_pass_do_not_mind_defaults)
{
	struct rules *rules = parse_good_with("a pass; b deny", "failures=3 fail-with=EHOSTUNREACH");

	cr_assert_eq(rules_at(rules, 0)->action, RULE_PASS);
	cr_assert_eq(rules_at(rules, 1)->fail_with, EHOSTUNREACH);
}

Test(rules, complaints_have_source_line_and_column)
{
	struct rules_error error = { "CUTOUT_RULES", 3, 14, "unknown option \"falures\" (did you mean \"failures\"?)" };
	char text[100];

	cr_assert_eq(rules_error_format(&error, text, sizeof(text)), strlen(text));
	cr_assert_str_eq(text, "CUTOUT_RULES:3:14: unknown option \"falures\" (did you mean \"failures\"?)");
}

Test(rules, any_bytes_parse_or_are_complained_about)
{
	static const char letters[] = "*ab.:,/-=#;\n\t 0159[]%?\r_@\x80\x00tcp://unix:failures=timeout=1s";
	uint64_t random = 7;

	for (int i = 0; i < 20000; i++) {
		char text[41];
		size_t length;

		random = random * 6364136223846793005u + 1442695040888963407u;
		length = (random >> 40) % 40;
		for (size_t at = 0; at < length; at++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			text[at] = letters[(random >> 33) % sizeof(letters)];
		}
		text[length] = '\0';
		complaints(text);
	}
}

/* No assertion about time: the machine may be busy. */
Test(rules, ten_thousand_rules_load_and_match)
{
	char *text = malloc(1000000);
	size_t length = 0;
	uint64_t start, loaded, done;
	struct rules *rules;

	for (unsigned i = 0; i < 10000; i++)
		length += (size_t)sprintf(text + length, i % 2 ? "10.0.%u.%u:80 failures=3 timeout=10s\n" :
								 "h%u.zone%u.example:80 failures=3\n", i >> 8, i & 255);
	clock_init();
	start = clock_now();
	rules = parse_good(text);
	loaded = clock_now();
	cr_assert_eq(rules_count(rules), 10001);
	for (unsigned i = 0; i < 10000; i++) {
		char address[40], name[40];

		sprintf(address, "10.0.%u.%u:80", i >> 8, i & 255);
		sprintf(name, "h%u.zone%u.example", i >> 8, i & 255);
		cr_assert_eq(matched(rules, i % 2 ? address : "192.0.2.1:80", i % 2 ? NULL : name), i + 1);
	}
	done = clock_now();
	cr_log_info("10,000 rules: loaded in %.1f ms; %.0f ns for a destination, its text included\n",
		    (double)(loaded - start) / 1e6, (double)(done - loaded) / 1e4);
	free(text);
}
