/* SPDX-License-Identifier: MIT */
/*
 * slices.c - the window of a closed breaker, in shared words. The protocol is in slices.h.
 *
 * Any thread, signal handler or child; no system call, no lock, no allocation, no errno.
 */
#include "panel/slices.h"

#include <assert.h>

#include "breaker/window.h"
#include "panel/counts.h"

enum {
	TRIES = 100,
	GENERATION_SHIFT = 52,
	GENERATION_LOW = 0xfff,
	EPOCH_SHIFT = 42,
	EPOCH_LOW = 0x3ff,
	FINISHED_SHIFT = 21,
	COUNT_MAX = 0x1fffff,
	START_UNIT_BITS = 20,
};

#define START_MASK ((UINT64_C(1) << EPOCH_SHIFT) - 1)

static_assert(COUNT_MAX / 2 > POLICY_MIN_CALLS_MAX, "a slice that was halved still has min-calls");

static bool is_fixed(const struct breaker_policy *policy)
{
	return policy->buckets <= 1;
}

static unsigned buckets(const struct breaker_policy *policy)
{
	return policy->buckets < POLICY_BUCKETS_MAX ? policy->buckets : POLICY_BUCKETS_MAX;
}

static uint64_t load(const panel_word *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static bool swap(panel_word *word, uint64_t *seen, uint64_t next)
{
	return atomic_compare_exchange_strong_explicit(word, seen, next, memory_order_relaxed, memory_order_relaxed);
}

static uint64_t head(uint32_t generation, uint64_t epoch)
{
	return (uint64_t)(generation & GENERATION_LOW) << GENERATION_SHIFT | (epoch & EPOCH_LOW) << EPOCH_SHIFT;
}

static uint64_t start_of(uint64_t word)
{
	return (word & START_MASK) << START_UNIT_BITS;
}

static uint64_t fixed_word(uint32_t generation, uint64_t number, uint64_t start)
{
	return head(generation, number) | (divide_up(start, UINT64_C(1) << START_UNIT_BITS) & START_MASK);
}

static bool is_within(const struct breaker_policy *policy, uint64_t start, uint64_t now)
{
	return window_slice(policy, start, now) == 0;
}

/* The window as it is at `now`: *word's, a new one, or the generation's first, which began with the generation. */
static uint64_t fixed_window_at(const struct panel_slot *slot, const struct breaker_policy *policy,
				uint32_t generation, uint64_t now, uint64_t word)
{
	uint64_t since;

	if (word >> GENERATION_SHIFT == (generation & GENERATION_LOW)) {
		if (is_within(policy, start_of(word), now))
			return word;
		return fixed_word(generation, (word >> EPOCH_SHIFT) + 1, now);
	}
	counts_since(slot, generation, &since);
	return fixed_word(generation, 0, is_within(policy, since, now) ? since : now);
}

static uint64_t fixed_window(struct panel_slot *slot, const struct breaker_policy *policy, uint32_t generation,
			     uint64_t now)
{
	uint64_t seen = load(&slot->slices[1]);
	uint64_t next = seen;

	for (unsigned i = 0; i < TRIES; i++) {
		next = fixed_window_at(slot, policy, generation, now, seen);
		if (next == seen || swap(&slot->slices[1], &seen, next))
			break;
	}
	return next >> EPOCH_SHIFT & EPOCH_LOW;
}

struct slice_position slices_at(struct panel_slot *slot, const struct breaker_policy *policy, uint32_t generation,
				uint64_t now)
{
	struct slice_position at = { .generation = generation };
	uint64_t since;

	if (is_fixed(policy)) {
		at.number = fixed_window(slot, policy, generation, now);
	} else {
		counts_since(slot, generation, &since);
		at.number = window_slice(policy, since, now);
	}
	return at;
}

static unsigned cell_of(const struct breaker_policy *policy, uint64_t number)
{
	return is_fixed(policy) ? 0 : (unsigned)(number % POLICY_BUCKETS_MAX);
}

static uint64_t head_of(const struct breaker_policy *policy, const struct slice_position *at, uint64_t number)
{
	return head(at->generation, is_fixed(policy) ? number : number / POLICY_BUCKETS_MAX);
}

static bool has_head(uint64_t word, uint64_t wanted)
{
	return word >> EPOCH_SHIFT == wanted >> EPOCH_SHIFT;
}

static uint32_t finished_of(uint64_t word)
{
	return word >> FINISHED_SHIFT & COUNT_MAX;
}

static uint32_t failed_of(uint64_t word)
{
	return (uint32_t)at_most(word & COUNT_MAX, finished_of(word));
}

static uint64_t with_counts(uint64_t wanted, uint64_t finished, uint64_t failed)
{
	return wanted | at_most(finished, COUNT_MAX) << FINISHED_SHIFT | at_most(failed, COUNT_MAX);
}

/* True when the counts were halved to make room. */
static bool add(panel_word *word, uint64_t wanted, unsigned finished, unsigned failed)
{
	uint64_t seen = load(word);

	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t counts = has_head(seen, wanted) ? seen : wanted;
		bool full = (uint64_t)finished_of(counts) + finished > COUNT_MAX;
		uint64_t next = with_counts(wanted, (uint64_t)(finished_of(counts) >> full) + finished,
					    (uint64_t)(failed_of(counts) >> full) + failed);

		if (swap(word, &seen, next))
			return full;
	}
	return false;
}

static void halve(panel_word *word, uint64_t wanted)
{
	uint64_t seen = load(word);

	if (has_head(seen, wanted))
		swap(word, &seen, with_counts(wanted, finished_of(seen) / 2, failed_of(seen) / 2));
}

void slices_add(struct panel_slot *slot, const struct breaker_policy *policy, const struct slice_position *at,
		enum breaker_outcome outcome, unsigned count)
{
	unsigned cell = cell_of(policy, at->number);
	uint64_t wanted = head_of(policy, at, at->number);

	if (outcome == OUTCOME_IGNORED)
		return;
	if (outcome == OUTCOME_SLOW)
		add(&slot->slow_slices[cell], wanted, count, 0);
	if (add(&slot->slices[cell], wanted, count, outcome == OUTCOME_FAILURE ? count : 0))
		halve(&slot->slow_slices[cell], wanted);
}

void slices_sum(const struct panel_slot *slot, const struct breaker_policy *policy, const struct slice_position *at,
		struct breaker_tally *tally)
{
	unsigned back = is_fixed(policy) ? 1 : buckets(policy);
	uint64_t finished = 0, failed = 0, slow = 0;

	for (uint64_t i = 0; i < back && i <= at->number; i++) {
		unsigned cell = cell_of(policy, at->number - i);
		uint64_t wanted = head_of(policy, at, at->number - i);
		uint64_t word = load(&slot->slices[cell]);
		uint64_t slow_word = load(&slot->slow_slices[cell]);

		if (has_head(word, wanted)) {
			finished += finished_of(word);
			failed += failed_of(word);
		}
		if (has_head(slow_word, wanted))
			slow += finished_of(slow_word);
	}
	slow = at_most(slow, finished - failed);
	*tally = (struct breaker_tally){ .successes = finished - failed - slow, .failures = failed, .slow = slow };
}
