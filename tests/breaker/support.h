/* SPDX-License-Identifier: MIT */
/*
 * support.h - what the tests of this room share: a policy without chance, random numbers with a seed.
 */
#ifndef CUTOUT_TESTS_BREAKER_SUPPORT_H
#define CUTOUT_TESTS_BREAKER_SUPPORT_H

#include <stdint.h>

#include "breaker/policy.h"

#define MILLISECOND UINT64_C(1000000)
#define SECOND (1000 * MILLISECOND)

/* Some time, hours after the machine was started. */
#define NOON (12 * 3600 * SECOND)

/* The defaults, but every opening lasts exactly one second. */
static inline struct breaker_policy plain_policy(void)
{
	struct breaker_policy policy;

	policy_defaults(&policy);
	policy.jitter = 0;
	policy.backoff = POLICY_FACTOR_ONE;
	policy.max_timeout = policy.timeout;
	return policy;
}

/* splitmix64 */
static inline uint64_t draw(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline uint64_t draw_below(uint64_t *seed, uint64_t bound)
{
	return draw(seed) % bound;
}

#endif
