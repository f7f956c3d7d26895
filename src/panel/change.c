/* SPDX-License-Identifier: MIT */
/*
 * change.c - what is left to do after a change of state. Whose job it is says change.h.
 *
 * Any thread, signal handler or child; no system call, no lock, no allocation, no errno.
 */
#include "panel/change.h"

#include "panel/counts.h"

enum { ERROR_MAX = 4095 };

int change_last_error(const struct panel_slot *slot)
{
	uint64_t error = atomic_load_explicit(&slot->last_error, memory_order_relaxed);

	return error <= ERROR_MAX ? (int)error : 0;
}

/* It was open until its time was over, whoever found out when. One held by hand has no time. */
static uint64_t left_at(const struct breaker_state *before, enum breaker_reason reason, uint64_t now)
{
	return reason == REASON_TIMEOUT_OVER ? at_most(now, before->deadline) : now;
}

static void count_opening(struct panel_slot *slot, const struct breaker_state *before,
			  const struct breaker_state *after, uint64_t left)
{
	uint64_t since;

	if (before->phase == BREAKER_OPEN && counts_since(slot, before->generation, &since) && left > since)
		counts_add(&slot->totals[TOTAL_OPEN_TIME], left - since);
	if (after->phase == BREAKER_OPEN)
		counts_add(&slot->totals[TOTAL_TRIPS], 1);
	counts_add(&slot->transitions[before->phase][after->phase], 1);
}

/* More than two changes in one call do not happen; were they to, the last one is told. */
static struct panel_change *next_change(struct change_list *list)
{
	return &list->changes[list->count < 2 ? list->count++ : 1];
}

void change_happened(struct panel_slot *slot, const struct breaker_state *before, const struct breaker_state *after,
		     enum breaker_reason reason, uint64_t now, struct change_list *list)
{
	uint64_t left = left_at(before, reason, now);
	struct generation_counts counts;

	counts_of_generation(slot, before->generation, &counts);
	count_opening(slot, before, after, left);
	counts_begin_generation(slot, after->generation, left);
	*next_change(list) = (struct panel_change){
		.reason = reason,
		.from = before->phase,
		.to = after->phase,
		.generation = after->generation,
		.open_time = after->phase == BREAKER_OPEN && after->deadline > now ? after->deadline - now : 0,
		.requests = counts.requests,
		.successes = counts.successes + counts.slow,
		.failures = counts.failures,
		.last_error = change_last_error(slot),
	};
}
