/* SPDX-License-Identifier: MIT */
/*
 * stages.h - a trace through simulations: one for each destination that its lines name.
 *
 * Lines that name none are of a destination without a name. Each destination has breakers of its own, one for each
 * policy; memory is what the destinations, and the calls in flight, need.
 */
#ifndef CUTOUT_CLI_STAGES_H
#define CUTOUT_CLI_STAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/chronicle.h"
#include "cli/simulation.h"

struct stage {
	struct simulation simulation;
	struct chronicle chronicle;
	uint64_t hash;         /* of the name */
	struct trial trials[]; /* and behind them the name */
};

struct stages {
	/* set before stages_play(); the rest is 0 */
	const struct trial *trials; /* what each destination's are at first */
	size_t policies;
	const char *const *labels;
	const char *destination; /* only those that it matches, views_glob() of a pattern; NULL: all */
	uint64_t seed;
	bool is_json;
	bool is_quiet;
	bool is_recorded;
	bool is_drawn;           /* there may be one destination only */

	struct stage **list;     /* in the order of their first lines */
	size_t count, room;
	struct stage **slots;    /* by hash; their number is twice the room */
	size_t pending;          /* calls that end by themselves */
	struct refusals refusals;
};

/* The whole trace. False after a message; at least one destination is there after it. */
bool stages_play(struct stages *stages, struct trace *trace);

/* What it comes to. False, after a message, without memory. */
bool stages_sum_up(const struct stages *stages);

void stages_release(struct stages *stages);

#endif
