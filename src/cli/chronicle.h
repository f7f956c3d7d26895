/* SPDX-License-Identifier: MIT */
/*
 * chronicle.h - what happens in a simulation, on stdout: a line for each event.
 *
 * The lines under one policy, and the objects, are fixed: others parse them. Under several policies text has a
 * column for each, and JSON an object for each policy that the event concerns.
 */
#ifndef CUTOUT_CLI_CHRONICLE_H
#define CUTOUT_CLI_CHRONICLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/simulation.h"

struct chronicle {
	const struct simulation *simulation;
	const char *const *labels; /* of the policies: one line of ASCII each */
	bool is_json;
	bool is_quiet; /* nothing but the summary */
	const char *destination; /* NULL: it has no name */
};

/* What stands above the first event. */
void chronicle_start(const struct chronicle *chronicle);

/* A simulation_tell; the context is the chronicle. */
void chronicle_event(void *chronicle, enum trace_verb verb, const char *id, uint64_t time);

#endif
