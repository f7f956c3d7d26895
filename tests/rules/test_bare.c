/* SPDX-License-Identifier: MIT */
/*
 * test_bare.c - a policy by itself: options without a pattern.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/duration.h"
#include "rules/rules.h"

static char said[4096];

static void collect(void *context, const struct rules_error *error)
{
	size_t used = strlen(said);

	(void)context;
	rules_error_format(error, said + used, sizeof(said) - used - 1);
	strcat(said, "\n");
}

static bool parse(struct breaker_policy *policy, const char *text, const char *defaults)
{
	struct rules_text bare = { "-p", text, strlen(text) };
	struct rules_text options = { "d", defaults, defaults != NULL ? strlen(defaults) : 0 };

	said[0] = '\0';
	return rules_parse_policy(policy, &bare, defaults != NULL ? &options : NULL, collect, NULL);
}

static void expect_complaints(const char *text, const char *complaints)
{
	struct breaker_policy policy;

	cr_assert_not(parse(&policy, text, NULL), "%s", text);
	cr_assert_str_eq(said, complaints);
}

Test(bare, no_options_are_the_defaults)
{
	struct breaker_policy policy, defaults;

	policy_defaults(&defaults);
	cr_assert(parse(&policy, "", NULL));
	cr_assert_eq(memcmp(&policy, &defaults, sizeof(policy)), 0);
}

Test(bare, options_may_stand_on_several_lines)
{
	struct breaker_policy policy;

	cr_assert(parse(&policy, "failures=3 # few\n\ttimeout=40s failure-rate=50%", NULL), "%s", said);
	cr_assert_eq(policy.failures, 3);
	cr_assert_eq(policy.timeout, 40 * NSEC_PER_SEC);
	cr_assert_eq(policy.max_timeout, 40 * NSEC_PER_SEC);
	cr_assert_eq(policy.window, 10 * NSEC_PER_SEC, "the window that a rate brings");
}

Test(bare, options_start_from_the_defaults_that_are_given)
{
	struct breaker_policy policy;

	cr_assert(parse(&policy, "failures=3", "timeout=7s failures=9"));
	cr_assert_eq(policy.failures, 3);
	cr_assert_eq(policy.timeout, 7 * NSEC_PER_SEC);
	cr_assert_not(parse(&policy, "failures=3", "timeot=7s"));
	cr_assert_str_eq(said, "d:1:1: unknown option \"timeot\" (did you mean \"timeout\"?)\n");
}

Test(bare, complaints_have_the_place_in_the_policy_itself)
{
	expect_complaints("falures=3", "-p:1:1: unknown option \"falures\" (did you mean \"failures\"?)\n");
	expect_complaints("failures=3\ntimeout=fast probes=0",
			  "-p:2:9: \"fast\" is not a duration such as 250ms, 30s, 5m or 2h\n"
			  "-p:2:21: \"0\" is out of range for probes (1 to 255)\n");
	expect_complaints("failures=off", "-p:1:1: nothing can trip this breaker\n");
}

Test(bare, what_belongs_to_a_rule_is_refused)
{
	expect_complaints("*:80 failures=3", "-p:1:1: \"*:80\" is not an option; a policy has no pattern\n");
	expect_complaints("pass", "-p:1:1: \"pass\" is for a rule, not for a policy\n");
	expect_complaints("failures=3 deny", "-p:1:12: \"deny\" is for a rule, not for a policy\n");
}
