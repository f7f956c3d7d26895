/* SPDX-License-Identifier: MIT */
/*
 * policy.c - what trips a breaker, for how long, and how it recovers: options as numbers.
 *
 * Pure: any thread, signal handler or forked child. Nothing here overflows, whatever the policy says:
 * products are split so that 64 bits hold them (there are no 128 on a 32-bit machine).
 */
#include "breaker/policy.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

#include "base/errname.h"
#include "base/hash.h"
#include "breaker/arith.h"
#include "breaker/outcome.h"

#define MILLISECOND UINT64_C(1000000)
#define SECOND (1000 * MILLISECOND)

enum { POLICY_WORDS = sizeof(struct breaker_policy) / 8, ERRORS_MAX = 192 };

static_assert(sizeof(struct breaker_policy) == 96, "a policy has no padding: its bytes are hashed and shared");
static_assert(offsetof(struct breaker_policy, failures) == 64 && offsetof(struct breaker_policy, buckets) == 88,
	      "a policy looks the same to programs of 32 and 64 bits");

static const int counted_errors[] = {
	ECONNREFUSED, ETIMEDOUT, ECONNRESET, ECONNABORTED, EHOSTUNREACH, EHOSTDOWN, ERRNAME_EAI_AGAIN,
	ERRNAME_EAI_FAIL, OUTCOME_ERROR_UNKNOWN,
};

void policy_defaults(struct breaker_policy *policy)
{
	*policy = (struct breaker_policy){
		.timeout = 1 * SECOND,
		.max_timeout = 30 * SECOND,
		.overdue = 10 * SECOND,
		.failures = 5,
		.min_calls = 10,
		.backoff = 1300,
		.jitter = POLICY_RATE_ONE / 10,
		.buckets = 10,
		.probes = 1,
		.successes = 2,
	};
	for (size_t i = 0; i < sizeof(counted_errors) / sizeof(counted_errors[0]); i++)
		policy_count_error(policy, counted_errors[i], true);
}

bool policy_counts_error(const struct breaker_policy *policy, int error)
{
	if (error == OUTCOME_ERROR_UNKNOWN)
		return true;
	return error > 0 && error < ERRORS_MAX && (policy->counted[error / 64] >> error % 64 & 1) != 0;
}

void policy_count_error(struct breaker_policy *policy, int error, bool counted)
{
	uint64_t bit;

	if (error <= 0 || error >= ERRORS_MAX)
		return;
	bit = UINT64_C(1) << error % 64;
	if (counted || error == OUTCOME_ERROR_UNKNOWN)
		policy->counted[error / 64] |= bit;
	else
		policy->counted[error / 64] &= ~bit;
}

uint64_t policy_hash(const struct breaker_policy *policy)
{
	return hash_words(policy, POLICY_WORDS);
}

/* open * backoff / 1000, at most `cap` */
static uint64_t backed_off(uint64_t open, uint32_t backoff, uint64_t cap)
{
	uint64_t thousands = open / POLICY_FACTOR_ONE;
	uint64_t rest = open % POLICY_FACTOR_ONE * backoff / POLICY_FACTOR_ONE;

	if (backoff != 0 && thousands > cap / backoff)
		return cap;
	return at_most(add_saturated(thousands * backoff, rest), cap);
}

/* The open time before jitter. Ends early where another step changes nothing: at most some 50,000 steps. */
static uint64_t open_time_without_jitter(const struct breaker_policy *policy, unsigned reopenings)
{
	uint64_t cap = policy->max_timeout;
	uint64_t open = at_most(policy->timeout, cap);

	for (unsigned i = 0; i < reopenings; i++) {
		uint64_t next = backed_off(open, policy->backoff, cap);

		if (next <= open)
			break;
		open = next;
	}
	return open > 0 ? open : 1;
}

/* The most that jitter can add: open * jitter / 1000000 */
static uint64_t jitter_share(const struct breaker_policy *policy, uint64_t open)
{
	uint64_t jitter = at_most(policy->jitter, POLICY_RATE_ONE);

	return open / POLICY_RATE_ONE * jitter + open % POLICY_RATE_ONE * jitter / POLICY_RATE_ONE;
}

uint64_t policy_open_time(const struct breaker_policy *policy, unsigned reopenings, uint32_t random)
{
	uint64_t open = open_time_without_jitter(policy, reopenings);
	uint64_t share = jitter_share(policy, open);
	uint64_t drawn = (share >> 32) * random + ((share & UINT32_MAX) * random >> 32);

	return add_saturated(open, drawn);
}

uint64_t policy_open_time_max(const struct breaker_policy *policy)
{
	uint64_t open = policy->max_timeout;

	if (policy->backoff <= POLICY_FACTOR_ONE)
		open = at_most(policy->timeout, open);
	return add_saturated(open > 0 ? open : 1, jitter_share(policy, open));
}

/* With on=response a probe may also wait for its answer, which is judged by its own time. */
uint64_t policy_vanished_after(const struct breaker_policy *policy)
{
	if (policy->overdue == 0 || (policy->on == POLICY_ON_RESPONSE && policy->slow_call == 0))
		return POLICY_VANISHED_AFTER;
	return policy->on == POLICY_ON_RESPONSE && policy->slow_call > policy->overdue ? policy->slow_call
										       : policy->overdue;
}
