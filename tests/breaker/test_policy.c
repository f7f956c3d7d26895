/* SPDX-License-Identifier: MIT */
/* test_policy.c - the options as numbers: defaults, counted errors, open time. */
#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "breaker/outcome.h"
#include "breaker/policy.h"
#include "support.h"

static struct breaker_policy defaults(void)
{
	struct breaker_policy policy;

	memset(&policy, 0xa5, sizeof(policy));
	policy_defaults(&policy);
	return policy;
}

Test(policy, defaults_are_those_of_the_manual)
{
	struct breaker_policy policy = defaults();

	cr_assert_eq(policy.failures, 5);
	cr_assert_eq(policy.failure_rate, 0);
	cr_assert_eq(policy.min_calls, 10);
	cr_assert_eq(policy.window, 0);
	cr_assert_eq(policy.buckets, 10);
	cr_assert_eq(policy.timeout, 1 * SECOND);
	cr_assert_eq(policy.backoff, 1300);
	cr_assert_eq(policy.max_timeout, 30 * SECOND);
	cr_assert_eq(policy.jitter, 100000);
	cr_assert_eq(policy.probes, 1);
	cr_assert_eq(policy.successes, 2);
	cr_assert_eq(policy.overdue, 10 * SECOND);
	cr_assert_eq(policy.slow_call, 0);
	cr_assert_eq(policy.slow_rate, 0);
	for (size_t i = 0; i < sizeof(policy.reserved); i++)
		cr_assert_eq(policy.reserved[i], 0);
}

Test(policy, errors_of_the_destination_count_and_errors_of_this_machine_do_not)
{
	static const int counted[] = { ECONNREFUSED, ETIMEDOUT, ECONNRESET, ECONNABORTED, EHOSTUNREACH, EHOSTDOWN };
	static const int ignored[] = { EADDRNOTAVAIL, EACCES, EPERM, EMFILE, ENFILE, ENOBUFS, ENETUNREACH,
				       ENETDOWN, EAFNOSUPPORT, EINVAL, EBADF, EISCONN, EINPROGRESS, EINTR };
	struct breaker_policy policy = defaults();

	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
		cr_assert(policy_counts_error(&policy, counted[i]), "%s", strerror(counted[i]));
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		cr_assert_not(policy_counts_error(&policy, ignored[i]), "%s", strerror(ignored[i]));
}

Test(policy, count_and_ignore_change_one_error_only)
{
	struct breaker_policy policy = defaults();

	policy_count_error(&policy, ENETUNREACH, true);
	policy_count_error(&policy, ECONNRESET, false);
	cr_assert(policy_counts_error(&policy, ENETUNREACH));
	cr_assert_not(policy_counts_error(&policy, ECONNRESET));
	cr_assert(policy_counts_error(&policy, ECONNREFUSED));
	cr_assert_not(policy_counts_error(&policy, ENETDOWN));
}

Test(policy, unknown_error_is_always_counted)
{
	struct breaker_policy policy = defaults();
	struct breaker_policy before = policy;

	policy_count_error(&policy, OUTCOME_ERROR_UNKNOWN, false);
	cr_assert(policy_counts_error(&policy, OUTCOME_ERROR_UNKNOWN));
	cr_assert_eq(policy_hash(&policy), policy_hash(&before));
	memset(policy.counted, 0, sizeof(policy.counted));
	cr_assert(policy_counts_error(&policy, OUTCOME_ERROR_UNKNOWN));
}

Test(policy, numbers_that_are_no_errno_are_neither_counted_nor_stored)
{
	static const int odd[] = { 0, -1, 192, 1133, INT32_MAX, INT32_MIN };
	struct breaker_policy policy = defaults();
	struct breaker_policy before = policy;

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		policy_count_error(&policy, odd[i], true);
		cr_assert_not(policy_counts_error(&policy, odd[i]), "%d", odd[i]);
	}
	cr_assert_eq(memcmp(&policy, &before, sizeof(policy)), 0);
}

Test(policy, equal_policies_have_equal_hashes_and_each_option_changes_it)
{
	struct breaker_policy policy = defaults();
	uint64_t before = policy_hash(&policy);

	for (size_t byte = 0; byte < sizeof(policy); byte++) {
		((unsigned char *)&policy)[byte] ^= 1;
		cr_assert_neq(policy_hash(&policy), before, "byte %zu", byte);
		((unsigned char *)&policy)[byte] ^= 1;
	}
	cr_assert_eq(policy_hash(&policy), before);
}

Test(policy, open_time_doubles_with_each_reopening_up_to_max_timeout)
{
	static const uint64_t seconds[] = { 1, 2, 4, 8, 16, 30, 30, 30 };
	struct breaker_policy policy = defaults();

	policy.backoff = 2 * POLICY_FACTOR_ONE;
	for (unsigned i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		cr_assert_eq(policy_open_time(&policy, i, 0), seconds[i] * SECOND, "reopening %u", i);
	cr_assert_eq(policy_open_time(&policy, UINT32_MAX, 0), 30 * SECOND);
}

Test(policy, backoff_of_one_is_a_flat_open_time)
{
	struct breaker_policy policy = plain_policy();

	policy.timeout = policy.max_timeout = 30 * SECOND;
	for (unsigned i = 0; i < 64; i++)
		cr_assert_eq(policy_open_time(&policy, i, UINT32_MAX), 30 * SECOND);
}

Test(policy, backoff_may_be_a_fraction)
{
	struct breaker_policy policy = plain_policy();

	policy.max_timeout = 30 * SECOND;
	policy.backoff = 1500;
	cr_assert_eq(policy_open_time(&policy, 1, 0), 1500 * MILLISECOND);
	cr_assert_eq(policy_open_time(&policy, 2, 0), 2250 * MILLISECOND);
	cr_assert_eq(policy_open_time(&policy, 3, 0), 3375 * MILLISECOND);
}

Test(policy, jitter_adds_a_share_drawn_between_nothing_and_all_of_it)
{
	struct breaker_policy policy = defaults();

	cr_assert_eq(policy_open_time(&policy, 0, 0), 1000 * MILLISECOND);
	cr_assert_eq(policy_open_time(&policy, 0, UINT32_C(1) << 31), 1050 * MILLISECOND);
	cr_assert_eq(policy_open_time(&policy, 0, UINT32_C(1) << 30), 1025 * MILLISECOND);
	cr_assert_eq(policy_open_time(&policy, 0, UINT32_MAX), 1100 * MILLISECOND - 1);
	policy.jitter = POLICY_RATE_ONE;
	policy.backoff = 2 * POLICY_FACTOR_ONE;
	cr_assert_eq(policy_open_time(&policy, 1, UINT32_C(1) << 31), 3000 * MILLISECOND);
	policy.jitter = 0;
	cr_assert_eq(policy_open_time(&policy, 0, UINT32_MAX), 1000 * MILLISECOND);
}

Test(policy, jitter_comes_on_top_of_max_timeout)
{
	struct breaker_policy policy = defaults();

	cr_assert_eq(policy_open_time(&policy, 20, UINT32_C(1) << 31), 31500 * MILLISECOND);
	cr_assert_eq(policy_open_time_max(&policy), 33 * SECOND);
	policy.backoff = POLICY_FACTOR_ONE;
	cr_assert_eq(policy_open_time_max(&policy), 1100 * MILLISECOND);
}

Test(policy, open_time_is_at_least_a_nanosecond_and_never_beyond_its_maximum_whatever_the_policy)
{
	uint64_t seed = 1;

	for (int i = 0; i < 20000; i++) {
		struct breaker_policy policy = {
			.timeout = draw(&seed) >> draw_below(&seed, 64),
			.max_timeout = draw(&seed) >> draw_below(&seed, 64),
			.backoff = draw(&seed) >> (32 + draw_below(&seed, 32)),
			.jitter = draw(&seed) >> (32 + draw_below(&seed, 32)),
		};
		uint64_t longest = policy_open_time_max(&policy);
		uint64_t before = 1;

		for (unsigned reopenings = 0; reopenings < 64; reopenings += 7) {
			uint64_t open = policy_open_time(&policy, reopenings, UINT32_MAX);

			if (open < before || open > longest)
				cr_assert_fail("timeout %" PRIu64 " max %" PRIu64 " backoff %u jitter %u: %" PRIu64
					       " after %" PRIu64 ", at most %" PRIu64,
					       policy.timeout, policy.max_timeout, policy.backoff, policy.jitter, open,
					       before, longest);
			before = open;
		}
	}
}

Test(policy, a_step_of_the_backoff_beyond_64_bits_is_the_cap)
{
	struct breaker_policy policy = plain_policy();

	policy.timeout = UINT64_MAX / 4;
	policy.max_timeout = UINT64_MAX - 1;
	policy.backoff = 8000;
	cr_assert_eq(policy_open_time(&policy, 1, 0), UINT64_MAX - 1);
}

Test(policy, open_time_saturates_at_the_end_of_time)
{
	struct breaker_policy policy = {
		.timeout = UINT64_MAX, .max_timeout = UINT64_MAX, .backoff = UINT32_MAX, .jitter = UINT32_MAX,
	};

	cr_assert_eq(policy_open_time(&policy, 63, UINT32_MAX), UINT64_MAX);
	cr_assert_eq(policy_open_time_max(&policy), UINT64_MAX);
	policy = (struct breaker_policy){ 0 };
	cr_assert_eq(policy_open_time(&policy, 63, UINT32_MAX), 1);
}

Test(policy, a_probe_vanishes_after_overdue_or_after_five_minutes)
{
	struct breaker_policy policy = defaults();

	cr_assert_eq(policy_vanished_after(&policy), 10 * SECOND);
	policy.overdue = 0;
	cr_assert_eq(policy_vanished_after(&policy), 300 * SECOND);
}

Test(policy, an_eighth_is_rounded_up)
{
	cr_assert_eq(policy_eighth(80), 10);
	cr_assert_eq(policy_eighth(81), 11);
	cr_assert_eq(policy_eighth(1), 1);
	cr_assert_eq(policy_eighth(UINT64_MAX), UINT64_C(1) << 61);
}
