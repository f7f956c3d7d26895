/* SPDX-License-Identifier: MIT */
/*
 * test_format.c - options as they are shown, and that they read back as what they were.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "parsing.h"

#define DEFAULTS                                                                                                      \
	"failures=5 failure-rate=off min-calls=10 window=off buckets=10 timeout=1s backoff=1.3 max-timeout=30s "      \
	"jitter=10% probes=1 successes=2 overdue=10s slow-call=off slow-rate=off on=connect"

Test(format, shows_every_option_with_its_default)
{
	cr_assert_str_eq(shown("*"), DEFAULTS " shed=new per=address fail-with=ECONNREFUSED");
}

Test(format, shows_canonical_values)
{
	cr_assert_str_eq(shown("* failures=off failure-rate=0.125 timeout=1500ms backoff=1.50 jitter=0.0 overdue=off "
			       "slow-call=60s slow-rate=1 per=rule mode=observe fail-with=ETIMEDOUT"),
			 "failures=off failure-rate=12.5% min-calls=10 window=10s buckets=10 timeout=1500ms "
			 "backoff=1.5 max-timeout=30s jitter=0% probes=1 successes=2 overdue=off slow-call=1m "
			 "slow-rate=100% on=connect shed=new per=rule fail-with=ETIMEDOUT mode=observe");
}

Test(format, shows_errors_as_differences_from_the_defaults)
{
	cr_assert_str_eq(shown("* count=ENETDOWN,EPERM,ETIMEDOUT ignore=EHOSTUNREACH,EACCES"),
			 DEFAULTS " count=EPERM,ENETDOWN ignore=EHOSTUNREACH shed=new per=address fail-with=ECONNREFUSED");
}

Test(format, shows_pass_and_deny)
{
	cr_assert_str_eq(shown("* pass"), "pass");
	cr_assert_str_eq(shown("* deny"), "deny");
	cr_assert_str_eq(shown("* deny mode=observe fail-with=EACCES"), "deny fail-with=EACCES mode=observe");
	cr_assert_str_eq(shown("* deny pace=1s"), "deny pace=1s");
}

Test(format, shows_what_a_rule_has_beside_its_policy_where_it_is_on)
{
	char extras[100];

	cr_assert_str_eq(shown("* pace=1500ms connect-timeout=2s"),
			 DEFAULTS " shed=new per=address fail-with=ECONNREFUSED connect-timeout=2s pace=1500ms");
	cr_assert_str_eq(shown("* fallback=10.0.0.5:80"),
			 DEFAULTS " shed=new per=address fail-with=ECONNREFUSED fallback=10.0.0.5:80");
	cr_assert_str_eq(shown("* stale-names=300s lookups=on"),
			 DEFAULTS " shed=new per=address fail-with=ECONNREFUSED lookups=on stale-names=5m");
	rule_format_extras(rules_at(parse_good("* failures=3 pace=1s mode=off"), 0), extras, sizeof(extras));
	cr_assert_str_eq(extras, "pace=1s");
	cr_assert_eq(rule_format_extras(rules_at(parse_good("*"), 0), extras, sizeof(extras)), 0);
}

Test(format, length_is_that_of_the_whole_text_as_with_snprintf)
{
	const struct rule *rule = rules_at(parse_good("* deny"), 0);
	char small[3] = "zz";

	cr_assert_eq(rule_format_options(rule, small, sizeof(small)), 4);
	cr_assert_str_eq(small, "de");
	cr_assert_eq(rule_format_options(rule, NULL, 0), 4);
}

Test(format, policy_is_shown_without_what_belongs_to_the_rule)
{
	struct breaker_policy policy;
	char text[1000];

	policy_defaults(&policy);
	cr_assert_eq(policy_format(&policy, text, sizeof(text)), strlen(DEFAULTS));
	cr_assert_str_eq(text, DEFAULTS);
}

Test(format, any_bytes_of_a_panel_are_shown_in_bounds)
{
	struct breaker_policy policy;
	char text[5000];

	for (int byte = 0; byte < 256; byte++) {
		memset(&policy, byte, sizeof(policy));
		cr_assert_lt(policy_format(&policy, text, sizeof(text)), 4095);
	}
}

static uint64_t state = 20240611;

static uint64_t below(uint64_t bound)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (state >> 33) % bound;
}

/* One option out of a few values, or nothing. */
static void add(char *text, const char *const *values, size_t count)
{
	size_t which = below(count + 2);

	if (which < count) {
		strcat(text, " ");
		strcat(text, values[which]);
	}
}

#define ADD(text, ...)                                                                                                \
	add(text, (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

Test(format, what_is_shown_reads_back_as_the_same_rule)
{
	for (int i = 0; i < 3000; i++) {
		char text[1000] = "*";
		char again[5000];
		struct rule before, after;

		ADD(text, "failures=1", "failures=65535");
		ADD(text, "failure-rate=off", "failure-rate=0.0001%", "failure-rate=33.3333%", "failure-rate=1");
		ADD(text, "min-calls=1", "min-calls=1000000");
		ADD(text, "window=off", "window=1ns", "window=90s", "window=8760h");
		ADD(text, "buckets=1", "buckets=60");
		ADD(text, "timeout=1ns", "timeout=1m", "timeout=24h");
		ADD(text, "backoff=1.001", "backoff=1000", "backoff=off");
		ADD(text, "jitter=off", "jitter=0.1", "jitter=99.9999%");
		ADD(text, "probes=255");
		ADD(text, "successes=255");
		ADD(text, "overdue=off", "overdue=123456789ns");
		ADD(text, "slow-call=1us", "slow-call=1s slow-rate=50%", "slow-call=off");
		ADD(text, "count=EPERM", "count=ENETDOWN,E2BIG", "count=EHWPOISON");
		ADD(text, "ignore=ETIMEDOUT", "ignore=ECONNRESET,EHOSTDOWN");
		ADD(text, "per=host", "per=rule");
		ADD(text, "fail-with=ETIMEDOUT");
		ADD(text, "connect-timeout=1ms", "connect-timeout=24h");
		ADD(text, "fallback=10.0.0.5:80", "fallback=10.0.0.5", "fallback=[::1]:80", "fallback=[fe80::1%3]");
		ADD(text, "max-connections=1", "max-connections=4096");
		ADD(text, "pace=1ns", "pace=2h", "pace=off");
		ADD(text, "stale-names=5m", "stale-names=off");
		ADD(text, "lookups=on", "lookups=off");
		ADD(text, "mode=off", "mode=enforce");
		before = *rules_at(parse_good(text), 0);
		snprintf(again, sizeof(again), "* %s", shown(text));
		after = *rules_at(parse_good(again), 0);
		cr_assert_arr_eq(&before.policy, &after.policy, sizeof(before.policy), "%s: %s", text, again);
		cr_assert_eq(before.policy_id, after.policy_id);
		cr_assert_eq(before.per, after.per);
		cr_assert_eq(before.mode, after.mode);
		cr_assert_eq(before.fail_with, after.fail_with);
		cr_assert_eq(before.connect_timeout, after.connect_timeout);
		cr_assert_eq(before.pace, after.pace);
		cr_assert_eq(before.max_connections, after.max_connections);
		cr_assert(addr_equal(&before.fallback, &after.fallback));
		cr_assert_eq(before.stale_names, after.stale_names);
		cr_assert_eq(before.lookups, after.lookups);
		cr_assert_str_eq(shown(again), again + 2);
	}
}

Test(format, modes_have_names_that_parse)
{
	enum rule_mode mode;

	cr_assert_str_eq(mode_name(MODE_DEFAULT), "default");
	for (unsigned i = MODE_ENFORCE; i <= MODE_OFF; i++) {
		const char *name = mode_name((enum rule_mode)i);

		cr_assert(mode_parse(&mode, name, strlen(name)));
		cr_assert_eq(mode, i);
	}
	cr_assert_not(mode_parse(&mode, "default", 7));
	cr_assert_not(mode_parse(&mode, "Off", 3));
	cr_assert_not(mode_parse(&mode, "", 0));
}
