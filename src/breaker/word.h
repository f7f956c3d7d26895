/* SPDX-License-Identifier: MIT */
/*
 * word.h - a breaker's state in the 64 bits that one compare-and-swap moves.
 *
 *   63..62 phase   61 by hand   60..37 generation   36..0 by phase:
 *     closed     36..16 zero          15..0 run of failures        (61: held)
 *     open       36..31 reopenings    30..0 deadline, in units of 2^20 ns (1.05 ms), rounded up
 *       by hand  36..31 reopenings    30 not held   29..0 deadline, in units of 2^30 ns (1.07 s), rounded up; 0: none
 *     half-open  36..31 reopenings    30..23 in flight   22..15 successes   14..0 last admission
 *
 * The policy's deadline wraps after 26 days and is read as the value nearest to now; that of a lasting opening
 * is the whole time, good for 36 years. An opening by hand that lasts no longer than the policy's could has the
 * policy's form. The last admission is in eighths of the time after which a probe counts as vanished, rounded up,
 * modulo 32767 and plus one; 0 stands for none. It is read as the latest such time that is not more than one of
 * those times ahead of now, so it wraps after more than 4000 of them.
 *
 * Rounding is the only difference to the pure value: an open time is never shortened, and is at
 * most 1.05 ms longer (a lasting one: 1.07 s); a vanished probe's place comes back at most an eighth later.
 *
 * An all-zero word is a closed breaker of generation 0. Any 64 bits unpack to some valid state, from
 * which calls get on: the panel's content is not trusted. A phase of 3 reads as closed, with no failures;
 * more probes or successes than the policy knows are cut down to what it allows. Pure; safe everywhere.
 */
#ifndef CUTOUT_BREAKER_WORD_H
#define CUTOUT_BREAKER_WORD_H

#include <stdint.h>

#include "breaker/arith.h"
#include "breaker/state.h"

enum {
	WORD_PHASE_SHIFT = 62,
	WORD_HELD_SHIFT = 61,
	WORD_GENERATION_SHIFT = 37,
	WORD_FAILURES_MASK = 0xffff,
	WORD_DEADLINE_UNIT_BITS = 20,
};

#define WORD_DEADLINE_MASK ((UINT64_C(1) << 31) - 1)

static inline uint32_t word_generation(uint64_t word)
{
	return word >> WORD_GENERATION_SHIFT & GENERATION_MASK;
}

static inline enum breaker_phase word_phase(uint64_t word)
{
	unsigned phase = word >> WORD_PHASE_SHIFT;

	return phase <= BREAKER_HALF_OPEN ? (enum breaker_phase)phase : BREAKER_CLOSED;
}

/* The rarer ends of the two functions below, which are inline for the sake of closed circuits. */
uint64_t word_pack_fields(const struct breaker_state *state, const struct breaker_policy *policy);
struct breaker_state word_unpack_fields(uint64_t word, const struct breaker_policy *policy, uint64_t now);

static inline uint64_t word_pack(const struct breaker_state *state, const struct breaker_policy *policy)
{
	bool by_hand = state->held || state->lasting;
	uint64_t word = (uint64_t)state->phase << WORD_PHASE_SHIFT | (uint64_t)by_hand << WORD_HELD_SHIFT |
			(uint64_t)(state->generation & GENERATION_MASK) << WORD_GENERATION_SHIFT;

	if (state->phase == BREAKER_CLOSED)
		return word | at_most(state->failures, WORD_FAILURES_MASK);
	return word | word_pack_fields(state, policy);
}

static inline struct breaker_state word_unpack(uint64_t word, const struct breaker_policy *policy, uint64_t now)
{
	if (word >> WORD_PHASE_SHIFT != BREAKER_CLOSED)
		return word_unpack_fields(word, policy, now);
	return (struct breaker_state){
		.phase = BREAKER_CLOSED,
		.held = word >> WORD_HELD_SHIFT & 1,
		.generation = word_generation(word),
		.failures = word & WORD_FAILURES_MASK,
	};
}

/*
 * True when it is certain that it refuses, which most refusals are: open by its policy, and its time is not over.
 * The whole state tells of the others; false says nothing.
 */
static inline int word_refuses(uint64_t word, const struct breaker_policy *policy, uint64_t now)
{
	uint64_t ahead = (word - (now >> WORD_DEADLINE_UNIT_BITS)) & WORD_DEADLINE_MASK;
	uint64_t longest = policy->max_timeout;

	if (word >> WORD_HELD_SHIFT != BREAKER_OPEN << 1)
		return 0;
	if (policy->backoff <= POLICY_FACTOR_ONE)
		longest = at_most(policy->timeout, longest);
	longest >>= WORD_DEADLINE_UNIT_BITS;
	longest += longest * policy->jitter / POLICY_RATE_ONE + (DEADLINE_SLACK / 2 >> WORD_DEADLINE_UNIT_BITS);
	return ahead != 0 && ahead <= at_most(longest, WORD_DEADLINE_MASK / 2);
}

/* True when a call is admitted, and a success counted, without changing the word: closed, no failures. */
static inline int word_is_quiet(uint64_t word)
{
	return (word & ~((uint64_t)GENERATION_MASK << 37 | UINT64_C(1) << 61)) == 0;
}

#endif
