/* SPDX-License-Identifier: MIT */
/*
 * outcome.h - what a finished call says about its destination.
 *
 * Pure; safe everywhere.
 */
#ifndef CUTOUT_BREAKER_OUTCOME_H
#define CUTOUT_BREAKER_OUTCOME_H

#include <stdint.h>

#include "breaker/policy.h"

enum breaker_outcome {
	OUTCOME_SUCCESS,
	OUTCOME_FAILURE,
	OUTCOME_SLOW, /* finished, but later than slow-call: a failure, or tallied apart with slow-rate */
	OUTCOME_IGNORED,
};

/* The error of a connect that failed but whose errno the program never read. */
enum { OUTCOME_ERROR_UNKNOWN = 191 };

/*
 * The outcome of a call that took `elapsed` ns and ended with `error` (0: it succeeded;
 * OUTCOME_ERROR_UNKNOWN: it failed, nobody knows how, which is a failure).
 */
enum breaker_outcome outcome_of(const struct breaker_policy *policy, int error, uint64_t elapsed);

/* "success", "failure", "slow", "ignored" */
const char *outcome_name(enum breaker_outcome outcome);

#endif
