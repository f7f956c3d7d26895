/* SPDX-License-Identifier: MIT */
/*
 * counts.h - what is counted per slot: totals, and with them the counts of the generation.
 *
 * Totals are only ever added to while a breaker has the slot. The counts of a generation are the totals less what they were when it
 * began: the marks. A mark is a stamped word,
 *
 *   63..48 generation (low 16 bits)   47..0 value
 *
 * and so are `since` (when the generation began, in units of 1024 ns) and `run` (successes, slow ones
 * included, when the last run of failures ended). Who moved the breaker's word to a new generation writes
 * them, `since` last, and only forward: a writer that was held up cannot disturb a newer generation. Until
 * they are written, their stamp is another's and counts read as 0. Dying before that (or in between) costs the
 * display of that generation's counts, never a decision: runs and probes are in the breaker's word, and
 * windows have their slices.
 *
 * A reader takes the mark first (acquire, pairs with the writer's release), then the total: the writer read
 * the same total before, so that counts are never negative, and never go back in one generation.
 *
 * Results are added before the breaker's word is moved: who moves it finds them counted. One that arrives in the
 * very moment of a change may be counted for the generation after.
 *
 * errors: a word per errno, 63..48 errno, 47..0 how often; taken by compare-and-swap from 0, first come,
 * first served; the last one counts all others, and failures without an errno (slow calls), with errno 0.
 * successes, others: calls by duration, each word its own bucket, the last without an upper bound. A success is counted
 * there alone, by one addition; how many there were is the sum. Of what is not a success, the ignored and those that
 * others found overdue are in no bucket. transitions: how often the state changed; change.h says who counts them.
 *
 * May overlap: all with all. Any thread, signal handler or child.
 *
 * When a slot makes room, totals begin again at 0: who reads them compares its status (view.c). What a late call of the
 * former breaker adds after that is one too many.
 */
#ifndef CUTOUT_PANEL_COUNTS_H
#define CUTOUT_PANEL_COUNTS_H

#include "panel/panel.h"

enum panel_mark {
	MARK_CALLS,
	MARK_SUCCESSES,
	MARK_FAILURES,
	MARK_IGNORED,
	MARK_SLOW,
	MARK_SPARE,
};

struct generation_counts {
	uint64_t requests, successes, failures, ignored, slow;
};

static inline void counts_add(panel_word *word, uint64_t count)
{
	atomic_fetch_add_explicit(word, count, memory_order_relaxed);
}

/* A slow call is a failure unless the policy tallies slow ones apart. */
static inline enum breaker_outcome counts_outcome(const struct breaker_policy *policy, enum breaker_outcome outcome)
{
	return outcome == OUTCOME_SLOW && policy->slow_rate == 0 ? OUTCOME_FAILURE : outcome;
}

/* How long they took is not known. */
#define COUNTS_UNTIMED UINT64_MAX

/* From below: most calls are short. */
static inline void counts_took(panel_word *buckets, panel_word *sum, uint64_t elapsed, unsigned count)
{
	unsigned bucket = 0;

	while (bucket < PANEL_HISTOGRAM - 1 && elapsed > panel_histogram_bounds[bucket])
		bucket++;
	counts_add(&buckets[bucket], count);
	counts_add(sum, elapsed * count);
}

static inline void counts_succeeded(struct panel_slot *slot, uint64_t elapsed, unsigned count)
{
	counts_took(slot->successes, &slot->duration_sum, elapsed, count);
}

/*
 * `count` results, each of which took `elapsed` ns. `outcome` is what counts_outcome() says; a success is timed. `error`
 * may be 0.
 */
void counts_finished(struct panel_slot *slot, enum breaker_outcome outcome, int error, uint64_t elapsed, unsigned count);

/* Of the slot's life. */
uint64_t counts_successes(const struct panel_slot *slot);

/* After a failure of `generation`, once it is counted: the run of successes begins anew. */
void counts_end_run(struct panel_slot *slot, uint32_t generation);

/* A generation began: marks, run, and since last. */
void counts_begin_generation(struct panel_slot *slot, uint32_t generation, uint64_t since);

/* A breaker takes the slot over, in that generation: all is 0 from now on. By its claimer, before it is published. */
void counts_begin_tenancy(struct panel_slot *slot, uint32_t generation, uint64_t now);

/* False, with 0s, while the marks are not written. */
bool counts_of_generation(const struct panel_slot *slot, uint32_t generation, struct generation_counts *counts);

/* Since the last failure of the generation. */
uint64_t counts_run_of_successes(const struct panel_slot *slot, uint32_t generation);

/* Each errno once, in no order; without one, 0, the others. `errors` has room for PANEL_ERRORS. Returns how many. */
unsigned counts_errors(const struct panel_slot *slot, struct panel_error *errors);

/* False when it is not known; then *since is 0. */
bool counts_since(const struct panel_slot *slot, uint32_t generation, uint64_t *since);

#endif
