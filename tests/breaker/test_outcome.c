/* SPDX-License-Identifier: MIT */
/* test_outcome.c - success, failure, slow or ignored. */
#include <criterion/criterion.h>
#include <errno.h>

#include "breaker/outcome.h"
#include "support.h"

Test(outcome, no_error_is_a_success_however_long_it_took)
{
	struct breaker_policy policy = plain_policy();

	cr_assert_eq(outcome_of(&policy, 0, 0), OUTCOME_SUCCESS);
	cr_assert_eq(outcome_of(&policy, 0, UINT64_MAX), OUTCOME_SUCCESS);
}

Test(outcome, a_call_is_slow_strictly_after_slow_call)
{
	struct breaker_policy policy = plain_policy();

	policy.slow_call = 3 * SECOND;
	cr_assert_eq(outcome_of(&policy, 0, 3 * SECOND - 1), OUTCOME_SUCCESS);
	cr_assert_eq(outcome_of(&policy, 0, 3 * SECOND), OUTCOME_SUCCESS);
	cr_assert_eq(outcome_of(&policy, 0, 3 * SECOND + 1), OUTCOME_SLOW);
}

Test(outcome, an_error_decides_before_slowness_does)
{
	struct breaker_policy policy = plain_policy();

	policy.slow_call = 3 * SECOND;
	cr_assert_eq(outcome_of(&policy, ECONNREFUSED, 4 * SECOND), OUTCOME_FAILURE);
	cr_assert_eq(outcome_of(&policy, ENETUNREACH, 4 * SECOND), OUTCOME_IGNORED);
}

Test(outcome, counted_errors_are_failures_and_the_others_are_ignored)
{
	struct breaker_policy policy = plain_policy();

	cr_assert_eq(outcome_of(&policy, ECONNREFUSED, 0), OUTCOME_FAILURE);
	cr_assert_eq(outcome_of(&policy, ETIMEDOUT, 0), OUTCOME_FAILURE);
	cr_assert_eq(outcome_of(&policy, EADDRNOTAVAIL, 0), OUTCOME_IGNORED);
	cr_assert_eq(outcome_of(&policy, 4711, 0), OUTCOME_IGNORED);
	policy_count_error(&policy, EADDRNOTAVAIL, true);
	policy_count_error(&policy, ETIMEDOUT, false);
	cr_assert_eq(outcome_of(&policy, EADDRNOTAVAIL, 0), OUTCOME_FAILURE);
	cr_assert_eq(outcome_of(&policy, ETIMEDOUT, 0), OUTCOME_IGNORED);
}

Test(outcome, an_error_that_nobody_read_is_a_failure)
{
	struct breaker_policy policy = plain_policy();

	cr_assert_eq(outcome_of(&policy, OUTCOME_ERROR_UNKNOWN, 0), OUTCOME_FAILURE);
}

Test(outcome, names_are_those_of_a_trace)
{
	cr_assert_str_eq(outcome_name(OUTCOME_SUCCESS), "success");
	cr_assert_str_eq(outcome_name(OUTCOME_FAILURE), "failure");
	cr_assert_str_eq(outcome_name(OUTCOME_SLOW), "slow");
	cr_assert_str_eq(outcome_name(OUTCOME_IGNORED), "ignored");
}
