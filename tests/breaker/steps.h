/* SPDX-License-Identifier: MIT */
/*
 * steps.h - short ways of taking a state through its life, for the tests of the state machine.
 */
#ifndef CUTOUT_TESTS_BREAKER_STEPS_H
#define CUTOUT_TESTS_BREAKER_STEPS_H

#include <criterion/criterion.h>

#include "breaker/state.h"
#include "support.h"

/* More finished calls than any trip condition asks for, all of them failures. */
static const struct breaker_tally plenty = { .failures = 1000000 };

static inline enum breaker_reason report(struct breaker_state *state, const struct breaker_policy *policy,
					 enum breaker_outcome outcome, uint64_t now)
{
	bool late;
	enum breaker_reason reason = state_report(state, policy, state->generation, outcome, 1, &plenty, now, 0, &late);

	cr_assert_not(late);
	return reason;
}

static inline enum breaker_reason report_tally(struct breaker_state *state, const struct breaker_policy *policy,
					       enum breaker_outcome outcome, uint64_t successes, uint64_t failures,
					       uint64_t slow)
{
	struct breaker_tally tally = { .successes = successes, .failures = failures, .slow = slow };
	bool late;

	return state_report(state, policy, state->generation, outcome, 1, &tally, NOON, 0, &late);
}

/* Opened at NOON, for a second. */
static inline struct breaker_state opened(const struct breaker_policy *policy)
{
	struct breaker_state state = state_initial(7);

	for (unsigned i = 1; i < policy->failures; i++)
		cr_assert_eq(report(&state, policy, OUTCOME_FAILURE, NOON), REASON_NONE);
	cr_assert_eq(report(&state, policy, OUTCOME_FAILURE, NOON), REASON_CONSECUTIVE_FAILURES);
	cr_assert_eq(state.phase, BREAKER_OPEN);
	return state;
}

#define LATER (NOON + SECOND + 1)

static inline struct breaker_state half_opened(const struct breaker_policy *policy)
{
	struct breaker_state state = opened(policy);

	cr_assert_eq(state_advance(&state, policy, state.deadline + 1), REASON_TIMEOUT_OVER);
	return state;
}

static inline bool admits(struct breaker_state *state, const struct breaker_policy *policy, uint64_t now)
{
	state_advance(state, policy, now);
	return state_admit(state, policy, now) == VERDICT_ADMITTED;
}

static inline bool same(const struct breaker_state *a, const struct breaker_state *b)
{
	return a->phase == b->phase && a->held == b->held && a->lasting == b->lasting && a->generation == b->generation &&
	       a->reopenings == b->reopenings && a->failures == b->failures && a->deadline == b->deadline &&
	       a->in_flight == b->in_flight && a->successes == b->successes && a->admitted == b->admitted;
}

#endif
