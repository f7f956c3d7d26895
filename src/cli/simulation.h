/* SPDX-License-Identifier: MIT */
/*
 * simulation.h - a trace through the state machine, under several policies side by side.
 *
 * Each policy has a breaker of its own. All share the trace and the calls in flight, so that one pass does.
 */
#ifndef CUTOUT_CLI_SIMULATION_H
#define CUTOUT_CLI_SIMULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/calls.h"
#include "cli/trace.h"
#include "cli/trial.h"

enum { REFUSALS_KEPT = 256 };

/* Told after each event: what happened, to which call (NULL: it has no ID), and when. */
typedef void simulation_tell(void *context, enum trace_verb verb, const char *id, uint64_t time);

/* The last ones, for messages about their ends. */
struct refusals {
	struct {
		uint64_t hash; /* of the call's ID */
		unsigned long line;
	} list[REFUSALS_KEPT];
	size_t count;
};

struct simulation {
	struct trial *trials;
	size_t count;
	struct calls calls;
	struct refusals *refusals; /* for messages */
	bool is_recorded; /* the calls were made without these policies: the end of a refused one is no mistake */
	uint64_t asked;   /* calls so far */
	uint64_t now;     /* time of the last event */
	bool has_begun;
	simulation_tell *tell;
	void *context;
};

/* After trials, count, refusals, is_recorded and tell are set, and all else is 0. False, after a message, without memory. */
bool simulation_init(struct simulation *simulation, uint64_t seed);
void simulation_release(struct simulation *simulation);

/* What the line says, after the calls that end until then. False after a message. */
bool simulation_step(struct simulation *simulation, const struct trace *trace, const struct trace_line *line);

/* When the next call ends by itself, UINT64_MAX: none does; and the ends up to a time. */
uint64_t simulation_next_end(const struct simulation *simulation);
void simulation_end_until(struct simulation *simulation, uint64_t now);

/* The calls that end by themselves, up to the last one. */
void simulation_finish(struct simulation *simulation);

#endif
