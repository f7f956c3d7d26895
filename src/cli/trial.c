/* SPDX-License-Identifier: MIT */
/*
 * trial.c - one policy of a simulation: its breaker, what it sees, and how it fares.
 */
#include "cli/trial.h"

#include "base/hash.h"
#include "breaker/arith.h"

void trial_init(struct trial *trial, size_t index, uint64_t seed)
{
	trial->index = index;
	trial->seed = seed;
	trial->refused = trial->failures = 0;
	trial->young = NULL;
	breaker_init(&trial->breaker, 0);
}

const char *sight_name(enum sight_what what)
{
	switch (what) {
	case SIGHT_NOTHING:
		return "-";
	case SIGHT_ADMITTED:
		return "admitted";
	case SIGHT_REFUSED:
		return "refused";
	case SIGHT_ENDED:
		return "ended";
	case SIGHT_STATE:
		return "state";
	}
	return "";
}

uint64_t trial_open_time(const struct trial *trial, uint64_t now)
{
	const struct breaker *breaker = &trial->breaker;
	uint64_t open = breaker->open_time;

	if (breaker->state.phase == BREAKER_OPEN)
		open += at_most(now, breaker->state.deadline) - breaker->since;
	return open;
}

/* The nth opening has the same share of its jitter under every policy, so that they can be compared. */
static uint32_t jitter(const struct trial *trial)
{
	if (trial->seed == 0)
		return 0;
	return hash_mix(trial->seed + (trial->breaker.trips + 1) * UINT64_C(0x9e3779b97f4a7c15)) >> 32;
}

/* An open circuit is half-open from its deadline on, for whoever would ask. */
void trial_draw_until(struct trial *trial, uint64_t now)
{
	const struct breaker_state *state = &trial->breaker.state;

	if (trial->timeline == NULL)
		return;
	switch (state->phase) {
	case BREAKER_CLOSED:
		timeline_reach(trial->timeline, now, 0, 0);
		break;
	case BREAKER_OPEN:
		timeline_reach(trial->timeline, now, state->deadline, UINT64_MAX);
		break;
	case BREAKER_HALF_OPEN:
		timeline_reach(trial->timeline, now, 0, UINT64_MAX);
		break;
	}
}

static void advance(struct trial *trial, uint64_t now)
{
	trial_draw_until(trial, now);
	breaker_advance(&trial->breaker, &trial->policy, now);
}

static void draw_admission(struct trial *trial, bool is_admitted)
{
	if (trial->timeline == NULL)
		return;
	if (is_admitted)
		timeline_now(trial->timeline)->admitted++;
	else
		timeline_now(trial->timeline)->refused++;
}

/* The policy has seen how calls ended. */
static void count_results(struct trial *trial, bool are_failures, unsigned count)
{
	if (are_failures)
		trial->failures += count;
	if (trial->timeline == NULL)
		return;
	timeline_now(trial->timeline)->finished += count;
	if (are_failures)
		timeline_now(trial->timeline)->failures += count;
}

static void see(struct trial *trial, enum sight_what what)
{
	trial->sight.what = what;
	trial->sight.phase = trial->breaker.state.phase;
	trial->sight.counts = breaker_counts(&trial->breaker, &trial->policy);
}

/* Still going on, and neither refused nor counted. */
static bool is_waiting(const struct call_ticket *ticket)
{
	return ticket->is_admitted && ticket->call.generation != BREAKER_CALL_COUNTED;
}

static void count_stuck(struct trial *trial, uint32_t generation, unsigned count, uint64_t now)
{
	if (count == 0)
		return;
	breaker_stuck(&trial->breaker, &trial->policy, generation, count, now, jitter(trial));
	count_results(trial, true, count);
}

/* The calls that have become overdue since the policy was asked last: the oldest first, by generations. */
static void find_overdue(struct trial *trial, uint64_t now)
{
	uint32_t generation = 0;
	unsigned count = 0;

	for (; trial->young != NULL; trial->young = trial->young->newer) {
		struct call_ticket *ticket = &trial->young->tickets[trial->index];

		if (!is_waiting(ticket))
			continue;
		if (!breaker_call_is_overdue(&trial->policy, &ticket->call, now))
			break;
		if (ticket->call.generation != generation) {
			count_stuck(trial, generation, count, now);
			count = 0;
		}
		generation = ticket->call.generation;
		ticket->call.generation = BREAKER_CALL_COUNTED;
		count++;
	}
	count_stuck(trial, generation, count, now);
}

void trial_ask(struct trial *trial, struct call *call, uint64_t now)
{
	struct call_ticket *ticket = &call->tickets[trial->index];

	advance(trial, now);
	find_overdue(trial, now);
	ticket->is_admitted = breaker_begin(&trial->breaker, &trial->policy, now, &ticket->call) == VERDICT_ADMITTED;
	trial->refused += !ticket->is_admitted;
	draw_admission(trial, ticket->is_admitted);
	see(trial, ticket->is_admitted ? SIGHT_ADMITTED : SIGHT_REFUSED);
	if (trial->young == NULL)
		trial->young = call;
}

/* A success that took too long is slow. */
static enum breaker_outcome outcome_for(const struct trial *trial, enum breaker_outcome outcome, uint64_t elapsed)
{
	return outcome == OUTCOME_SUCCESS ? outcome_of(&trial->policy, 0, elapsed) : outcome;
}

void trial_forget(struct trial *trial, const struct call *call)
{
	if (trial->young == call)
		trial->young = call->newer;
}

/* What the policy takes it for. */
static bool is_failure(const struct trial *trial, enum breaker_outcome outcome)
{
	return outcome == OUTCOME_FAILURE || (outcome == OUTCOME_SLOW && trial->policy.slow_rate == 0);
}

void trial_end(struct trial *trial, const struct call *call, enum breaker_outcome outcome, uint64_t now)
{
	const struct call_ticket *ticket = &call->tickets[trial->index];

	trial_forget(trial, call);
	if (!ticket->is_admitted) {
		trial->sight.what = SIGHT_NOTHING;
		return;
	}
	outcome = outcome_for(trial, outcome, now - call->began);
	advance(trial, now);
	if (is_waiting(ticket) && outcome != OUTCOME_IGNORED)
		count_results(trial, is_failure(trial, outcome), 1);
	breaker_end(&trial->breaker, &trial->policy, &ticket->call, outcome, now, jitter(trial));
	see(trial, SIGHT_ENDED);
}

void trial_look(struct trial *trial, uint64_t now)
{
	advance(trial, now);
	see(trial, SIGHT_STATE);
}
