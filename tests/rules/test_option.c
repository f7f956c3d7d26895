/* SPDX-License-Identifier: MIT */
/*
 * test_option.c - each option, its values, its bounds, and what is said about others.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "parsing.h"

static struct rule rule_of(const char *options)
{
	char text[300];

	snprintf(text, sizeof(text), "* %s", options);
	return *rules_at(parse_good(text), 0);
}

static struct breaker_policy policy_of(const char *options)
{
	return rule_of(options).policy;
}

/* The options are behind "* ", so that the first of them is in column 3. */
static void check_said(const char *options, const char *said)
{
	char text[300];
	char expected[500];

	snprintf(text, sizeof(text), "* %s", options);
	snprintf(expected, sizeof(expected), "r:1:%s\n", said);
	cr_expect_str_eq(complaints(text), expected, "%s\n  %s  %s", text, complaints(text), expected);
}

Test(option, without_options_a_rule_has_the_defaults_of_the_design)
{
	struct rule rule = rule_of("");

	cr_assert_eq(rule.action, RULE_BREAK);
	cr_assert_eq(rule.mode, MODE_DEFAULT);
	cr_assert_eq(rule.per, PER_ADDRESS);
	cr_assert_eq(rule.fail_with, ECONNREFUSED);
	cr_assert_eq(rule.policy_id, policy_hash(&rule.policy));
	cr_assert_eq(rule.policy.failures, 5);
	cr_assert_eq(rule.policy.failure_rate, 0);
	cr_assert_eq(rule.policy.min_calls, 10);
	cr_assert_eq(rule.policy.window, 0);
	cr_assert_eq(rule.policy.buckets, 10);
	cr_assert_eq(rule.policy.timeout, NSEC_PER_SEC);
	cr_assert_eq(rule.policy.backoff, 1300);
	cr_assert_eq(rule.policy.max_timeout, 30 * NSEC_PER_SEC);
	cr_assert_eq(rule.policy.jitter, 100000);
	cr_assert_eq(rule.policy.probes, 1);
	cr_assert_eq(rule.policy.successes, 2);
	cr_assert_eq(rule.policy.overdue, 10 * NSEC_PER_SEC);
	cr_assert_eq(rule.policy.slow_call, 0);
	cr_assert_eq(rule.policy.slow_rate, 0);
}

Test(option, every_quantity_is_read_at_both_bounds)
{
	cr_assert_eq(policy_of("failures=1").failures, 1);
	cr_assert_eq(policy_of("failures=65535").failures, 65535);
	cr_assert_eq(policy_of("failures=off failure-rate=50%").failures, 0);
	cr_assert_eq(policy_of("failure-rate=0.0001%").failure_rate, 1);
	cr_assert_eq(policy_of("failure-rate=100%").failure_rate, 1000000);
	cr_assert_eq(policy_of("failure-rate=1").failure_rate, 1000000);
	cr_assert_eq(policy_of("failure-rate=0.5").failure_rate, 500000);
	cr_assert_eq(policy_of("failure-rate=12.5%").failure_rate, 125000);
	cr_assert_eq(policy_of("failure-rate=33.33339%").failure_rate, 333333);
	cr_assert_eq(policy_of("failure-rate=off").failure_rate, 0);
	cr_assert_eq(policy_of("min-calls=1").min_calls, 1);
	cr_assert_eq(policy_of("min-calls=1000000").min_calls, 1000000);
	cr_assert_eq(policy_of("window=1ns").window, 1);
	cr_assert_eq(policy_of("window=8760h").window, DURATION_MAX);
	cr_assert_eq(policy_of("window=off").window, 0);
	cr_assert_eq(policy_of("buckets=1").buckets, 1);
	cr_assert_eq(policy_of("buckets=60").buckets, 60);
	cr_assert_eq(policy_of("timeout=1ns").timeout, 1);
	cr_assert_eq(policy_of("timeout=24h").timeout, 24 * 3600 * NSEC_PER_SEC);
	cr_assert_eq(policy_of("backoff=1").backoff, 1000);
	cr_assert_eq(policy_of("backoff=1.5").backoff, 1500);
	cr_assert_eq(policy_of("backoff=1000").backoff, 1000000);
	cr_assert_eq(policy_of("backoff=off").backoff, 1000);
	cr_assert_eq(policy_of("max-timeout=1s").max_timeout, NSEC_PER_SEC);
	cr_assert_eq(policy_of("max-timeout=24h").max_timeout, 24 * 3600 * NSEC_PER_SEC);
	cr_assert_eq(policy_of("jitter=0%").jitter, 0);
	cr_assert_eq(policy_of("jitter=off").jitter, 0);
	cr_assert_eq(policy_of("jitter=100%").jitter, 1000000);
	cr_assert_eq(policy_of("probes=1").probes, 1);
	cr_assert_eq(policy_of("probes=255").probes, 255);
	cr_assert_eq(policy_of("successes=1").successes, 1);
	cr_assert_eq(policy_of("successes=255").successes, 255);
	cr_assert_eq(policy_of("overdue=250ms").overdue, 250 * NSEC_PER_MSEC);
	cr_assert_eq(policy_of("overdue=off").overdue, 0);
	cr_assert_eq(policy_of("slow-call=2m").slow_call, 120 * NSEC_PER_SEC);
	cr_assert_eq(policy_of("slow-call=off").slow_call, 0);
	cr_assert_eq(policy_of("slow-call=1s slow-rate=50%").slow_rate, 500000);
	cr_assert_eq(policy_of("slow-rate=off").slow_rate, 0);
}

Test(option, on_and_shed_are_words)
{
	cr_assert_eq(policy_of("").on, POLICY_ON_CONNECT);
	cr_assert_eq(policy_of("on=connect").on, POLICY_ON_CONNECT);
	cr_assert_eq(policy_of("on=response").on, POLICY_ON_RESPONSE);
	check_said("on=reply", "6: \"reply\" is not connect or response");
	check_said("on=respons", "6: \"respons\" is not connect or response (did you mean \"response\"?)");
	check_said("shed=old", "8: \"old\" is not new or all");
	check_said("shed=al", "8: \"al\" is not new or all (did you mean \"all\"?)");
}

Test(option, an_answer_is_slow_after_half_a_minute_unless_something_else_is_said)
{
	cr_assert_eq(policy_of("on=response").slow_call, 30 * NSEC_PER_SEC);
	cr_assert_eq(policy_of("on=response slow-call=off").slow_call, 0);
	cr_assert_eq(policy_of("slow-call=2s on=response").slow_call, 2 * NSEC_PER_SEC);
	cr_assert_eq(policy_of("on=connect").slow_call, 0);
}

Test(option, beyond_a_bound_is_an_error_with_the_bounds)
{
	check_said("failures=0", "12: \"0\" is out of range for failures (1 to 65535, or off)");
	check_said("failures=65536", "12: \"65536\" is out of range for failures (1 to 65535, or off)");
	check_said("failures=99999999999999999999",
		   "12: \"99999999999999999999\" is out of range for failures (1 to 65535, or off)");
	check_said("failure-rate=0%", "16: \"0%\" is out of range for failure-rate (0.0001% to 100%, or off)");
	check_said("failure-rate=50",
		   "16: \"50\" is out of range for failure-rate (0.0001% to 100%, or off) (did you mean \"50%\"?)");
	check_said("failure-rate=0", "16: \"0\" is out of range for failure-rate (0.0001% to 100%, or off)");
	check_said("failure-rate=100.1%", "16: \"100.1%\" is out of range for failure-rate (0.0001% to 100%, or off)");
	check_said("min-calls=0", "13: \"0\" is out of range for min-calls (1 to 1000000)");
	check_said("min-calls=1000001", "13: \"1000001\" is out of range for min-calls (1 to 1000000)");
	check_said("window=0", "10: \"0\" is out of range for window (1ns to 8760h, or off)");
	check_said("window=8761h", "10: \"8761h\" is out of range for window (1ns to 8760h, or off)");
	check_said("buckets=0", "11: \"0\" is out of range for buckets (1 to 60)");
	check_said("buckets=61", "11: \"61\" is out of range for buckets (1 to 60)");
	check_said("timeout=0s", "11: \"0s\" is out of range for timeout (1ns to 24h)");
	check_said("timeout=25h", "11: \"25h\" is out of range for timeout (1ns to 24h)");
	check_said("backoff=0.5", "11: \"0.5\" is out of range for backoff (1 to 1000, or off)");
	check_said("backoff=1000.001", "11: \"1000.001\" is out of range for backoff (1 to 1000, or off)");
	check_said("max-timeout=0", "15: \"0\" is out of range for max-timeout (1ns to 24h)");
	check_said("max-timeout=24.1h", "15: \"24.1h\" is out of range for max-timeout (1ns to 24h)");
	check_said("jitter=101%", "10: \"101%\" is out of range for jitter (0% to 100%, or off)");
	check_said("probes=0", "10: \"0\" is out of range for probes (1 to 255)");
	check_said("probes=256", "10: \"256\" is out of range for probes (1 to 255)");
	check_said("successes=256", "13: \"256\" is out of range for successes (1 to 255)");
	check_said("overdue=0", "11: \"0\" is out of range for overdue (1ns to 8760h, or off)");
	check_said("slow-call=0", "13: \"0\" is out of range for slow-call (1ns to 8760h, or off)");
	check_said("slow-call=1s slow-rate=0%",
		   "26: \"0%\" is out of range for slow-rate (0.0001% to 100%, or off)");
}

Test(option, value_of_another_kind_is_an_error_with_what_was_perhaps_meant)
{
	check_said("failures=many", "12: \"many\" is not a number");
	check_said("failures=-1", "12: \"-1\" is not a number");
	check_said("failures=3s", "12: \"3s\" is not a number");
	check_said("failures=of", "12: \"of\" is not a number (did you mean \"off\"?)");
	check_said("failure-rate=half", "16: \"half\" is not a ratio such as 50% or 0.5");
	check_said("failure-rate=50,5%", "16: \"50,5%\" is not a ratio such as 50% or 0.5");
	check_said("failure-rate=%", "16: \"%\" is not a ratio such as 50% or 0.5");
	check_said("failure-rate=.5", "16: \".5\" is not a ratio such as 50% or 0.5");
	check_said("timeout=10",
		   "11: \"10\" is not a duration such as 250ms, 30s, 5m or 2h (did you mean \"10s\"?)");
	check_said("timeout=10sec",
		   "11: \"10sec\" is not a duration such as 250ms, 30s, 5m or 2h (did you mean \"10s\"?)");
	check_said("timeout=1.5Min",
		   "11: \"1.5Min\" is not a duration such as 250ms, 30s, 5m or 2h (did you mean \"1.5m\"?)");
	check_said("timeout=250msec",
		   "11: \"250msec\" is not a duration such as 250ms, 30s, 5m or 2h (did you mean \"250ms\"?)");
	check_said("timeout=1d", "11: \"1d\" is not a duration such as 250ms, 30s, 5m or 2h");
	check_said("timeout=soon", "11: \"soon\" is not a duration such as 250ms, 30s, 5m or 2h");
	check_said("timeout=-1s", "11: \"-1s\" is not a duration such as 250ms, 30s, 5m or 2h");
	check_said("backoff=2x", "11: \"2x\" is not a factor such as 2 or 1.5");
	check_said("per=hots", "7: \"hots\" is not address, host or rule (did you mean \"host\"?)");
	check_said("per=port", "7: \"port\" is not address, host or rule");
	check_said("mode=observ", "8: \"observ\" is not enforce, observe or off (did you mean \"observe\"?)");
	check_said("mode=default", "8: \"default\" is not enforce, observe or off");
}

Test(option, what_cannot_be_off_says_so)
{
	check_said("min-calls=off", "13: min-calls cannot be off");
	check_said("buckets=off", "11: buckets cannot be off");
	check_said("timeout=off", "11: timeout cannot be off");
	check_said("max-timeout=off", "15: max-timeout cannot be off");
	check_said("probes=off", "10: probes cannot be off");
	check_said("successes=off", "13: successes cannot be off");
}

Test(option, window_is_ten_seconds_with_a_rate_unless_it_is_given)
{
	cr_assert_eq(policy_of("failure-rate=50%").window, 10 * NSEC_PER_SEC);
	cr_assert_eq(policy_of("slow-call=1s slow-rate=50%").window, 10 * NSEC_PER_SEC);
	cr_assert_eq(policy_of("slow-call=1s").window, 0);
	cr_assert_eq(policy_of("failure-rate=off").window, 0);
	cr_assert_eq(policy_of("failure-rate=50% window=1m").window, 60 * NSEC_PER_SEC);
	cr_assert_eq(policy_of("window=off failure-rate=50%").window, 0);
	cr_assert_eq(policy_of("failures=3 window=5s").window, 5 * NSEC_PER_SEC);
}

Test(option, max_timeout_is_raised_to_timeout_unless_it_is_given)
{
	cr_assert_eq(policy_of("timeout=60s").max_timeout, 60 * NSEC_PER_SEC);
	cr_assert_eq(policy_of("timeout=60s max-timeout=60s").max_timeout, 60 * NSEC_PER_SEC);
	check_said("timeout=60s max-timeout=59s", "15: max-timeout is below timeout, which is 1m");
	check_said("max-timeout=500ms", "3: max-timeout is below timeout, which is 1s");
}

Test(option, breaker_that_nothing_can_trip_is_an_error)
{
	check_said("failures=off", "3: nothing can trip this breaker");
	check_said("timeout=2s failure-rate=off failures=off", "31: nothing can trip this breaker");
	cr_assert_eq(policy_of("failures=off slow-call=1s slow-rate=10%").failures, 0);
}

Test(option, slow_rate_needs_slow_call)
{
	check_said("slow-rate=50%", "3: slow-rate needs slow-call, which says what is slow");
	check_said("slow-call=off slow-rate=50%", "17: slow-rate needs slow-call, which says what is slow");
}

Test(option, errors_are_counted_and_ignored_by_name)
{
	struct breaker_policy policy = policy_of("count=ENETUNREACH,enetdown ignore=ETIMEDOUT");

	cr_assert(policy_counts_error(&policy, ENETUNREACH));
	cr_assert(policy_counts_error(&policy, ENETDOWN));
	cr_assert(policy_counts_error(&policy, ECONNREFUSED));
	cr_assert_not(policy_counts_error(&policy, ETIMEDOUT));
	cr_assert_not(policy_counts_error(&policy, EACCES));
	policy = policy_of("ignore=ECONNREFUSED,ECONNREFUSED count=EWOULDBLOCK");
	cr_assert_not(policy_counts_error(&policy, ECONNREFUSED));
	cr_assert(policy_counts_error(&policy, EAGAIN));
}

Test(option, unknown_errors_have_their_own_place_and_a_suggestion)
{
	check_said("count=ETIMEDOUT,ECONREFUSED",
		   "19: unknown errno name \"ECONREFUSED\" (did you mean \"ECONNREFUSED\"?)");
	check_said("ignore=110", "10: unknown errno name \"110\"");
	check_said("count=ETIMEDOUT,", "19: missing errno name");
	check_said("count=,ETIMEDOUT", "9: missing errno name");
	check_said("count=ENETDOWN ignore=EPERM,ENETDOWN", "31: \"ENETDOWN\" is in both count and ignore");
}

Test(option, fail_with_is_an_errno_that_a_failed_connect_can_have)
{
	cr_assert_eq(rule_of("fail-with=EHOSTUNREACH").fail_with, EHOSTUNREACH);
	cr_assert_eq(rule_of("fail-with=etimedout").fail_with, ETIMEDOUT);
	check_said("fail-with=EHOSTUNREACHABLE",
		   "13: unknown errno name \"EHOSTUNREACHABLE\"");
	check_said("fail-with=EHOSTUNRECH",
		   "13: unknown errno name \"EHOSTUNRECH\" (did you mean \"EHOSTUNREACH\"?)");
	check_said("fail-with=EINPROGRESS",
		   "13: \"EINPROGRESS\" does not tell a program that its connect failed");
	check_said("fail-with=EINTR", "13: \"EINTR\" does not tell a program that its connect failed");
}

Test(option, per_and_mode_are_words)
{
	cr_assert_eq(rule_of("per=address").per, PER_ADDRESS);
	cr_assert_eq(rule_of("per=host").per, PER_HOST);
	cr_assert_eq(rule_of("per=rule").per, PER_RULE);
	cr_assert_eq(rule_of("mode=enforce").mode, MODE_ENFORCE);
	cr_assert_eq(rule_of("mode=observe").mode, MODE_OBSERVE);
	cr_assert_eq(rule_of("mode=off").mode, MODE_OFF);
}

Test(option, pass_goes_alone_and_deny_with_what_tells_how)
{
	cr_assert_eq(rule_of("pass").action, RULE_PASS);
	cr_assert_eq(rule_of("deny").action, RULE_DENY);
	cr_assert_eq(rule_of("deny mode=observe fail-with=EACCES").action, RULE_DENY);
	cr_assert_eq(rule_of("fail-with=EACCES deny").fail_with, EACCES);
	cr_assert_eq(rule_of("deny pace=1s").pace, NSEC_PER_SEC);
	check_said("pass failures=3", "8: option \"failures\" cannot go with pass");
	check_said("failures=3 pass", "3: option \"failures\" cannot go with pass");
	check_said("pass mode=off", "8: option \"mode\" cannot go with pass");
	check_said("pass deny", "8: option \"deny\" cannot go with pass");
	check_said("deny timeout=3s", "8: option \"timeout\" cannot go with deny");
	check_said("deny per=rule", "8: option \"per\" cannot go with deny");
	check_said("pass=1", "3: \"pass\" takes no value");
	check_said("deny=", "3: \"deny\" takes no value");
}

Test(option, quantities_of_a_rule_are_no_part_of_its_policy)
{
	struct rule plain = rule_of("");
	struct rule rule = rule_of("pace=250ms");

	cr_assert_eq(plain.pace, 0);
	cr_assert_eq(rule.pace, 250 * NSEC_PER_MSEC);
	cr_assert_eq(rule.policy_id, plain.policy_id);
	cr_assert_eq(rule_of("pace=24h").pace, 24 * 3600 * NSEC_PER_SEC);
	cr_assert_eq(rule_of("pace=off").pace, 0);
	check_said("pace=0", "8: \"0\" is out of range for pace (1ns to 24h, or off)");
	cr_assert_eq(rule_of("connect-timeout=1ms").connect_timeout, NSEC_PER_MSEC);
	check_said("connect-timeout=100us", "19: \"100us\" is out of range for connect-timeout (1ms to 24h, or off)");
	check_said("deny connect-timeout=1s", "8: option \"connect-timeout\" cannot go with deny");
	cr_assert_eq(plain.max_connections, 0);
	cr_assert_eq(rule_of("max-connections=4096").max_connections, 4096);
	cr_assert_eq(rule_of("max-connections=off").max_connections, 0);
	check_said("max-connections=0", "19: \"0\" is out of range for max-connections (1 to 4096, or off)");
	check_said("max-connections=4097", "19: \"4097\" is out of range for max-connections (1 to 4096, or off)");
	check_said("pace=25h", "8: \"25h\" is out of range for pace (1ns to 24h, or off)");
}

static const char *fallback_of(const char *value)
{
	static char text[ADDR_TEXT_MAX];
	char options[100];
	struct rule rule;

	snprintf(options, sizeof(options), "fallback=%s", value);
	rule = rule_of(options);
	addr_format(&rule.fallback, text, sizeof(text));
	return text;
}

Test(option, fallback_is_an_address_with_or_without_a_port)
{
	cr_assert_str_eq(fallback_of("10.0.0.5:80"), "10.0.0.5:80");
	cr_assert_str_eq(fallback_of("10.0.0.5"), "10.0.0.5");
	cr_assert_str_eq(fallback_of("[2001:DB8::1]:65535"), "[2001:db8::1]:65535");
	cr_assert_str_eq(fallback_of("[fe80::1%3]"), "fe80::1%3");
	cr_assert_str_eq(fallback_of("[::ffff:10.0.0.5]:80"), "10.0.0.5:80");
	cr_assert_eq(rule_of("fallback=off").fallback.family, ADDR_NONE);
	cr_assert_eq(rule_of("fallback=10.0.0.5").policy_id, rule_of("").policy_id);
}

Test(option, fallback_is_nothing_else)
{
	static const char *const values[] = {
		"cache.internal:80", "10.0.0.5:", "10.0.0.5:0", "10.0.0.5:65536", "10.0.0.5:http", "10.0.0.5:80:81", ":80",
		"::1", "[10.0.0.5]:80", "[::1", "[::1]80", "[]:80", "*", "10.0.0.0/8",
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char options[100], said[200];

		snprintf(options, sizeof(options), "fallback=%s", values[i]);
		snprintf(said, sizeof(said),
			 "12: \"%s\" is not an address such as 10.0.0.5:80, 10.0.0.5 or [::1]:80", values[i]);
		check_said(options, said);
	}
	check_said("deny fallback=10.0.0.5", "8: option \"fallback\" cannot go with deny");
}

Test(option, lookups_are_on_or_off_and_no_part_of_the_policy)
{
	cr_assert_not(rule_of("").lookups);
	cr_assert(rule_of("lookups=on").lookups);
	cr_assert_not(rule_of("lookups=off").lookups);
	cr_assert_eq(rule_of("lookups=on stale-names=5m").policy_id, rule_of("").policy_id);
	cr_assert_eq(rule_of("stale-names=5m").stale_names, 300 * NSEC_PER_SEC);
	check_said("lookups=onn", "11: \"onn\" is not on or off (did you mean \"on\"?)");
	check_said("deny lookups=on", "8: option \"lookups\" cannot go with deny");
	check_said("fail-with=EAI_AGAIN", "13: \"EAI_AGAIN\" does not tell a program that its connect failed");
}

static struct rule unix_rule_of(const char *options, const char *defaults)
{
	char text[200];

	snprintf(text, sizeof(text), "unix:/run/x %s", options);
	return *rules_at(parse_good_with(text, defaults), 0);
}

Test(option, on_a_unix_domain_socket_two_more_errors_are_failures)
{
	struct rule rule = unix_rule_of("", "");

	cr_assert(policy_counts_error(&rule.policy, ENOENT) && policy_counts_error(&rule.policy, EAGAIN));
	rule = rule_of("");
	cr_assert_not(policy_counts_error(&rule.policy, ENOENT));
	rule = unix_rule_of("ignore=ENOENT", "");
	cr_assert(!policy_counts_error(&rule.policy, ENOENT) && policy_counts_error(&rule.policy, EAGAIN));
	rule = unix_rule_of("", "ignore=EAGAIN");
	cr_assert(policy_counts_error(&rule.policy, ENOENT) && !policy_counts_error(&rule.policy, EAGAIN));
}

Test(option, of_udp_there_are_no_connections)
{
	static const char *const options[] = { "fallback=10.0.0.1", "connect-timeout=1s", "on=response", "shed=all" };
	struct rule rule = *rules_at(parse_good_with("udp://*", "on=response connect-timeout=1s shed=all"), 0);

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		char text[100], said[100];

		snprintf(text, sizeof(text), "udp://* %s", options[i]);
		snprintf(said, sizeof(said), "r:1:9: option \"%.*s\" is not for UDP\n", (int)strcspn(options[i], "="),
			 options[i]);
		cr_assert_str_eq(complaints(text), said);
	}
	cr_assert_eq(rule.policy.on, POLICY_ON_CONNECT, "nothing comes of the defaults");
	cr_assert_eq(rule.connect_timeout, 0);
}

Test(option, on_a_unix_domain_socket_some_options_are_none)
{
	cr_assert_str_eq(complaints("unix:/run/x on=response"),
			 "r:1:13: option \"on\" is not for Unix-domain sockets\n");
	cr_assert_str_eq(complaints("unix:/run/x fallback=10.0.0.1"),
			 "r:1:13: option \"fallback\" is not for Unix-domain sockets\n");
	cr_assert_str_eq(complaints("unix:/run/x lookups=on"),
			 "r:1:13: option \"lookups\" is not for Unix-domain sockets\n");
	cr_assert_not(unix_rule_of("", "lookups=on").lookups, "nothing comes of the defaults");
	cr_assert_eq(unix_rule_of("", "fallback=10.0.0.1").fallback.family, ADDR_NONE);
}

Test(option, words_that_are_no_options)
{
	check_said("falures=3", "3: unknown option \"falures\" (did you mean \"failures\"?)");
	check_said("Timeout=3s", "3: unknown option \"Timeout\" (did you mean \"timeout\"?)");
	check_said("dney", "3: unknown option \"dney\" (did you mean \"deny\"?)");
	check_said("colour=red", "3: unknown option \"colour\"");
	check_said("failures", "3: option \"failures\" needs a value");
	check_said("failures=", "3: option \"failures\" needs a value");
	check_said("db:5432", "3: \"db:5432\" is not an option; rules are separated by \";\" or a new line");
	check_said("=3", "3: an option is written without blanks around its \"=\"");
}

Test(option, same_option_twice_is_an_error)
{
	check_said("failures=3 timeout=2s failures=3", "25: option \"failures\" is given twice");
	check_said("count=EPERM count=EACCES", "15: option \"count\" is given twice");
	check_said("pass pass", "8: option \"pass\" is given twice");
}

Test(option, broken_option_does_not_bring_complaints_about_others)
{
	check_said("failures=off failure-rate=fifty", "29: \"fifty\" is not a ratio such as 50% or 0.5");
}
