/* SPDX-License-Identifier: MIT */
/*
 * word.c - a breaker's state in the 64 bits that one compare-and-swap moves.
 *
 * Pure: any thread, signal handler or forked child. word_unpack() takes any bits.
 */
#include "breaker/word.h"

#include <assert.h>

#include "breaker/arith.h"

enum {
	REOPENINGS_SHIFT = 31,
	REOPENINGS_MASK = 0x3f,
	IN_FLIGHT_SHIFT = 23,
	SUCCESSES_SHIFT = 15,
	BYTE_MASK = 0xff,
	ADMITTED_MASK = 0x7fff,
	ADMITTED_CYCLE = 0x7fff, /* values 1 to 0x7fff; 0 stands for none */
	LASTING_NOT_HELD_SHIFT = 30,
	LASTING_UNIT_BITS = 30,
	LASTING_MASK = 0x3fffffff,
	ADMITTED_AHEAD = 9,      /* eighths by which another's clock reading may be ahead of ours, rounding included */
};

#define DEADLINE_UNITS_MAX (UINT64_MAX >> WORD_DEADLINE_UNIT_BITS)

static uint64_t pack_deadline(uint64_t deadline)
{
	return divide_up(deadline, UINT64_C(1) << WORD_DEADLINE_UNIT_BITS) & WORD_DEADLINE_MASK;
}

/* Of all times that have these bits, the one nearest to now; 0 for one before the clock began. */
static uint64_t unpack_deadline(uint64_t bits, uint64_t now)
{
	uint64_t units = now >> WORD_DEADLINE_UNIT_BITS;
	uint64_t ahead = (bits - units) & WORD_DEADLINE_MASK;
	uint64_t behind = WORD_DEADLINE_MASK + 1 - ahead;

	if (ahead <= WORD_DEADLINE_MASK / 2)
		units += ahead;
	else
		units -= at_most(behind, units);
	return units > DEADLINE_UNITS_MAX ? UINT64_MAX : units << WORD_DEADLINE_UNIT_BITS;
}

static_assert(STATE_TRIP_ROUNDING == UINT64_C(1) << LASTING_UNIT_BITS, "what state.h makes of the unit");

/* 0 is none, so that a deadline of a clock that has just begun is put off to 1. */
static uint64_t pack_by_hand(const struct breaker_state *state)
{
	uint64_t units = divide_up(state->deadline, UINT64_C(1) << LASTING_UNIT_BITS);

	if (!state->lasting)
		return 0;
	units = units == 0 ? 1 : at_most(units, LASTING_MASK);
	return (uint64_t)!state->held << LASTING_NOT_HELD_SHIFT | units;
}

static struct breaker_state unpack_by_hand(uint64_t word)
{
	uint64_t units = word & LASTING_MASK;

	return (struct breaker_state){
		.phase = BREAKER_OPEN,
		.held = units == 0 || (word >> LASTING_NOT_HELD_SHIFT & 1) == 0,
		.lasting = units != 0,
		.generation = word_generation(word),
		.reopenings = word >> REOPENINGS_SHIFT & REOPENINGS_MASK,
		.deadline = units << LASTING_UNIT_BITS,
	};
}

static uint64_t pack_admitted(uint64_t admitted, const struct breaker_policy *policy)
{
	if (admitted == 0)
		return 0;
	return 1 + divide_up(admitted, policy_eighth(policy_vanished_after(policy))) % ADMITTED_CYCLE;
}

/*
 * The latest time that has these bits and is no more than a little ahead of now. An admission lies in the
 * past; were the nearest time taken, one of long ago would come to lie in the future, and a place that
 * nobody holds would stay taken until then.
 */
static uint64_t unpack_admitted(uint64_t bits, const struct breaker_policy *policy, uint64_t now)
{
	uint64_t eighth, latest, behind;

	if (bits == 0)
		return 0;
	eighth = policy_eighth(policy_vanished_after(policy));
	latest = now / eighth + ADMITTED_AHEAD;
	behind = (latest % ADMITTED_CYCLE + ADMITTED_CYCLE - (bits - 1)) % ADMITTED_CYCLE;
	if (behind >= latest)
		return 0;
	latest -= behind;
	return latest > UINT64_MAX / eighth ? UINT64_MAX : latest * eighth;
}

static uint64_t pack_half_open(const struct breaker_state *state, const struct breaker_policy *policy)
{
	return at_most(state->in_flight, BYTE_MASK) << IN_FLIGHT_SHIFT |
	       at_most(state->successes, BYTE_MASK) << SUCCESSES_SHIFT | pack_admitted(state->admitted, policy);
}

uint64_t word_pack_fields(const struct breaker_state *state, const struct breaker_policy *policy)
{
	uint64_t reopenings = at_most(state->reopenings, REOPENINGS_MASK) << REOPENINGS_SHIFT;

	if (state->phase == BREAKER_OPEN && (state->held || state->lasting))
		return reopenings | pack_by_hand(state);
	if (state->phase == BREAKER_OPEN)
		return reopenings | pack_deadline(state->deadline);
	return reopenings | pack_half_open(state, policy);
}

static struct breaker_state unpack_open(uint64_t word, uint64_t now)
{
	if (word >> WORD_HELD_SHIFT & 1)
		return unpack_by_hand(word);
	return (struct breaker_state){
		.phase = BREAKER_OPEN,
		.generation = word_generation(word),
		.reopenings = word >> REOPENINGS_SHIFT & REOPENINGS_MASK,
		.deadline = unpack_deadline(word & WORD_DEADLINE_MASK, now),
	};
}

/* A half-open state that already had its successes could never be left: no call is admitted, none ends. */
static struct breaker_state unpack_half_open(uint64_t word, const struct breaker_policy *policy, uint64_t now)
{
	return (struct breaker_state){
		.phase = BREAKER_HALF_OPEN,
		.generation = word_generation(word),
		.reopenings = word >> REOPENINGS_SHIFT & REOPENINGS_MASK,
		.in_flight = at_most(word >> IN_FLIGHT_SHIFT & BYTE_MASK, policy->probes),
		.successes = at_most(word >> SUCCESSES_SHIFT & BYTE_MASK, policy->successes - 1U),
		.admitted = unpack_admitted(word & ADMITTED_MASK, policy, now),
	};
}

struct breaker_state word_unpack_fields(uint64_t word, const struct breaker_policy *policy, uint64_t now)
{
	switch (word_phase(word)) {
	case BREAKER_OPEN:
		return unpack_open(word, now);
	case BREAKER_HALF_OPEN:
		return unpack_half_open(word, policy, now);
	case BREAKER_CLOSED:
		break;
	}
	return state_initial(word_generation(word));
}
