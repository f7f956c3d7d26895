/* SPDX-License-Identifier: MIT */
/*
 * counts.c - totals, marks, errors and durations of a slot. The protocol is in counts.h.
 *
 * Any thread, signal handler or child; no system call, no lock, no allocation, no errno.
 */
#include "panel/counts.h"

enum { TRIES = 100, VALUE_BITS = 48, STAMP_MASK = 0xffff, SINCE_UNIT_BITS = 10, ERROR_MAX = 4095 };

#define VALUE_MASK ((UINT64_C(1) << VALUE_BITS) - 1)

const uint64_t panel_histogram_bounds[PANEL_HISTOGRAM - 1] = {
	UINT64_C(100000),     UINT64_C(250000),     UINT64_C(500000),    UINT64_C(1000000),    UINT64_C(2500000),
	UINT64_C(5000000),    UINT64_C(10000000),   UINT64_C(25000000),  UINT64_C(50000000),   UINT64_C(100000000),
	UINT64_C(250000000),  UINT64_C(500000000),  UINT64_C(1000000000), UINT64_C(5000000000), UINT64_C(30000000000),
};

static const enum panel_total marked[] = {
	[MARK_CALLS] = TOTAL_CALLS,     [MARK_SUCCESSES] = TOTAL_SUCCESSES, [MARK_FAILURES] = TOTAL_FAILURES,
	[MARK_IGNORED] = TOTAL_IGNORED, [MARK_SLOW] = TOTAL_SLOW,
};

enum { MARKED = sizeof(marked) / sizeof(marked[0]) };

static uint64_t stamped(uint32_t generation, uint64_t value)
{
	return (uint64_t)(generation & STAMP_MASK) << VALUE_BITS | (value & VALUE_MASK);
}

static bool has_stamp(uint64_t word, uint32_t generation)
{
	return word >> VALUE_BITS == (generation & STAMP_MASK);
}

/* Generations count up and come round: the nearer way is forward. */
static bool is_before(uint64_t word, uint32_t generation)
{
	uint16_t ahead = (uint16_t)(generation - (word >> VALUE_BITS));

	return ahead != 0 && ahead <= STAMP_MASK / 2;
}

/* Acquire for the sake of view.c, which looks at the breaker's word again afterwards. */
static uint64_t load(const panel_word *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

uint64_t counts_successes(const struct panel_slot *slot)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < PANEL_HISTOGRAM; i++)
		sum += load(&slot->successes[i]);
	return sum;
}

static uint64_t total(const struct panel_slot *slot, enum panel_total which)
{
	return which == TOTAL_SUCCESSES ? counts_successes(slot) : load(&slot->totals[which]);
}

static uint64_t good_ones(const struct panel_slot *slot)
{
	return counts_successes(slot) + total(slot, TOTAL_SLOW);
}

/* Release pairs with the acquire in since_mark(). */
static void put_forward(panel_word *word, uint32_t generation, uint64_t value)
{
	uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);

	for (unsigned i = 0; i < TRIES && is_before(seen, generation); i++) {
		if (atomic_compare_exchange_strong_explicit(word, &seen, stamped(generation, value),
							    memory_order_release, memory_order_relaxed))
			return;
	}
}

void counts_begin_generation(struct panel_slot *slot, uint32_t generation, uint64_t since)
{
	for (unsigned i = 0; i < MARKED; i++)
		put_forward(&slot->marks[i], generation, total(slot, marked[i]));
	put_forward(&slot->run, generation, good_ones(slot));
	put_forward(&slot->since, generation, since >> SINCE_UNIT_BITS);
}

static void set_all(panel_word *words, unsigned count, uint64_t value)
{
	for (unsigned i = 0; i < count; i++)
		atomic_store_explicit(&words[i], value, memory_order_relaxed);
}

void counts_begin_tenancy(struct panel_slot *slot, uint32_t generation, uint64_t now)
{
	set_all(slot->totals, PANEL_STORED_TOTALS, 0);
	set_all(slot->errors, PANEL_ERRORS, 0);
	set_all(slot->successes, PANEL_HISTOGRAM, 0);
	set_all(slot->others, PANEL_HISTOGRAM, 0);
	set_all(slot->transitions[0], PANEL_PHASES * PANEL_PHASES, 0);
	set_all(&slot->duration_sum, 1, 0);
	set_all(&slot->last_error, 1, 0);
	set_all(slot->marks, PANEL_MARKS, stamped(generation, 0));
	set_all(&slot->run, 1, stamped(generation, 0));
	set_all(&slot->since, 1, stamped(generation, now >> SINCE_UNIT_BITS));
}

/* In the same generation forward is more. Dying before this leaves the display of the run too long. */
void counts_end_run(struct panel_slot *slot, uint32_t generation)
{
	uint64_t seen = atomic_load_explicit(&slot->run, memory_order_relaxed);
	uint64_t next = stamped(generation, good_ones(slot));

	for (unsigned i = 0; i < TRIES && (is_before(seen, generation) || (has_stamp(seen, generation) && seen < next));
	     i++) {
		if (atomic_compare_exchange_strong_explicit(&slot->run, &seen, next, memory_order_release,
							    memory_order_relaxed))
			return;
	}
}

static void count_error(struct panel_slot *slot, int error, unsigned count)
{
	for (unsigned i = 0; i < PANEL_ERRORS - 1; i++) {
		uint64_t seen = atomic_load_explicit(&slot->errors[i], memory_order_relaxed);

		if (seen == 0 &&
		    atomic_compare_exchange_strong_explicit(&slot->errors[i], &seen, stamped((uint32_t)error, count),
							    memory_order_relaxed, memory_order_relaxed))
			return;
		if (has_stamp(seen, (uint32_t)error)) {
			counts_add(&slot->errors[i], count);
			return;
		}
	}
	counts_add(&slot->errors[PANEL_ERRORS - 1], count);
}

static void count_failures(struct panel_slot *slot, int error, unsigned count)
{
	counts_add(&slot->totals[TOTAL_FAILURES], count);
	if (error <= 0 || error > ERROR_MAX) {
		counts_add(&slot->errors[PANEL_ERRORS - 1], count);
		return;
	}
	count_error(slot, error, count);
	atomic_store_explicit(&slot->last_error, (uint64_t)error, memory_order_relaxed);
}

void counts_finished(struct panel_slot *slot, enum breaker_outcome outcome, int error, uint64_t elapsed, unsigned count)
{
	switch (outcome) {
	case OUTCOME_SUCCESS:
		counts_succeeded(slot, elapsed, count);
		return;
	case OUTCOME_IGNORED:
		counts_add(&slot->totals[TOTAL_IGNORED], count);
		return;
	case OUTCOME_FAILURE:
		count_failures(slot, error, count);
		break;
	case OUTCOME_SLOW:
		counts_add(&slot->totals[TOTAL_SLOW], count);
		break;
	}
	if (elapsed != COUNTS_UNTIMED)
		counts_took(slot->others, &slot->duration_sum, elapsed, count);
}

/* The total since the mark, which is read first: see counts.h. Content of a hostile file may still be less. */
static bool since_mark(const struct panel_slot *slot, enum panel_mark mark, uint32_t generation, uint64_t *count)
{
	uint64_t seen = load(&slot->marks[mark]);
	uint64_t now = total(slot, marked[mark]) & VALUE_MASK;

	if (!has_stamp(seen, generation) || now < (seen & VALUE_MASK)) {
		*count = 0;
		return false;
	}
	*count = now - (seen & VALUE_MASK);
	return true;
}

bool counts_of_generation(const struct panel_slot *slot, uint32_t generation, struct generation_counts *counts)
{
	uint64_t values[MARKED];
	bool known = true;

	for (unsigned i = 0; i < MARKED; i++)
		known &= since_mark(slot, i, generation, &values[i]);
	*counts = (struct generation_counts){
		.requests = values[MARK_CALLS],
		.successes = values[MARK_SUCCESSES],
		.failures = values[MARK_FAILURES],
		.ignored = values[MARK_IGNORED],
		.slow = values[MARK_SLOW],
	};
	return known;
}

uint64_t counts_run_of_successes(const struct panel_slot *slot, uint32_t generation)
{
	uint64_t seen = atomic_load_explicit(&slot->run, memory_order_acquire);
	uint64_t now = good_ones(slot) & VALUE_MASK;

	return has_stamp(seen, generation) && now > (seen & VALUE_MASK) ? now - (seen & VALUE_MASK) : 0;
}

/* Nothing makes sure that the words of a hostile file name an errno once: what belongs together is added. */
static void add_error(struct panel_error *errors, unsigned *length, int error, uint64_t count)
{
	unsigned i = 0;

	while (i < *length && errors[i].error != error)
		i++;
	if (i == *length)
		errors[(*length)++] = (struct panel_error){ .error = error };
	errors[i].count += count;
}

unsigned counts_errors(const struct panel_slot *slot, struct panel_error *errors)
{
	unsigned length = 0;

	for (unsigned i = 0; i < PANEL_ERRORS; i++) {
		uint64_t seen = atomic_load_explicit(&slot->errors[i], memory_order_relaxed);
		uint64_t error = i < PANEL_ERRORS - 1 ? seen >> VALUE_BITS : 0;

		if (seen != 0)
			add_error(errors, &length, error <= ERROR_MAX ? (int)error : 0, seen & VALUE_MASK);
	}
	return length;
}

bool counts_since(const struct panel_slot *slot, uint32_t generation, uint64_t *since)
{
	uint64_t seen = atomic_load_explicit(&slot->since, memory_order_acquire);
	bool known = has_stamp(seen, generation) && (seen & VALUE_MASK) != 0;

	*since = known ? (seen & VALUE_MASK) << SINCE_UNIT_BITS : 0;
	return known;
}
