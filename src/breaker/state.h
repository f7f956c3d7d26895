/* SPDX-License-Identifier: MIT */
/*
 * state.h - the state machine of one breaker, as pure functions on a value.
 *
 * Semantics: gobreaker v2 (github.com/sony/gobreaker), with the departures listed in
 * cutout-rules(5). Time, randomness and the tally of the window are arguments; nothing here
 * makes a system call, takes a lock or allocates. The panel loads a word, unpacks it, calls one
 * of these, packs and compare-and-swaps; `cutout simulate` calls the same with the time of a trace.
 *
 * Times are nanoseconds of one monotonic clock. A deadline further ahead than the policy can
 * have set, by more than DEADLINE_SLACK, was written by another clock and counts as passed.
 */
#ifndef CUTOUT_BREAKER_STATE_H
#define CUTOUT_BREAKER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "breaker/outcome.h"
#include "breaker/policy.h"

enum breaker_phase {
	BREAKER_CLOSED = 0,
	BREAKER_OPEN = 1,
	BREAKER_HALF_OPEN = 2,
};

/* Why a state was left. Values are part of the panel's layout. */
enum breaker_reason {
	REASON_NONE = 0,
	REASON_CONSECUTIVE_FAILURES = 1,
	REASON_FAILURE_RATE = 2,
	REASON_SLOW_RATE = 3,
	REASON_PROBE_FAILED = 4,
	REASON_RECOVERED = 5,
	REASON_TIMEOUT_OVER = 6,
	REASON_MANUAL = 7,
};

/* What changes together: it fits one 64-bit word (word.h). Fields of other phases are 0. */
struct breaker_state {
	enum breaker_phase phase;
	bool held;           /* by hand: stays as it is whatever happens; closed or open only */
	bool lasting;        /* open, by hand: until `deadline`, however far ahead; held only until then, if it is held */
	uint32_t generation; /* of GENERATION_BITS, wraps; compare for equality or by generation_after() */
	uint32_t reopenings; /* open, half-open: how often it reopened since it was last closed, at most 63 */
	uint32_t failures;   /* closed: run of consecutive failures, at most 65535 */
	uint64_t deadline;   /* open: the last nanosecond at which it is still open; 0 when held for good */
	uint32_t in_flight;  /* half-open: probes admitted and not finished, at most 255 */
	uint32_t successes;  /* half-open: run of successes, at most 255 */
	uint64_t admitted;   /* half-open: when the last probe was admitted; 0 if none was */
};

enum { GENERATION_BITS = 24, REOPENINGS_MAX = 63 };

/*
 * A caller reads the clock before it loads the word, and may be kept waiting in between: an opening written
 * meanwhile lies as much further ahead of its `now`. Packing rounds deadlines up, too (word.h).
 */
#define DEADLINE_SLACK UINT64_C(1000000000)

/*
 * The longest that somebody can trip it for: a year. Of a lasting opening the deadline is kept in coarser units, and
 * rounded up to the next (word.h): so much later, and with the slack, it still counts as written by this clock.
 */
#define STATE_TRIP_MAX    (UINT64_C(365) * 24 * 3600 * 1000000000)
#define STATE_TRIP_ROUNDING (UINT64_C(1) << 30)

#define GENERATION_MASK ((UINT32_C(1) << GENERATION_BITS) - 1)

/* Finished calls that the window reaches back to, the one being reported included. */
struct breaker_tally {
	uint64_t successes; /* slow ones that are no failures are not among them */
	uint64_t failures;
	uint64_t slow; /* with slow-rate: slow calls that are no failures */
};

enum breaker_verdict {
	VERDICT_ADMITTED,
	VERDICT_REFUSED,
};

/* A closed breaker of the given generation. */
struct breaker_state state_initial(uint32_t generation);

/* The rarer ends of state_advance() and state_admit(), which are inline for the sake of closed circuits. */
enum breaker_reason state_advance_open(struct breaker_state *state, const struct breaker_policy *policy,
				       uint64_t now);
enum breaker_verdict state_admit_probe(struct breaker_state *state, const struct breaker_policy *policy,
				       uint64_t now);

/* Open until somebody resets or trips it. */
static inline bool state_is_open_for_good(const struct breaker_state *state)
{
	return state->phase == BREAKER_OPEN && state->held && !state->lasting;
}

bool generation_after(uint32_t a, uint32_t b); /* a is later than b, modulo 2^GENERATION_BITS */

/*
 * The state as it is at `now` for whoever asks: an open circuit whose open time is strictly over is
 * half-open, in a new generation. Returns the reason of the change (REASON_TIMEOUT_OVER) or REASON_NONE.
 */
static inline enum breaker_reason state_advance(struct breaker_state *state, const struct breaker_policy *policy,
						uint64_t now)
{
	return state->phase == BREAKER_OPEN ? state_advance_open(state, policy, now) : REASON_NONE;
}

/* Asks for admission of one call. The state must have been advanced to `now`. */
static inline enum breaker_verdict state_admit(struct breaker_state *state, const struct breaker_policy *policy,
					       uint64_t now)
{
	return state->phase == BREAKER_CLOSED ? VERDICT_ADMITTED : state_admit_probe(state, policy, now);
}

/*
 * `count` calls (>= 1) admitted in `generation` ended with `outcome`. The state must have been advanced
 * to `now`. `late` is set, and nothing changes, when the generation is over. `tally` counts these calls
 * already; it may be NULL where the policy has no rate and no window. Returns the reason if the state
 * changed. A slow call with slow-rate off is a failure; with it on, a slow probe is a success. A failure in
 * the closed state tests the trip conditions in the order consecutive failures, failure rate, slow rate; a
 * slow call that is no failure ends the run of failures and tests the slow rate only.
 */
enum breaker_reason state_report(struct breaker_state *state, const struct breaker_policy *policy,
				 uint32_t generation, enum breaker_outcome outcome, unsigned count,
				 const struct breaker_tally *tally, uint64_t now, uint32_t random, bool *late);

/*
 * By hand (cutout trip, reset): open for `duration` ns (0: the policy's open time, or, held, for good; at most
 * STATE_TRIP_MAX) or close, hold or release. A deadline beyond the policy's longest open time would count as
 * written by another clock; such an opening is lasting. Always a new generation, and REASON_MANUAL, also from the same
 * state. A trip keeps the step of the backoff.
 */
enum breaker_reason state_trip(struct breaker_state *state, const struct breaker_policy *policy, uint64_t now,
			       uint64_t duration, bool hold, uint32_t random);
enum breaker_reason state_reset(struct breaker_state *state, bool hold);

const char *phase_name(enum breaker_phase phase);    /* "closed", "open", "half-open" */
const char *reason_name(enum breaker_reason reason); /* "consecutive failures", …; "" for REASON_NONE */

#endif
