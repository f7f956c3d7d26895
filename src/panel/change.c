/* SPDX-License-Identifier: MIT */
/*
 * change.c - what is left to do after a change of state. Whose job it is says change.h.
 *
 * Any thread, signal handler or child; no lock, no allocation, no errno; the one system call is getpid().
 */
#include "panel/change.h"

#include "panel/counts.h"

enum { ERROR_MAX = 4095 };

int change_last_error(const struct panel_slot *slot)
{
	uint64_t error = atomic_load_explicit(&slot->last_error, memory_order_relaxed);

	return error <= ERROR_MAX ? (int)error : 0;
}

void change_note(struct change_list *list, const struct panel_slot *slot)
{
	events_note_subject(&list->subject, slot);
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

/* Runs at the end of the generation, what is being reported included if it ended it. */
static void sum_up_runs(const struct panel_slot *slot, const struct breaker_state *before, enum breaker_reason reason,
			const struct change_list *list, struct panel_event *event)
{
	bool is_result = reason != REASON_TIMEOUT_OVER && reason != REASON_MANUAL;
	unsigned ended = is_result ? list->ended : 0;
	bool failed = ended > 0 && list->outcome == OUTCOME_FAILURE;

	event->consecutive_failures = failed ? before->failures + ended : ended > 0 ? 0 : before->failures;
	if (failed || event->consecutive_failures > 0)
		event->consecutive_successes = 0;
	else if (before->phase == BREAKER_CLOSED)
		event->consecutive_successes = counts_run_of_successes(slot, before->generation);
	else
		event->consecutive_successes = before->successes + ended;
}

static uint64_t open_time(const struct breaker_state *after, uint64_t now)
{
	return after->phase == BREAKER_OPEN && after->deadline > now ? after->deadline - now : 0;
}

static void tell(struct panel_slot *slot, const struct breaker_state *before, const struct breaker_state *after,
		 enum breaker_reason reason, uint64_t now, const struct generation_counts *counts,
		 const struct change_list *list)
{
	struct panel_event event = {
		.now = now,
		.generation = after->generation,
		.from = before->phase,
		.to = after->phase,
		.reason = reason,
		.open_time = open_time(after, now),
		.requests = counts->requests,
		.successes = counts->successes + counts->slow,
		.failures = counts->failures,
		.ignored = counts->ignored,
		.last_error = change_last_error(slot),
	};

	sum_up_runs(slot, before, reason, list, &event);
	/* The counts are not known when their marks were never written (counts.h). A run is certain. */
	event.failures = event.failures > event.consecutive_failures ? event.failures : event.consecutive_failures;
	event.requests = event.requests > event.failures ? event.requests : event.failures;
	events_write(&list->subject, &event);
}

void change_by_rule(struct panel_slot *slot, const struct breaker_state *before, const struct breaker_state *after,
		    enum breaker_reason reason, uint64_t now, const struct change_list *list)
{
	struct generation_counts counts;

	counts_of_generation(slot, before->generation, &counts);
	counts_begin_generation(slot, after->generation, now);
	tell(slot, before, after, reason, now, &counts, list);
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
		.open_time = open_time(after, now),
		.requests = counts.requests,
		.successes = counts.successes + counts.slow,
		.failures = counts.failures,
		.last_error = change_last_error(slot),
	};
	tell(slot, before, after, reason, now, &counts, list);
}
