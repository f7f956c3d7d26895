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
#include "panel/panel.h"
#include "timing.h"

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

static double measure(uint32_t count, unsigned long rounds)
{
	struct panel_identity identity = { .policy = &policy, .destination = "10.0.0.1:80", .rule = "*" };
	uint32_t looked = count < 1000 ? count : 1000;
	uint64_t now = UINT64_C(3600) * 1000000000;
	size_t blocks = rounds / BLOCK + 1;
	double *taken = timing_room(blocks), result;
	struct panel panel;
	char why[256];

	if (!panel_open(&panel, "private", PANEL_USE, why, sizeof(why)))
		timing_give_up(why);
	for (uint32_t i = 0; i < count; i++) {
		struct panel_key key = key_of(i);

		panel_find(&panel, &key, &identity, now += 1000000);
	}
	for (size_t i = 0; i < blocks; i++) {
		uint64_t began = timing_now();

		for (unsigned j = 0; j < BLOCK; j++)
			look(&panel, count - looked + (uint32_t)(hash_mix(i * BLOCK + j) % looked));
		taken[i] = (double)(timing_now() - began) / BLOCK;
	}
	panel_close(&panel);
	result = timing_median(taken, blocks);
	free(taken);
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
