/* SPDX-License-Identifier: MIT */
/*
 * test_probes.c - half-open admission, exhaustively: up to four calls begin and end in every order, as a
 * success, a failure, ignored, or never (their process was killed), and time passes or does not.
 *
 * Never more than `probes` are in flight, nor more than could still be needed; and whatever
 * happened, it is never stuck.
 */
#include <criterion/criterion.h>

#include "breaker/state.h"
#include "support.h"

enum { CALLS = 4 };

enum fate { WAITING, IN_FLIGHT, VANISHED, GONE };

struct world {
	struct breaker_state state;
	enum fate calls[CALLS];
	uint64_t now;
	unsigned begun;
	unsigned run; /* of successes, as the test counts it */
	bool rested;  /* the last step was time passing */
};

struct tally {
	unsigned worlds, recoveries, reopenings;
};

static unsigned count(const struct world *world, enum fate fate)
{
	unsigned n = 0;

	for (int i = 0; i < CALLS; i++)
		n += world->calls[i] == fate;
	return n;
}

static bool would_admit(const struct world *world, const struct breaker_policy *policy, uint64_t now)
{
	struct breaker_state copy = world->state;

	return state_admit(&copy, policy, now) == VERDICT_ADMITTED;
}

static void check(const struct world *world, const struct breaker_policy *policy)
{
	unsigned in_flight = count(world, IN_FLIGHT);
	uint64_t much_later = world->now + policy_vanished_after(policy) + 1;

	if (in_flight > policy->probes)
		cr_assert_fail("%u probes in flight, %u allowed", in_flight, policy->probes);
	if (in_flight + world->run > policy->successes)
		cr_assert_fail("%u probes in flight after %u successes, %u needed", in_flight, world->run,
			       policy->successes);
	if (world->state.in_flight != in_flight + count(world, VANISHED))
		cr_assert_fail("%u in flight by the state's count, not %u", world->state.in_flight, in_flight);
	if (world->state.in_flight == 0 && !would_admit(world, policy, world->now))
		cr_assert_fail("stuck with nothing in flight");
	if (!would_admit(world, policy, much_later))
		cr_assert_fail("stuck for ever");
}

static void explore(struct world world, const struct breaker_policy *policy, struct tally *tally);

static void begin(struct world world, const struct breaker_policy *policy, struct tally *tally)
{
	unsigned places = world.state.in_flight;

	if (world.begun == CALLS || state_admit(&world.state, policy, world.now) == VERDICT_REFUSED)
		return;
	if (world.state.in_flight != places + 1) /* the places of those that vanished came back */
		for (unsigned i = 0; i < world.begun; i++)
			world.calls[i] = world.calls[i] == VANISHED ? GONE : world.calls[i];
	world.calls[world.begun++] = IN_FLIGHT;
	explore(world, policy, tally);
}

static void end(struct world world, const struct breaker_policy *policy, struct tally *tally, int call,
		enum breaker_outcome outcome)
{
	bool late;
	enum breaker_reason reason = state_report(&world.state, policy, world.state.generation, outcome, 1, NULL,
						  world.now, 0, &late);

	world.calls[call] = GONE;
	world.run += outcome == OUTCOME_SUCCESS;
	if (outcome == OUTCOME_FAILURE) {
		if (reason != REASON_PROBE_FAILED || world.state.phase != BREAKER_OPEN)
			cr_assert_fail("a failed probe does not reopen it");
		tally->reopenings++;
	} else if (world.run == policy->successes) {
		if (reason != REASON_RECOVERED || world.state.phase != BREAKER_CLOSED)
			cr_assert_fail("%u successes do not close it", world.run);
		tally->recoveries++;
	} else {
		if (reason != REASON_NONE)
			cr_assert_fail("left half-open after %u successes: %s", world.run, reason_name(reason));
		explore(world, policy, tally);
	}
}

/* So long that whatever is still in flight counts as vanished. */
static void rest(struct world world, const struct breaker_policy *policy, struct tally *tally)
{
	for (int i = 0; i < CALLS; i++)
		if (world.calls[i] == IN_FLIGHT)
			world.calls[i] = VANISHED;
	world.now += policy_vanished_after(policy) + 1;
	world.rested = true;
	explore(world, policy, tally);
}

static void explore(struct world world, const struct breaker_policy *policy, struct tally *tally)
{
	bool rested = world.rested;

	tally->worlds++;
	check(&world, policy);
	world.rested = false;
	begin(world, policy, tally);
	for (int i = 0; i < CALLS; i++) {
		if (world.calls[i] != IN_FLIGHT)
			continue;
		end(world, policy, tally, i, OUTCOME_SUCCESS);
		end(world, policy, tally, i, OUTCOME_FAILURE);
		end(world, policy, tally, i, OUTCOME_IGNORED);
		world.calls[i] = VANISHED;
		explore(world, policy, tally);
		world.calls[i] = IN_FLIGHT;
	}
	if (!rested)
		rest(world, policy, tally);
}

Test(probes, every_order_of_four_calls_keeps_to_the_limit_and_is_never_stuck)
{
	for (uint8_t probes = 1; probes <= 4; probes++) {
		for (uint8_t successes = 1; successes <= 4; successes++) {
			struct breaker_policy policy = plain_policy();
			struct world world = { .state = state_initial(0), .now = NOON };
			struct tally tally = { 0 };

			policy.probes = probes;
			policy.successes = successes;
			state_trip(&world.state, &policy, world.now, 0, false, 0);
			world.now += SECOND + 1;
			cr_assert_eq(state_advance(&world.state, &policy, world.now), REASON_TIMEOUT_OVER);
			explore(world, &policy, &tally);
			cr_assert_gt(tally.recoveries, 0);
			cr_assert_geq(tally.reopenings, tally.recoveries);
			cr_log_info("probes %u successes %u: %u worlds", probes, successes, tally.worlds);
		}
	}
}
