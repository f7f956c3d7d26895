/* SPDX-License-Identifier: MIT */
/*
 * lookup.c - finding a destination's breaker, in a panel that has seen ten, and in one that has seen COUNT: "TEN MANY",
 * nanoseconds.
 *
 * usage: lookup ROUNDS COUNT
 *
 * Looked up are the thousand that came last (or all, where there are fewer), in an order that no cache foresees; of
 * more than it has room for a panel keeps those. Medians over short blocks.
 */
#include "base/hash.h"
#include "breaker/policy.h"
#include "calm.h"
#include "panel/panel.h"

enum { BLOCK = 1000 };

static struct breaker_policy policy;

static struct panel_key key_of(uint32_t number)
{
	struct panel_key key = { .policy = 1, .port = 80, .family = 4, .protocol = 1 };

	key.address[0] = 10;
	key.address[1] = (uint8_t)(number >> 16);
	key.address[2] = (uint8_t)(number >> 8);
	key.address[3] = (uint8_t)number;
	return key;
}

static void look(struct panel *panel, uint32_t number)
{
	struct panel_key key = key_of(number);

	if (!panel_peek(panel, &key).slot) {
		fprintf(stderr, "lookup: one is missing\n");
		exit(1);
	}
}

struct bench {
	struct panel panel;
	uint32_t count, looked;
	double *taken;
};

static void block(size_t number, void *context)
{
	struct bench *bench = context;
	uint32_t first = bench->count - bench->looked;
	uint64_t began = timing_now();

	for (unsigned i = 0; i < BLOCK; i++)
		look(&bench->panel, first + (uint32_t)(hash_mix(number * BLOCK + i) % bench->looked));
	bench->taken[number] = (double)(timing_now() - began) / BLOCK;
}

static void fill(struct panel *panel, uint32_t count)
{
	struct panel_identity identity = { .policy = &policy, .destination = "10.0.0.1:80", .rule = "*" };
	uint64_t now = UINT64_C(3600) * 1000000000;
	char why[256];

	if (!panel_open(panel, "private", PANEL_USE, why, sizeof(why)))
		timing_give_up(why);
	for (uint32_t i = 0; i < count; i++) {
		struct panel_key key = key_of(i);

		panel_find(panel, &key, &identity, now += 1000000);
	}
}

static double measure(uint32_t count, unsigned long rounds)
{
	size_t blocks = rounds / BLOCK + 1;
	struct bench bench = { .count = count, .looked = count < 1000 ? count : 1000, .taken = timing_room(blocks) };
	double result;

	fill(&bench.panel, count);
	blocks = calm_run(blocks, block, &bench);
	panel_close(&bench.panel);
	result = timing_median(bench.taken, blocks);
	free(bench.taken);
	return result;
}

int main(int argc, char **argv)
{
	unsigned long rounds = timing_rounds(argc, argv, 1000000);
	uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 100000;

	policy_defaults(&policy);
	printf("%.2f ", measure(10, rounds));
	printf("%.2f\n", measure(count, rounds));
	return 0;
}
