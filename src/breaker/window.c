/* SPDX-License-Identifier: MIT */
/*
 * window.c - how far back calls are counted: slices of time, as values.
 *
 * Pure: any thread, signal handler or forked child.
 */
#include "breaker/window.h"

#include "breaker/arith.h"

static unsigned window_buckets(const struct breaker_policy *policy)
{
	if (policy->window == 0 || policy->buckets <= 1)
		return 1;
	return at_most(policy->buckets, POLICY_BUCKETS_MAX);
}

uint64_t window_slice_length(const struct breaker_policy *policy)
{
	return divide_up(policy->window, window_buckets(policy));
}

uint64_t window_slice(const struct breaker_policy *policy, uint64_t start, uint64_t now)
{
	uint64_t length = window_slice_length(policy);

	if (length == 0 || now <= start)
		return 0;
	if (window_buckets(policy) == 1)
		return (now - start - 1) / length;
	return (now - start) / length;
}

void window_reset(struct breaker_window *window, uint64_t now)
{
	*window = (struct breaker_window){ .start = now };
}

void window_advance(struct breaker_window *window, const struct breaker_policy *policy, uint64_t now)
{
	uint64_t slice = window_slice(policy, window->start, now);
	unsigned buckets = window_buckets(policy);

	if (slice <= window->current)
		return;
	if (buckets == 1) {
		window_reset(window, now);
		return;
	}
	if (slice - window->current > buckets)
		window->current = slice - buckets;
	while (window->current < slice)
		window->buckets[++window->current % buckets] = (struct window_bucket){ 0 };
}

struct window_bucket *window_current(struct breaker_window *window, const struct breaker_policy *policy)
{
	return &window->buckets[window->current % window_buckets(policy)];
}

struct window_bucket window_sum(const struct breaker_window *window, const struct breaker_policy *policy)
{
	unsigned buckets = window_buckets(policy);
	struct window_bucket sum = { 0 };

	for (unsigned i = 0; i < buckets; i++) {
		sum.requests += window->buckets[i].requests;
		sum.successes += window->buckets[i].successes;
		sum.failures += window->buckets[i].failures;
		sum.ignored += window->buckets[i].ignored;
		sum.slow += window->buckets[i].slow;
	}
	return sum;
}
