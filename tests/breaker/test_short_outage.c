/* SPDX-License-Identifier: MIT */
/*
 * test_short_outage.c - under the defaults a breaker never makes a short outage long.
 *
 * A program polls at some interval; each call fails at once until the server is ready. Every interval from 10 ms
 * to 1.5 s is gone through, and after each opening every share of the jitter: none, half, all of it.
 */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "breaker/breaker.h"
#include "support.h"

static const uint32_t shares[] = { 0, UINT32_C(1) << 31, UINT32_MAX };

struct outage {
	struct breaker_policy policy;
	uint64_t interval;
	uint64_t ready; /* when the server answers again */
};

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* When the first poll gets through, with the worst luck. `at` is the time of the next one. */
static uint64_t worst(const struct outage *outage, struct breaker breaker, uint64_t at)
{
	struct breaker_call call;
	uint64_t last = 0;

	while (breaker_begin(&breaker, &outage->policy, at, &call) == VERDICT_REFUSED)
		at += outage->interval;
	if (at >= outage->ready)
		return at;
	for (unsigned i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		struct breaker after = breaker;

		breaker_end(&after, &outage->policy, &call, OUTCOME_FAILURE, at, shares[i]);
		last = later(last, worst(outage, after, at + outage->interval));
		if (after.state.phase != BREAKER_OPEN)
			break; /* nothing was drawn */
	}
	return last;
}

static uint64_t worst_from(uint64_t start, const struct outage *outage)
{
	struct breaker breaker;

	breaker_init(&breaker, start);
	return worst(outage, breaker, start);
}

/* Ready that long after the first poll. */
static void check_start(uint64_t after)
{
	struct outage outage = { .ready = NOON + after };

	policy_defaults(&outage.policy);
	for (outage.interval = 10 * MILLISECOND; outage.interval <= 1500 * MILLISECOND; outage.interval += 5 * MILLISECOND) {
		uint64_t polls = (after + outage.interval - 1) / outage.interval;
		uint64_t through = worst_from(NOON, &outage) - NOON;

		cr_assert_leq(through, 2 * polls * outage.interval, "polled every %" PRIu64 " ms: %" PRIu64 " ms late",
			      outage.interval / MILLISECOND, through / MILLISECOND);
	}
}

Test(short_outage, who_polls_until_a_server_has_started_waits_at_most_twice_as_long)
{
	check_start(2 * SECOND);
	check_start(5 * SECOND);
	check_start(10 * SECOND);
}

/* A poll may come at any moment of the outage: the first one after 0 to 9 tenths of the interval. */
Test(short_outage, server_that_is_back_after_three_seconds_is_used_within_two_more)
{
	struct outage outage = { .ready = NOON + 3 * SECOND };

	policy_defaults(&outage.policy);
	for (outage.interval = 10 * MILLISECOND; outage.interval <= 1500 * MILLISECOND; outage.interval += 5 * MILLISECOND) {
		for (uint64_t tenth = 0; tenth < 10; tenth++) {
			uint64_t through = worst_from(NOON + tenth * outage.interval / 10, &outage);

			cr_assert_leq(through, outage.ready + 2 * SECOND, "polled every %" PRIu64 " ms: %" PRIu64 " ms late",
				      outage.interval / MILLISECOND, (through - outage.ready) / MILLISECOND);
		}
	}
}
