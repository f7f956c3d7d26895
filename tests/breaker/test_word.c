/* SPDX-License-Identifier: MIT */
/* test_word.c - states in 64 bits: rounding, wrapping, and that the transitions do not notice. */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "breaker/word.h"
#include "steps.h"
#include "support.h"

#define UNIT (UINT64_C(1) << 20)
#define DAY (24 * 3600 * SECOND)

static struct breaker_state through(struct breaker_state state, const struct breaker_policy *policy, uint64_t now)
{
	return word_unpack(word_pack(&state, policy), policy, now);
}

static struct breaker_state open_until(uint64_t deadline)
{
	return (struct breaker_state){ .phase = BREAKER_OPEN, .generation = 5, .deadline = deadline };
}

static struct breaker_state probing_since(uint64_t admitted)
{
	return (struct breaker_state){
		.phase = BREAKER_HALF_OPEN, .generation = 5, .in_flight = 1, .admitted = admitted,
	};
}

Test(word, zero_is_a_closed_breaker_of_generation_zero)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = word_unpack(0, &policy, NOON);
	struct breaker_state initial = state_initial(0);

	cr_assert(same(&state, &initial));
	cr_assert_eq(word_pack(&initial, &policy), 0);
}

Test(word, fields_lie_where_the_header_says)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = { .held = true, .generation = 0xabcdef, .failures = 0x1234 };
	uint64_t generation = UINT64_C(0xabcdef) << 37;

	cr_assert_eq(word_pack(&state, &policy), UINT64_C(1) << 61 | generation | 0x1234);
	state = (struct breaker_state){
		.phase = BREAKER_OPEN, .generation = 0xabcdef, .reopenings = 63, .deadline = 77 * UNIT,
	};
	cr_assert_eq(word_pack(&state, &policy), UINT64_C(1) << 62 | generation | UINT64_C(63) << 31 | 77);
	state.held = state.lasting = true;
	cr_assert_eq(word_pack(&state, &policy), UINT64_C(3) << 61 | generation | UINT64_C(63) << 31 | 1);
	state.held = false;
	cr_assert_eq(word_pack(&state, &policy), UINT64_C(3) << 61 | generation | UINT64_C(127) << 30 | 1);
	state = (struct breaker_state){ .phase = BREAKER_OPEN, .held = true, .generation = 0xabcdef };
	cr_assert_eq(word_pack(&state, &policy), UINT64_C(3) << 61 | generation);
	state = (struct breaker_state){
		.phase = BREAKER_HALF_OPEN, .generation = 0xabcdef, .reopenings = 3, .in_flight = 255,
		.successes = 254, .admitted = 1250 * MILLISECOND * 9,
	};
	cr_assert_eq(word_pack(&state, &policy), UINT64_C(1) << 63 | generation | UINT64_C(3) << 31 |
							 UINT64_C(255) << 23 | UINT64_C(254) << 15 | 10);
	cr_assert_eq(word_generation(UINT64_MAX), GENERATION_MASK);
	cr_assert_eq(word_phase(UINT64_C(1) << 62), BREAKER_OPEN);
	cr_assert_eq(word_phase(UINT64_C(2) << 62), BREAKER_HALF_OPEN);
	cr_assert_eq(word_phase(UINT64_MAX), BREAKER_CLOSED);
}

Test(word, what_does_not_fit_is_cut_down)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = { .generation = UINT32_MAX, .failures = 70000 };

	state = through(state, &policy, NOON);
	cr_assert_eq(state.generation, GENERATION_MASK);
	cr_assert_eq(state.failures, 65535);
}

Test(word, a_deadline_is_rounded_up_and_never_early)
{
	struct breaker_policy policy = plain_policy();

	cr_assert_eq(through(open_until(NOON), &policy, NOON).deadline % UNIT, 0);
	cr_assert_eq(through(open_until(100 * UNIT), &policy, 0).deadline, 100 * UNIT);
	cr_assert_eq(through(open_until(100 * UNIT + 1), &policy, 0).deadline, 101 * UNIT);
	cr_assert_eq(through(open_until(101 * UNIT - 1), &policy, 0).deadline, 101 * UNIT);
}

Test(word, a_deadline_is_read_as_the_value_nearest_to_now)
{
	struct breaker_policy policy = plain_policy();
	uint64_t span = UNIT << 31; /* 26 days */
	uint64_t far = 1000 * DAY - 1000 * DAY % UNIT;

	cr_assert_eq(through(open_until(far), &policy, far - 13 * DAY).deadline, far);
	cr_assert_eq(through(open_until(far), &policy, far + 12 * DAY).deadline, far);
	cr_assert_eq(through(open_until(far), &policy, far - span / 2 + UNIT).deadline, far);
	cr_assert_eq(through(open_until(far), &policy, far + span / 2).deadline, far);
	cr_assert_eq(through(open_until(far), &policy, far + span / 2 + UNIT).deadline, far + span);
}

Test(word, an_opening_forgotten_for_weeks_is_over)
{
	struct breaker_policy policy = plain_policy();

	for (uint64_t day = 0; day < 26; day++) {
		struct breaker_state state = through(open_until(NOON), &policy, NOON + day * DAY + SECOND);

		cr_assert_eq(state_advance(&state, &policy, NOON + day * DAY + SECOND), REASON_TIMEOUT_OVER, "day %d",
			     (int)day);
	}
}

Test(word, the_longest_opening_of_a_policy_survives_rounding)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = open_until(NOON + 1 + policy_open_time_max(&policy));

	state = through(state, &policy, NOON + 1);
	cr_assert_eq(state_advance(&state, &policy, NOON + 1), REASON_NONE);
}

Test(word, a_deadline_before_the_clock_began_has_passed)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = word_unpack(UINT64_C(1) << 62 | 0x7fffffff, &policy, 5);

	cr_assert_eq(state.deadline, 0);
	cr_assert_eq(state_advance(&state, &policy, 5), REASON_TIMEOUT_OVER);
}

Test(word, the_last_admission_is_rounded_up_to_an_eighth)
{
	struct breaker_policy policy = plain_policy();
	uint64_t eighth = 1250 * MILLISECOND;

	cr_assert_eq(through(probing_since(8 * eighth), &policy, 8 * eighth).admitted, 8 * eighth);
	cr_assert_eq(through(probing_since(8 * eighth + 1), &policy, 8 * eighth + 1).admitted, 9 * eighth);
	cr_assert_eq(through(probing_since(1), &policy, 1).admitted, eighth);
	cr_assert_eq(through(probing_since(0), &policy, NOON).admitted, 0);
}

Test(word, every_admission_is_told_from_none)
{
	struct breaker_policy policy = plain_policy();

	for (uint64_t i = 1; i <= 2 * 32768 + 2; i++) {
		uint64_t admitted = i * 1250 * MILLISECOND;

		if (through(probing_since(admitted), &policy, admitted).admitted != admitted)
			cr_assert_fail("eighth %" PRIu64, i);
	}
}

Test(word, a_probe_that_vanished_hours_ago_does_not_hold_its_place)
{
	struct breaker_policy policy = plain_policy();

	for (uint64_t passed = 12 * SECOND; passed < 4000 * 10 * SECOND; passed += 7 * SECOND) {
		struct breaker_state state = through(probing_since(NOON), &policy, NOON + passed);

		if (state_admit(&state, &policy, NOON + passed) != VERDICT_ADMITTED)
			cr_assert_fail("after %" PRIu64 " s", passed / SECOND);
	}
}

Test(word, an_admission_by_a_clock_reading_a_little_ahead_is_not_long_ago)
{
	struct breaker_policy policy = plain_policy();

	for (uint64_t ahead = 0; ahead <= 10 * SECOND; ahead += 100 * MILLISECOND) {
		struct breaker_state state = through(probing_since(NOON + ahead), &policy, NOON);

		cr_assert_eq(state_admit(&state, &policy, NOON), VERDICT_REFUSED);
	}
}

static bool in_range(const struct breaker_state *state, const struct breaker_policy *policy)
{
	if (state->generation > GENERATION_MASK)
		return false;
	switch (state->phase) {
	case BREAKER_CLOSED:
		return state->failures <= POLICY_FAILURES_MAX && state->reopenings == 0 && state->deadline == 0 &&
		       state->in_flight == 0 && state->successes == 0 && state->admitted == 0;
	case BREAKER_OPEN:
		return (!state_is_open_for_good(state) || state->deadline == 0) && state->failures == 0 &&
		       state->reopenings <= REOPENINGS_MAX && state->in_flight == 0 &&
		       state->successes == 0 && state->admitted == 0;
	case BREAKER_HALF_OPEN:
		return !state->held && !state->lasting && state->failures == 0 && state->reopenings <= REOPENINGS_MAX &&
		       state->deadline == 0 && state->in_flight <= policy->probes &&
		       state->successes < policy->successes;
	}
	return false;
}

static struct breaker_policy random_policy(uint64_t *seed)
{
	struct breaker_policy policy = plain_policy();

	policy.overdue = draw_below(seed, 4) == 0 ? 0 : 1 + draw_below(seed, 60 * SECOND);
	policy.probes = 1 + draw_below(seed, 4);
	policy.successes = 1 + draw_below(seed, 4);
	policy.timeout = 1 + draw_below(seed, 60 * SECOND);
	policy.max_timeout = policy.timeout + draw_below(seed, 60 * SECOND);
	policy.backoff = 1000 + draw_below(seed, 2000);
	policy.failures = 1 + draw_below(seed, 4);
	return policy;
}

Test(word, any_bits_are_a_valid_state_and_packing_settles_at_once)
{
	uint64_t seed = 2;

	for (int i = 0; i < 300000; i++) {
		struct breaker_policy policy = random_policy(&seed);
		uint64_t word = draw(&seed);
		uint64_t now = draw(&seed) >> draw_below(&seed, 64);
		struct breaker_state state = word_unpack(word, &policy, now);
		uint64_t once = word_pack(&state, &policy);
		struct breaker_state again = word_unpack(once, &policy, now);

		if (!in_range(&state, &policy))
			cr_assert_fail("%016" PRIx64 " unpacks to fields out of range", word);
		if (word_generation(word) != state.generation || word_phase(word) != state.phase)
			cr_assert_fail("%016" PRIx64 ": generation or phase", word);
		if (!same(&state, &again) || word_pack(&again, &policy) != once)
			cr_assert_fail("%016" PRIx64 " at %" PRIu64 " does not settle", word, now);
	}
}

Test(word, from_any_bits_calls_get_on)
{
	uint64_t seed = 3;

	for (int i = 0; i < 100000; i++) {
		struct breaker_policy policy = random_policy(&seed);
		uint64_t now = NOON + draw_below(&seed, 1000 * DAY);
		struct breaker_state state = word_unpack(draw(&seed), &policy, now);

		if (state.phase == BREAKER_OPEN && (state.held || state.lasting))
			continue;
		for (int wait = 0; wait < 5; wait++) {
			now += policy_open_time_max(&policy) + 2 * policy_vanished_after(&policy) + 2 * SECOND;
			state_advance(&state, &policy, now);
			if (state_admit(&state, &policy, now) == VERDICT_ADMITTED)
				break;
			state = through(state, &policy, now);
			if (wait == 4)
				cr_assert_fail("stuck");
		}
	}
}

Test(word, a_lasting_deadline_is_rounded_up_by_a_second_and_kept_for_years)
{
	struct breaker_policy policy = plain_policy();
	uint64_t starts[] = { 1, NOON, 3650 * DAY };
	uint64_t lengths[] = { SECOND, 13 * DAY, 14 * DAY, 27 * DAY, 365 * DAY };

	for (unsigned i = 0; i < 3; i++) {
		for (unsigned j = 0; j < 5; j++) {
			struct breaker_state state = {
				.phase = BREAKER_OPEN, .lasting = true, .held = j % 2, .deadline = starts[i] + lengths[j],
			};
			struct breaker_state read = word_unpack(word_pack(&state, &policy), &policy, starts[i]);

			cr_assert_geq(read.deadline, state.deadline);
			cr_assert_lt(read.deadline - state.deadline, STATE_TRIP_ROUNDING);
			cr_assert_eq(read.held, state.held);
			cr_assert(read.lasting);
			cr_assert_eq(state_advance(&read, &policy, state.deadline), REASON_NONE);
			cr_assert_eq(state_advance(&read, &policy, read.deadline + 1), REASON_TIMEOUT_OVER);
		}
	}
}

Test(word, a_lasting_deadline_of_another_clock_is_over)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = { .phase = BREAKER_OPEN, .lasting = true, .deadline = 400 * DAY };
	struct breaker_state read = word_unpack(word_pack(&state, &policy), &policy, DAY);

	cr_assert_eq(state_advance(&read, &policy, DAY), REASON_TIMEOUT_OVER);
}

Test(word, what_surely_refuses_is_open_and_stays_so)
{
	uint64_t seed = 4;
	unsigned sure = 0;

	for (int i = 0; i < 300000; i++) {
		struct breaker_policy policy = random_policy(&seed);
		uint64_t now = NOON + draw_below(&seed, 1000 * DAY);
		struct breaker_state state = open_until(now + draw_below(&seed, 100 * SECOND) - 20 * SECOND);
		uint64_t word = draw_below(&seed, 2) ? draw(&seed) : word_pack(&state, &policy);

		state = word_unpack(word, &policy, now);
		if (!word_refuses(word, &policy, now))
			continue;
		sure++;
		if (state_advance(&state, &policy, now) != REASON_NONE || state.phase != BREAKER_OPEN || state.held)
			cr_assert_fail("%016" PRIx64 " at %" PRIu64, word, now);
	}
	cr_assert_gt(sure, 1000);
}

Test(word, an_opening_by_the_policy_surely_refuses_until_its_last_unit)
{
	struct breaker_policy policy = plain_policy();
	uint64_t word;
	struct breaker_state state = open_until(NOON + policy.timeout);

	word = word_pack(&state, &policy);
	cr_assert(word_refuses(word, &policy, NOON + UNIT));
	cr_assert(word_refuses(word, &policy, NOON + policy.timeout - UNIT));
	cr_assert_not(word_refuses(word, &policy, NOON + policy.timeout + UNIT));
	state.held = true;
	cr_assert_not(word_refuses(word_pack(&state, &policy), &policy, NOON));
	cr_assert_not(word_refuses(0, &policy, NOON));
}

Test(word, a_phase_of_three_is_closed_without_failures_in_the_same_generation)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = word_unpack(UINT64_MAX, &policy, NOON);
	struct breaker_state closed = state_initial(GENERATION_MASK);

	cr_assert(same(&state, &closed));
}

Test(word, a_half_open_word_with_all_its_successes_is_not_stuck)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = word_unpack(UINT64_C(2) << 62 | UINT64_C(255) << 15, &policy, NOON);

	cr_assert_eq(state.successes, 1);
	cr_assert_eq(state_admit(&state, &policy, NOON), VERDICT_ADMITTED);
}

Test(word, quiet_is_closed_without_failures_held_or_not)
{
	struct breaker_policy policy = plain_policy();
	struct breaker_state state = state_initial(GENERATION_MASK);
	struct breaker_state open = open_until(0);
	struct breaker_state half_open = { .phase = BREAKER_HALF_OPEN };

	cr_assert(word_is_quiet(0));
	cr_assert(word_is_quiet(word_pack(&state, &policy)));
	state.held = true;
	cr_assert(word_is_quiet(word_pack(&state, &policy)));
	state.failures = 1;
	cr_assert_not(word_is_quiet(word_pack(&state, &policy)));
	cr_assert_not(word_is_quiet(word_pack(&open, &policy)));
	cr_assert_not(word_is_quiet(word_pack(&half_open, &policy)));
}

/* The same steps on a value and on words; apart from rounding they agree. */

struct pair {
	struct breaker_state value;
	uint64_t word;
};

static void restart(struct pair *pair, const struct breaker_policy *policy)
{
	pair->word = word_pack(&pair->value, policy);
}

/* True when rounding may make a difference at `now`: after a time on the value, not yet after it on the word. */
static bool in_rounding(const struct pair *pair, const struct breaker_policy *policy, uint64_t now)
{
	uint64_t vanished = policy_vanished_after(policy);
	struct breaker_state state = word_unpack(pair->word, policy, now);

	if (state.phase == BREAKER_OPEN)
		return now > pair->value.deadline && now <= state.deadline;
	if (state.phase == BREAKER_HALF_OPEN && pair->value.admitted != 0)
		return now > pair->value.admitted + vanished && now <= state.admitted + vanished;
	return false;
}

static bool rounded_as_documented(const struct breaker_state *exact, const struct breaker_state *rounded,
				  const struct breaker_policy *policy)
{
	struct breaker_state copy = *rounded;

	if (exact->phase == BREAKER_OPEN) {
		if (rounded->deadline < exact->deadline || rounded->deadline - exact->deadline >= UNIT)
			return false;
		copy.deadline = exact->deadline;
	}
	if (exact->admitted != 0) {
		uint64_t late = rounded->admitted - exact->admitted;

		if (rounded->admitted < exact->admitted || late >= policy_eighth(policy_vanished_after(policy)))
			return false;
		copy.admitted = exact->admitted;
	}
	return same(exact, &copy);
}

/* One step; the same verdict, reason and lateness from both. */
static bool step(struct pair *pair, const struct breaker_policy *policy, uint64_t now, uint64_t *seed)
{
	struct breaker_state state = word_unpack(pair->word, policy, now);
	enum breaker_outcome outcome = draw_below(seed, 4);
	uint32_t generation = state.generation - (draw_below(seed, 8) == 0);
	uint32_t random = draw(seed);
	enum breaker_reason reasons[2];
	bool late[2] = { false, false };
	bool agree = state_advance(&pair->value, policy, now) == state_advance(&state, policy, now);

	switch (draw_below(seed, 20)) {
	case 0:
		state_trip(&pair->value, policy, now, 0, random % 4 == 0, random);
		state_trip(&state, policy, now, 0, random % 4 == 0, random);
		break;
	case 1:
		state_reset(&pair->value, random % 4 == 0);
		state_reset(&state, random % 4 == 0);
		break;
	case 2: case 3: case 4: case 5: case 6: case 7: case 8: case 9:
		agree = agree && state_admit(&pair->value, policy, now) == state_admit(&state, policy, now);
		break;
	default:
		reasons[0] = state_report(&pair->value, policy, generation, outcome, 1, NULL, now, random, &late[0]);
		reasons[1] = state_report(&state, policy, generation, outcome, 1, NULL, now, random, &late[1]);
		agree = agree && reasons[0] == reasons[1];
	}
	pair->word = word_pack(&state, policy);
	return agree && late[0] == late[1];
}

Test(word, transitions_on_words_agree_with_transitions_on_values)
{
	uint64_t seed = 4;
	unsigned phases[3] = { 0 };

	for (int trace = 0; trace < 300; trace++) {
		struct breaker_policy policy = random_policy(&seed);
		struct pair pair = { .value = state_initial(draw(&seed)) };
		uint64_t now = NOON + draw_below(&seed, 100 * DAY);

		restart(&pair, &policy);
		for (int i = 0; i < 500; i++) {
			struct breaker_state state;

			now += draw_below(&seed, 3) == 0 ? draw_below(&seed, 20 * SECOND) : draw_below(&seed, 5);
			while (in_rounding(&pair, &policy, now))
				now += 1 + draw_below(&seed, UNIT);
			if (!step(&pair, &policy, now, &seed))
				cr_assert_fail("trace %d, step %d differ", trace, i);
			state = word_unpack(pair.word, &policy, now);
			if (!rounded_as_documented(&pair.value, &state, &policy))
				cr_assert_fail("trace %d, step %d: states differ", trace, i);
			phases[state.phase]++;
		}
	}
	for (int i = 0; i < 3; i++)
		cr_assert_gt(phases[i], 10000, "%s only %u times", phase_name(i), phases[i]);
}
