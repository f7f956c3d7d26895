/* SPDX-License-Identifier: MIT */
/*
 * decide.c - what the breaker itself costs: "ADMIT_AND_REPORT WITH_RATE REFUSE", nanoseconds for one call.
 *
 * The panel is private memory of this process and time is a number that is counted up: no clock, no system
 * call. First a call that is admitted and succeeds, by the default policy; then the same
 * with a failure rate over a rolling window; then a refusal by an open circuit.
 */
#include <errno.h>
#include <string.h>

#include "breaker/policy.h"
#include "calm.h"
#include "panel/panel.h"
#include "panel/slot.h"

enum { BLOCK = 1000 };

static struct panel panel;

static struct panel_slot *breaker_for(const struct breaker_policy *policy, uint16_t port)
{
	struct panel_key key = { .policy = policy_hash(policy), .address = { 127, 0, 0, 1 }, .port = port,
				 .family = 4, .protocol = 1 };
	struct panel_identity identity = { .policy = policy, .destination = "127.0.0.1", .rule = "*" };
	struct panel_slot *slot = panel_find(&panel, &key, &identity, 0).slot;

	if (!slot)
		timing_give_up("panel_find");
	return slot;
}

static enum breaker_verdict call(struct panel_slot *slot, const struct breaker_policy *policy, uint64_t now,
				 enum breaker_outcome outcome)
{
	struct panel_change changes[2];
	struct panel_call admitted;
	enum breaker_verdict verdict = panel_admit(slot_seat(slot), policy, now, PANEL_REFUSED, &admitted, changes);

	if (verdict == VERDICT_ADMITTED)
		panel_report(&admitted, policy, outcome, outcome == OUTCOME_FAILURE ? ECONNREFUSED : 0, now + 100,
			     changes);
	return verdict;
}

struct bench {
	struct panel_slot *slot;
	const struct breaker_policy *policy;
	uint64_t now; /* is counted up */
	enum breaker_verdict expected;
	double *taken;
};

static void block(size_t number, void *context)
{
	struct bench *bench = context;
	uint64_t began = timing_now();

	for (int i = 0; i < BLOCK; i++) {
		bench->now += 200;
		if (call(bench->slot, bench->policy, bench->now, OUTCOME_SUCCESS) != bench->expected) {
			fprintf(stderr, "decide: not the verdict that was to be measured\n");
			exit(1);
		}
	}
	bench->taken[number] = (double)(timing_now() - began) / BLOCK;
}

/* Nanoseconds for one call, all of which must end in `expected`; the median over short blocks. */
static double measure(struct panel_slot *slot, const struct breaker_policy *policy, unsigned long rounds,
		      enum breaker_verdict expected)
{
	size_t blocks = rounds / BLOCK + 1;
	struct bench bench = { slot, policy, UINT64_C(3600) * 1000000000, expected, timing_room(blocks) };
	double result;

	blocks = calm_run(blocks, block, &bench);
	result = timing_median(bench.taken, blocks);
	free(bench.taken);
	return result;
}

int main(int argc, char **argv)
{
	unsigned long rounds = timing_rounds(argc, argv, 2000000);
	struct breaker_policy plain, rated, tripped;
	struct panel_slot *slot;
	char why[256];
	double admit, rate, refuse;

	if (!panel_open(&panel, "private", PANEL_USE, why, sizeof(why))) {
		fprintf(stderr, "decide: %s\n", why);
		return 1;
	}
	policy_defaults(&plain);
	admit = measure(breaker_for(&plain, 1), &plain, rounds, VERDICT_ADMITTED);

	rated = plain;
	rated.failure_rate = POLICY_RATE_ONE / 2;
	rated.window = UINT64_C(10) * 1000000000;
	rate = measure(breaker_for(&rated, 2), &rated, rounds, VERDICT_ADMITTED);

	tripped = plain;
	tripped.failures = 1;
	tripped.timeout = tripped.max_timeout = UINT64_C(24 * 3600) * 1000000000;
	slot = breaker_for(&tripped, 3);
	call(slot, &tripped, UINT64_C(3600) * 1000000000, OUTCOME_FAILURE);
	refuse = measure(slot, &tripped, rounds, VERDICT_REFUSED);

	printf("%.2f %.2f %.2f\n", admit, rate, refuse);
	return 0;
}
