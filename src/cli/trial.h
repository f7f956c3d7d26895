/* SPDX-License-Identifier: MIT */
/*
 * trial.h - one policy of a simulation: its breaker, what it sees, and how it fares.
 *
 * The breaker comes into being, closed, at time 0. It sees what it would see alone: the end of a call that it
 * refused is none of its business.
 */
#ifndef CUTOUT_CLI_TRIAL_H
#define CUTOUT_CLI_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "breaker/breaker.h"
#include "cli/calls.h"
#include "cli/timeline.h"

/* What an event was for one policy. */
enum sight_what {
	SIGHT_NOTHING, /* the end of a call that it refused */
	SIGHT_ADMITTED,
	SIGHT_REFUSED,
	SIGHT_ENDED,
	SIGHT_STATE,
};

struct sight {
	enum sight_what what;
	enum breaker_phase phase; /* after the event, as the counts are */
	struct breaker_counts counts;
};

/* A policy, and how it fares. */
struct trial {
	struct breaker_policy policy; /* set before trial_init(), as the timeline is */
	struct timeline *timeline;    /* NULL: nothing is to be drawn */
	size_t index;                 /* of its tickets */
	uint64_t seed;                /* of the jitter; 0: none is added */
	struct breaker breaker;
	uint64_t refused;
	uint64_t failures;  /* calls that were let through and failed, in the eyes of the policy */
	struct call *young; /* the oldest call that was not overdue when it was last asked; NULL: it has seen all */
	struct sight sight; /* of the present event */
};

void trial_init(struct trial *trial, size_t index, uint64_t seed);

/* Each leaves in `sight` what the event was, and the state after it. */
void trial_ask(struct trial *trial, struct call *call, uint64_t now);
void trial_end(struct trial *trial, const struct call *call, enum breaker_outcome outcome, uint64_t now);
void trial_look(struct trial *trial, uint64_t now);

/* Before a call is taken out that has not ended. */
void trial_forget(struct trial *trial, const struct call *call);

/* What is known of its states goes into the timeline. */
void trial_draw_until(struct trial *trial, uint64_t now);

/* ns spent open so far. */
uint64_t trial_open_time(const struct trial *trial, uint64_t now);

const char *sight_name(enum sight_what what); /* "admitted", …; "-" for SIGHT_NOTHING */

#endif
