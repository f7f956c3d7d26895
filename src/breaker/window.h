/* SPDX-License-Identifier: MIT */
/*
 * window.h - how far back calls are counted: slices of time, as values.
 *
 * Two users: the plain window below, exact to the nanosecond (simulate, unit tests), and the
 * panel, which keeps each slice in words of its own and shares the arithmetic of window_slice().
 *
 * With one bucket the window is fixed: it is emptied once strictly more than its length has passed
 * since it began, and begins anew with whatever comes next. With more it rolls: slice
 * floor((now - start) / length) is the current one and counts, together with the buckets - 1
 * before it. Source: gobreaker's rollingCounts. A result is counted when it arrives.
 */
#ifndef CUTOUT_BREAKER_WINDOW_H
#define CUTOUT_BREAKER_WINDOW_H

#include <stdint.h>

#include "breaker/policy.h"
#include "breaker/state.h"

/* Length of a slice, ns, at least 1 (window / buckets, rounded up); 0 when there is no window. */
uint64_t window_slice_length(const struct breaker_policy *policy);

/* Number of the slice in which `now` lies, counted from `start`; a `now` before `start` is in slice 0.
 * With one bucket a slice includes its end: a fixed window is over strictly after its length. */
uint64_t window_slice(const struct breaker_policy *policy, uint64_t start, uint64_t now);

struct window_bucket {
	uint64_t requests;
	uint64_t successes;
	uint64_t failures;
	uint64_t ignored;
	uint64_t slow;
};

struct breaker_window {
	uint64_t start;   /* when the state was entered, or the fixed window began */
	uint64_t current; /* number of the newest slice */
	struct window_bucket buckets[POLICY_BUCKETS_MAX];
};

void window_reset(struct breaker_window *window, uint64_t now);

/* Drops what has become too old at `now`. Without a window nothing ever does. */
void window_advance(struct breaker_window *window, const struct breaker_policy *policy, uint64_t now);

/* The slice that counts what happens now; valid after window_advance(). */
struct window_bucket *window_current(struct breaker_window *window, const struct breaker_policy *policy);

/* Everything that the window reaches back to. */
struct window_bucket window_sum(const struct breaker_window *window, const struct breaker_policy *policy);

#endif
