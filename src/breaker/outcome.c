/* SPDX-License-Identifier: MIT */
/*
 * outcome.c - what a finished call says about its destination.
 *
 * Pure: any thread, signal handler or forked child.
 */
#include "breaker/outcome.h"
#include "base/hot.h"

HOT enum breaker_outcome outcome_of(const struct breaker_policy *policy, int error, uint64_t elapsed)
{
	if (error != 0)
		return policy_counts_error(policy, error) ? OUTCOME_FAILURE : OUTCOME_IGNORED;
	if (policy->slow_call != 0 && elapsed > policy->slow_call)
		return OUTCOME_SLOW;
	return OUTCOME_SUCCESS;
}

const char *outcome_name(enum breaker_outcome outcome)
{
	switch (outcome) {
	case OUTCOME_SUCCESS:
		return "success";
	case OUTCOME_FAILURE:
		return "failure";
	case OUTCOME_SLOW:
		return "slow";
	case OUTCOME_IGNORED:
		return "ignored";
	}
	return "";
}
