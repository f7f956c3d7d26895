/* SPDX-License-Identifier: MIT */
/*
 * state.c - the state machine of one breaker, as pure functions on a value.
 *
 * Pure: any thread, signal handler or forked child. What is shared is kept, and moved, by others.
 */
#include "breaker/state.h"

#include "breaker/arith.h"

struct breaker_state state_initial(uint32_t generation)
{
	return (struct breaker_state){ .phase = BREAKER_CLOSED, .generation = generation & GENERATION_MASK };
}

bool generation_after(uint32_t a, uint32_t b)
{
	uint32_t ahead = (a - b) & GENERATION_MASK;

	return ahead != 0 && ahead < UINT32_C(1) << (GENERATION_BITS - 1);
}

/* Every change of state starts a new generation and leaves nothing behind. */
static void enter(struct breaker_state *state, enum breaker_phase phase)
{
	*state = state_initial(state->generation + 1);
	state->phase = phase;
}

static void enter_open(struct breaker_state *state, uint32_t reopenings, uint64_t deadline)
{
	enter(state, BREAKER_OPEN);
	state->reopenings = at_most(reopenings, REOPENINGS_MAX);
	state->deadline = deadline;
}

static void open_for_policy(struct breaker_state *state, const struct breaker_policy *policy, uint32_t reopenings,
			    uint64_t now, uint32_t random)
{
	enter_open(state, reopenings, add_saturated(now, policy_open_time(policy, reopenings, random)));
}

static bool open_time_is_over(const struct breaker_state *state, const struct breaker_policy *policy, uint64_t now)
{
	if (now > state->deadline)
		return true;
	if (state->lasting)
		return state->deadline - now > STATE_TRIP_MAX + STATE_TRIP_ROUNDING + DEADLINE_SLACK;
	return state->deadline - now > add_saturated(policy_open_time_max(policy), DEADLINE_SLACK);
}

enum breaker_reason state_advance_open(struct breaker_state *state, const struct breaker_policy *policy, uint64_t now)
{
	uint32_t reopenings = state->reopenings;

	if (state_is_open_for_good(state) || !open_time_is_over(state, policy, now))
		return REASON_NONE;
	enter(state, BREAKER_HALF_OPEN);
	state->reopenings = reopenings;
	return REASON_TIMEOUT_OVER;
}

/* Never more probes at once than allowed, nor than could still be needed. */
static bool has_free_place(const struct breaker_state *state, const struct breaker_policy *policy)
{
	return state->in_flight < policy->probes && state->in_flight + state->successes < policy->successes;
}

/* Nothing was heard of the probes for so long that they are taken to be gone, as ignored. */
static bool probes_vanished(const struct breaker_state *state, const struct breaker_policy *policy, uint64_t now)
{
	return now > state->admitted && now - state->admitted > policy_vanished_after(policy);
}

enum breaker_verdict state_admit_probe(struct breaker_state *state, const struct breaker_policy *policy, uint64_t now)
{
	if (state->phase != BREAKER_HALF_OPEN)
		return VERDICT_REFUSED;
	if (!has_free_place(state, policy) && probes_vanished(state, policy, now))
		state->in_flight = 0;
	if (!has_free_place(state, policy))
		return VERDICT_REFUSED;
	state->in_flight++;
	state->admitted = now;
	return VERDICT_ADMITTED;
}

/* part / whole >= ppm / 1000000. Exact below 2^32 calls; beyond, both are halved until 64 bits hold the products. */
static bool rate_reached(uint64_t part, uint64_t whole, uint32_t ppm)
{
	while (whole > UINT32_MAX) {
		whole >>= 1;
		part >>= 1;
	}
	return part * POLICY_RATE_ONE >= whole * ppm;
}

static bool failures_trip(const struct breaker_policy *policy, uint32_t run, const struct breaker_tally *tally)
{
	if (policy->failures == 0 || run < policy->failures)
		return false;
	return tally == NULL || tally->failures >= policy->failures;
}

/* The condition that holds, or REASON_NONE. `failed`: the call being reported is a failure. */
static enum breaker_reason trip_reason(const struct breaker_policy *policy, uint32_t run, bool failed,
				       const struct breaker_tally *tally)
{
	uint64_t finished;

	if (failed && failures_trip(policy, run, tally))
		return REASON_CONSECUTIVE_FAILURES;
	if (tally == NULL)
		return REASON_NONE;
	finished = tally->successes + tally->failures + tally->slow;
	if (finished < policy->min_calls)
		return REASON_NONE;
	if (failed && policy->failure_rate != 0 && rate_reached(tally->failures, finished, policy->failure_rate))
		return REASON_FAILURE_RATE;
	if (policy->slow_rate != 0 && rate_reached(tally->slow, finished, policy->slow_rate))
		return REASON_SLOW_RATE;
	return REASON_NONE;
}

static enum breaker_reason report_closed(struct breaker_state *state, const struct breaker_policy *policy,
					 enum breaker_outcome outcome, unsigned count,
					 const struct breaker_tally *tally, uint64_t now, uint32_t random)
{
	bool failed = outcome == OUTCOME_FAILURE;
	enum breaker_reason reason;

	if (outcome == OUTCOME_IGNORED)
		return REASON_NONE;
	state->failures = failed ? at_most((uint64_t)state->failures + count, POLICY_FAILURES_MAX) : 0;
	if (outcome == OUTCOME_SUCCESS || state->held)
		return REASON_NONE;
	reason = trip_reason(policy, state->failures, failed, tally);
	if (reason != REASON_NONE)
		open_for_policy(state, policy, 0, now, random);
	return reason;
}

static enum breaker_reason report_probe(struct breaker_state *state, const struct breaker_policy *policy,
					enum breaker_outcome outcome, unsigned count, uint64_t now, uint32_t random)
{
	state->in_flight -= at_most(count, state->in_flight);
	if (outcome == OUTCOME_IGNORED)
		return REASON_NONE;
	if (outcome == OUTCOME_FAILURE) {
		open_for_policy(state, policy, state->reopenings + 1, now, random);
		return REASON_PROBE_FAILED;
	}
	state->successes = at_most((uint64_t)state->successes + count, policy->successes);
	if (state->successes < policy->successes)
		return REASON_NONE;
	enter(state, BREAKER_CLOSED);
	return REASON_RECOVERED;
}

enum breaker_reason state_report(struct breaker_state *state, const struct breaker_policy *policy,
				 uint32_t generation, enum breaker_outcome outcome, unsigned count,
				 const struct breaker_tally *tally, uint64_t now, uint32_t random, bool *late)
{
	/* An open generation admits nothing, so nobody has a result of it to tell. */
	*late = generation != state->generation || state->phase == BREAKER_OPEN;
	if (*late)
		return REASON_NONE;
	if (outcome == OUTCOME_SLOW && policy->slow_rate == 0)
		outcome = OUTCOME_FAILURE;
	if (state->phase == BREAKER_CLOSED)
		return report_closed(state, policy, outcome, count, tally, now, random);
	return report_probe(state, policy, outcome, count, now, random);
}

enum breaker_reason state_trip(struct breaker_state *state, const struct breaker_policy *policy, uint64_t now,
			       uint64_t duration, bool hold, uint32_t random)
{
	uint64_t longest = policy_open_time_max(policy);

	if (duration == 0 && hold)
		enter_open(state, state->reopenings, 0);
	else if (duration == 0)
		open_for_policy(state, policy, state->reopenings, now, random);
	else
		enter_open(state, state->reopenings, add_saturated(now, at_most(duration, STATE_TRIP_MAX)));
	state->held = hold;
	state->lasting = duration != 0 && (hold || duration > longest);
	return REASON_MANUAL;
}

enum breaker_reason state_reset(struct breaker_state *state, bool hold)
{
	enter(state, BREAKER_CLOSED);
	state->held = hold;
	return REASON_MANUAL;
}

const char *phase_name(enum breaker_phase phase)
{
	switch (phase) {
	case BREAKER_CLOSED:
		return "closed";
	case BREAKER_OPEN:
		return "open";
	case BREAKER_HALF_OPEN:
		return "half-open";
	}
	return "";
}

const char *reason_name(enum breaker_reason reason)
{
	switch (reason) {
	case REASON_NONE:
		return "";
	case REASON_CONSECUTIVE_FAILURES:
		return "consecutive failures";
	case REASON_FAILURE_RATE:
		return "failure rate";
	case REASON_SLOW_RATE:
		return "slow rate";
	case REASON_PROBE_FAILED:
		return "probe failed";
	case REASON_RECOVERED:
		return "recovered";
	case REASON_TIMEOUT_OVER:
		return "timeout over";
	case REASON_MANUAL:
		return "manual";
	}
	return "";
}
