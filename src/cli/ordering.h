/* SPDX-License-Identifier: MIT */
/*
 * ordering.h - what happened in a recording, put in the order of time.
 *
 * Processes write into the tape in the order in which they get there, which is nearly that of time. What is
 * read is kept for a while, and comes out by time; at the same time in the order of the tape.
 */
#ifndef CUTOUT_CLI_ORDERING_H
#define CUTOUT_CLI_ORDERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "breaker/outcome.h"

struct happening {
	uint64_t time;   /* ns */
	uint64_t number; /* in the order of the tape */
	uint32_t id;
	uint32_t destination;
	bool is_end;
	enum breaker_outcome outcome; /* of an end */
};

struct ordering {
	struct happening *heap; /* the earliest first */
	size_t count, room;
	uint64_t numbers;
};

#define ORDERING_EMPTY ((struct ordering){ NULL, 0, 0, 0 })

/* Gives it its number. False without memory. */
bool ordering_add(struct ordering *ordering, const struct happening *happening);

/* The earliest, if it is not later than `until`. */
bool ordering_take(struct ordering *ordering, uint64_t until, struct happening *happening);

void ordering_release(struct ordering *ordering);

#endif
