/* SPDX-License-Identifier: MIT */
/*
 * breaker.c - a whole breaker in private memory: state, window and counts, exact to the nanosecond.
 *
 * A plain value: one thread at a time.
 */
#include "breaker/breaker.h"

#include "breaker/arith.h"

void breaker_init(struct breaker *breaker, uint64_t now)
{
	*breaker = (struct breaker){ .state = state_initial(0), .since = now };
	window_reset(&breaker->window, now);
}

/* After a change of state: the counts belong to a generation. `before` is the state that was left. */
static void start_generation(struct breaker *breaker, const struct breaker_state *before, uint64_t now)
{
	if (before->phase == BREAKER_OPEN)
		breaker->open_time += at_most(now, before->deadline) - breaker->since;
	if (breaker->state.phase == BREAKER_OPEN)
		breaker->trips++;
	breaker->since = now;
	breaker->run_successes = 0;
	breaker->run_failures = 0;
	window_reset(&breaker->window, now);
}

enum breaker_reason breaker_advance(struct breaker *breaker, const struct breaker_policy *policy, uint64_t now)
{
	struct breaker_state before = breaker->state;
	enum breaker_reason reason = state_advance(&breaker->state, policy, now);

	if (reason != REASON_NONE)
		start_generation(breaker, &before, now);
	if (breaker->state.phase == BREAKER_CLOSED)
		window_advance(&breaker->window, policy, now);
	return reason;
}

enum breaker_verdict breaker_begin(struct breaker *breaker, const struct breaker_policy *policy, uint64_t now,
				   struct breaker_call *call)
{
	breaker_advance(breaker, policy, now);
	if (state_admit(&breaker->state, policy, now) == VERDICT_REFUSED)
		return VERDICT_REFUSED;
	window_current(&breaker->window, policy)->requests++;
	*call = (struct breaker_call){ .generation = breaker->state.generation, .began = now };
	return VERDICT_ADMITTED;
}

static void count_run(struct breaker *breaker, bool failed, unsigned count)
{
	breaker->run_failures = failed ? breaker->run_failures + count : 0;
	breaker->run_successes = failed ? 0 : breaker->run_successes + count;
}

static void count_outcome(struct breaker *breaker, const struct breaker_policy *policy, enum breaker_outcome outcome,
			  unsigned count)
{
	struct window_bucket *bucket = window_current(&breaker->window, policy);

	switch (outcome) {
	case OUTCOME_SUCCESS:
		bucket->successes += count;
		break;
	case OUTCOME_FAILURE:
		bucket->failures += count;
		break;
	case OUTCOME_SLOW:
		bucket->slow += count;
		break;
	case OUTCOME_IGNORED:
		bucket->ignored += count;
		return;
	}
	count_run(breaker, outcome == OUTCOME_FAILURE, count);
}

/* `count` results of `generation` arrive now. */
static enum breaker_reason report(struct breaker *breaker, const struct breaker_policy *policy, uint32_t generation,
				  enum breaker_outcome outcome, unsigned count, uint64_t now, uint32_t random)
{
	enum breaker_reason reason = breaker_advance(breaker, policy, now);
	struct breaker_state before = breaker->state;
	struct breaker_tally tally;
	struct window_bucket sum;
	bool late;

	if (generation != before.generation || before.phase == BREAKER_OPEN) {
		breaker->late += count;
		return reason;
	}
	if (outcome == OUTCOME_SLOW && policy->slow_rate == 0)
		outcome = OUTCOME_FAILURE;
	count_outcome(breaker, policy, outcome, count);
	sum = window_sum(&breaker->window, policy);
	tally = (struct breaker_tally){ .successes = sum.successes, .failures = sum.failures, .slow = sum.slow };
	reason = state_report(&breaker->state, policy, generation, outcome, count, &tally, now, random, &late);
	if (reason != REASON_NONE)
		start_generation(breaker, &before, now);
	return reason;
}

enum breaker_reason breaker_end(struct breaker *breaker, const struct breaker_policy *policy,
				const struct breaker_call *call, enum breaker_outcome outcome, uint64_t now,
				uint32_t random)
{
	return report(breaker, policy, call->generation, outcome, 1, now, random);
}

bool breaker_call_is_overdue(const struct breaker_policy *policy, const struct breaker_call *call, uint64_t now)
{
	/* With on=response a call is nearly always an exchange. */
	uint64_t limit = policy->on == POLICY_ON_RESPONSE ? policy->slow_call : policy->overdue;

	if (call->generation == BREAKER_CALL_COUNTED || limit == 0)
		return false;
	return now > call->began && now - call->began > limit;
}

enum breaker_reason breaker_stuck(struct breaker *breaker, const struct breaker_policy *policy, uint32_t generation,
				  unsigned count, uint64_t now, uint32_t random)
{
	return report(breaker, policy, generation, OUTCOME_FAILURE, count, now, random);
}

struct breaker_counts breaker_counts(const struct breaker *breaker, const struct breaker_policy *policy)
{
	struct window_bucket sum = window_sum(&breaker->window, policy);

	return (struct breaker_counts){
		.requests = sum.requests,
		.successes = sum.successes + sum.slow,
		.failures = sum.failures,
		.ignored = sum.ignored,
		.consecutive_successes = at_most(breaker->run_successes, sum.successes + sum.slow),
		.consecutive_failures = at_most(breaker->run_failures, sum.failures),
	};
}
