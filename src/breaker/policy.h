/* SPDX-License-Identifier: MIT */
/*
 * policy.h - what trips a breaker, for how long, and how it recovers: options as numbers.
 *
 * Fixed-width and free of padding: a policy is copied into the shared panel, where programs of
 * 32 and 64 bits read it, and its bytes are hashed into a breaker's key, so that two rules with
 * the same policy share the breakers of a destination. A process always decides by the policy
 * of its own rules; the copy in the panel is for display.
 *
 * Durations are nanoseconds, rates parts per million (500000 is 50 %), factors thousandths.
 * Pure; safe everywhere.
 */
#ifndef CUTOUT_BREAKER_POLICY_H
#define CUTOUT_BREAKER_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "breaker/arith.h"

enum { POLICY_RATE_ONE = 1000000, POLICY_FACTOR_ONE = 1000 };

/* Bounds, beyond which an option does not parse. */
enum {
	POLICY_FAILURES_MAX = 65535,
	POLICY_PROBES_MAX = 255,
	POLICY_SUCCESSES_MAX = 255,
	POLICY_BUCKETS_MAX = 60,
	POLICY_MIN_CALLS_MAX = 1000000,
	POLICY_BACKOFF_MAX = 1000 * POLICY_FACTOR_ONE,
};

/* A call of which nothing more was heard gives its probe place back after this, with overdue=off. */
#define POLICY_VANISHED_AFTER (UINT64_C(300) * 1000000000)

/* What a call is. */
enum policy_on {
	POLICY_ON_CONNECT = 0,  /* a connection attempt */
	POLICY_ON_RESPONSE = 1, /* a request and the first byte of its answer, the first one with its connect */
};

struct breaker_policy {
	uint64_t timeout;      /* ns open the first time, > 0 */
	uint64_t max_timeout;  /* ns, cap of the backoff, >= timeout */
	uint64_t window;       /* ns; 0: no window, counts reach back to the start of the generation */
	uint64_t overdue;      /* ns; 0: off */
	uint64_t slow_call;    /* ns; 0: off */
	uint64_t counted[3];   /* bit set of errno values that are failures; the others are ignored */
	uint32_t failures;     /* consecutive failures; 0: off */
	uint32_t failure_rate; /* ppm; 0: off */
	uint32_t slow_rate;    /* ppm; 0: off, a slow call is a failure */
	uint32_t min_calls;    /* finished calls in the window before a rate counts, >= 1 */
	uint32_t backoff;      /* thousandths, >= 1000 */
	uint32_t jitter;       /* ppm, 0 to 1000000 */
	uint8_t buckets;       /* 1 to 60 */
	uint8_t probes;        /* 1 to 255 */
	uint8_t successes;     /* 1 to 255 */
	uint8_t on;            /* enum policy_on */
	uint8_t reserved[4];   /* 0 */
};

/*
 * failures=5 timeout=1s backoff=1.3 and so on. Open times grow slowly: who polls, at whatever interval, until a
 * server is up that takes 2 s or longer, gets through before twice that time is over, jitter included. With a
 * factor of 2 that holds for no first open time (tests/breaker/test_short_outage.c).
 */
void policy_defaults(struct breaker_policy *policy);

/* Bits of `counted`. OUTCOME_ERROR_UNKNOWN is counted whatever the bits say. */
bool policy_counts_error(const struct breaker_policy *policy, int error);
void policy_count_error(struct breaker_policy *policy, int error, bool counted);

/* The key's share: equal policies have equal values. */
uint64_t policy_hash(const struct breaker_policy *policy);

/*
 * How long the circuit stays open: timeout * backoff^reopenings, at most max_timeout, and a random
 * share of it up to jitter; `random` is uniform over all of uint32_t. At least 1 ns, no overflow.
 */
uint64_t policy_open_time(const struct breaker_policy *policy, unsigned reopenings, uint32_t random);

/* The longest that policy_open_time() can return: a deadline well beyond it was written by another clock. */
uint64_t policy_open_time_max(const struct breaker_policy *policy);

/* ns after which an admitted probe of which nothing was heard gives its place back. */
uint64_t policy_vanished_after(const struct breaker_policy *policy);

/* ns for which an answer may be waited for before the call counts as stuck; 0: for ever. */
static inline uint64_t policy_answer_within(const struct breaker_policy *policy)
{
	return policy->on == POLICY_ON_RESPONSE ? policy->slow_call : 0;
}

/* An eighth, rounded up: the grain in which the shared words keep such times, the same in word.h and ring.h. */
static inline uint64_t policy_eighth(uint64_t duration)
{
	return divide_up(duration, 8);
}

#endif
