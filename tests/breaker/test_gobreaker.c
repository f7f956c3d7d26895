/* SPDX-License-Identifier: MIT */
/*
 * test_gobreaker.c - the breaker beside a small model of gobreaker v2 over long random traces.
 *
 * The model knows nothing of buckets: it keeps a list of what happened in the generation, with the
 * slice of each, and looks through it whenever it is asked. It departs from gobreaker where
 * cutout does: a result belongs to the slice in which it arrives, a fixed window that is over
 * drops what it holds but no calls in flight, and a rate is of finished calls.
 *
 * Times are small numbers, so that traces meet every boundary often.
 */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "breaker/breaker.h"
#include "support.h"

enum { STEPS = 1000, TRACES = 150, CALLS = 8, SLICE = 10, TIMEOUT = 35 };

struct settings {
	unsigned failures;
	unsigned percent; /* 0: no rate */
	unsigned min_calls;
	uint64_t interval; /* 0: no window */
	uint64_t period;   /* of a bucket; 0: a fixed window */
	unsigned max_requests;
};

struct happening {
	uint64_t age;
	enum { REQUEST, SUCCESS, FAILURE, EXCLUSION } what;
};

struct model {
	struct settings settings;
	enum breaker_phase state;
	unsigned generation;
	uint64_t start;
	uint64_t age;
	unsigned happened;
	struct happening happenings[2 * STEPS];
};

static void model_enter(struct model *model, enum breaker_phase state, uint64_t now)
{
	model->state = state;
	model->generation++;
	model->start = now;
	model->age = 0;
	model->happened = 0;
}

static void model_look(struct model *model, uint64_t now)
{
	const struct settings *s = &model->settings;

	if (model->state == BREAKER_OPEN && now > model->start + TIMEOUT)
		model_enter(model, BREAKER_HALF_OPEN, now);
	if (model->state != BREAKER_CLOSED || s->interval == 0)
		return;
	if (s->period != 0) {
		model->age = (now - model->start) / s->period;
	} else if (now > model->start + s->interval) {
		model->start = now;
		model->happened = 0;
	}
}

static void model_note(struct model *model, int what)
{
	model->happenings[model->happened++] = (struct happening){ .age = model->age, .what = what };
}

/* Looks back until it meets something that the window no longer holds. */
static struct breaker_counts model_counts(const struct model *model)
{
	const struct settings *s = &model->settings;
	struct breaker_counts counts = { 0 };
	bool run_of_successes = true, run_of_failures = true;

	for (unsigned i = model->happened; i-- > 0;) {
		const struct happening *happening = &model->happenings[i];

		if (s->period != 0 && model->age - happening->age >= s->interval / s->period)
			break;
		run_of_successes = run_of_successes && happening->what != FAILURE;
		run_of_failures = run_of_failures && happening->what != SUCCESS;
		counts.requests += happening->what == REQUEST;
		counts.successes += happening->what == SUCCESS;
		counts.failures += happening->what == FAILURE;
		counts.ignored += happening->what == EXCLUSION;
		counts.consecutive_successes += run_of_successes && happening->what == SUCCESS;
		counts.consecutive_failures += run_of_failures && happening->what == FAILURE;
	}
	return counts;
}

static bool model_begin(struct model *model, uint64_t now)
{
	struct breaker_counts counts;

	model_look(model, now);
	counts = model_counts(model);
	if (model->state == BREAKER_OPEN)
		return false;
	if (model->state == BREAKER_HALF_OPEN && counts.requests - counts.ignored >= model->settings.max_requests)
		return false;
	model_note(model, REQUEST);
	return true;
}

static bool model_ready_to_trip(const struct model *model)
{
	const struct settings *s = &model->settings;
	struct breaker_counts counts = model_counts(model);
	uint64_t finished = counts.successes + counts.failures;

	if (s->failures != 0 && counts.consecutive_failures >= s->failures)
		return true;
	return s->percent != 0 && finished >= s->min_calls && 100 * counts.failures >= s->percent * finished;
}

static void model_end(struct model *model, unsigned generation, enum breaker_outcome outcome, uint64_t now)
{
	model_look(model, now);
	if (generation != model->generation)
		return;
	if (outcome == OUTCOME_IGNORED) {
		model_note(model, EXCLUSION);
	} else if (outcome == OUTCOME_SUCCESS) {
		model_note(model, SUCCESS);
		if (model->state == BREAKER_HALF_OPEN &&
		    model_counts(model).consecutive_successes >= model->settings.max_requests)
			model_enter(model, BREAKER_CLOSED, now);
	} else {
		model_note(model, FAILURE);
		if (model->state == BREAKER_HALF_OPEN || model_ready_to_trip(model))
			model_enter(model, BREAKER_OPEN, now);
	}
}

static struct breaker_policy policy_of(const struct settings *settings)
{
	struct breaker_policy policy = plain_policy();

	policy.timeout = policy.max_timeout = TIMEOUT;
	policy.failures = settings->failures;
	policy.failure_rate = settings->percent * (POLICY_RATE_ONE / 100);
	policy.min_calls = settings->min_calls;
	policy.window = settings->interval;
	policy.buckets = settings->period == 0 ? 1 : settings->interval / settings->period;
	policy.probes = policy.successes = settings->max_requests;
	return policy;
}

/* Both, and the calls that are in flight. */
struct pair {
	struct model model;
	struct breaker breaker;
	struct breaker_policy policy;
	struct {
		bool is_open;
		unsigned generation;
		struct breaker_call call;
	} calls[CALLS];
	unsigned seen[3];
};

static bool alike(struct pair *pair)
{
	struct breaker_counts a = model_counts(&pair->model);
	struct breaker_counts b = breaker_counts(&pair->breaker, &pair->policy);

	pair->seen[pair->breaker.state.phase]++;
	return pair->model.state == pair->breaker.state.phase && a.requests == b.requests &&
	       a.successes == b.successes && a.failures == b.failures && a.ignored == b.ignored &&
	       a.consecutive_successes == b.consecutive_successes && a.consecutive_failures == b.consecutive_failures;
}

static uint64_t draw_pause(uint64_t *seed)
{
	static const uint64_t pauses[] = { 0, 0, 0, 0, 1, 1, 2, SLICE - 1, SLICE, SLICE + 1, TIMEOUT, TIMEOUT + 1 };

	if (draw_below(seed, 40) == 0)
		return draw_below(seed, 12 * SLICE);
	return draw_below(seed, 2) != 0 ? 0 : pauses[draw_below(seed, sizeof(pauses) / sizeof(pauses[0]))];
}

static enum breaker_outcome draw_outcome(uint64_t *seed, unsigned failing)
{
	if (draw_below(seed, 10) == 0)
		return OUTCOME_IGNORED;
	return draw_below(seed, 100) < failing ? OUTCOME_FAILURE : OUTCOME_SUCCESS;
}

static bool step(struct pair *pair, uint64_t now, unsigned failing, uint64_t *seed)
{
	unsigned i = draw_below(seed, CALLS);

	if (draw_below(seed, 10) == 0) {
		model_look(&pair->model, now);
		breaker_advance(&pair->breaker, &pair->policy, now);
	} else if (pair->calls[i].is_open) {
		enum breaker_outcome outcome = draw_outcome(seed, failing);

		pair->calls[i].is_open = false;
		model_end(&pair->model, pair->calls[i].generation, outcome, now);
		breaker_end(&pair->breaker, &pair->policy, &pair->calls[i].call, outcome, now, draw(seed));
	} else {
		bool admitted = model_begin(&pair->model, now);
		enum breaker_verdict verdict = breaker_begin(&pair->breaker, &pair->policy, now, &pair->calls[i].call);

		if (admitted != (verdict == VERDICT_ADMITTED))
			return false;
		pair->calls[i].is_open = admitted;
		pair->calls[i].generation = pair->model.generation;
	}
	return alike(pair);
}

static void compare(struct settings settings, uint64_t seed)
{
	static struct pair pair;
	unsigned seen[3] = { 0 };

	for (int trace = 0; trace < TRACES; trace++) {
		unsigned failing = 10 + draw_below(&seed, 85);
		uint64_t now = NOON;

		pair = (struct pair){ .model = { .settings = settings }, .policy = policy_of(&settings) };
		model_enter(&pair.model, BREAKER_CLOSED, now);
		breaker_init(&pair.breaker, now);
		for (int i = 0; i < STEPS; i++) {
			now += draw_pause(&seed);
			if (!step(&pair, now, failing, &seed))
				cr_assert_fail("trace %d, step %d, at %" PRIu64 ": %s, but the model is %s", trace, i,
					       now - NOON, phase_name(pair.breaker.state.phase),
					       phase_name(pair.model.state));
		}
		for (int i = 0; i < 3; i++)
			seen[i] += pair.seen[i];
	}
	for (int i = 0; i < 3; i++)
		cr_assert_gt(seen[i], 1000, "%s only %u times", phase_name(i), seen[i]);
}

Test(gobreaker, consecutive_failures_without_a_window)
{
	compare((struct settings){ .failures = 1, .max_requests = 1 }, 11);
	compare((struct settings){ .failures = 5, .max_requests = 1 }, 12);
	compare((struct settings){ .failures = 4, .max_requests = 3 }, 13);
}

Test(gobreaker, consecutive_failures_with_a_fixed_window)
{
	compare((struct settings){ .failures = 3, .max_requests = 1, .interval = 3 * SLICE }, 21);
	compare((struct settings){ .failures = 4, .max_requests = 2, .interval = SLICE }, 22);
}

Test(gobreaker, consecutive_failures_with_a_rolling_window)
{
	compare((struct settings){ .failures = 3, .max_requests = 1, .interval = 5 * SLICE, .period = SLICE }, 31);
	compare((struct settings){ .failures = 5, .max_requests = 2, .interval = 2 * SLICE, .period = SLICE }, 32);
	compare((struct settings){ .failures = 6, .max_requests = 5, .interval = 10 * SLICE, .period = SLICE }, 33);
}

Test(gobreaker, a_failure_rate_with_a_fixed_window)
{
	compare((struct settings){ .percent = 50, .min_calls = 4, .max_requests = 1, .interval = 4 * SLICE }, 41);
	compare((struct settings){ .percent = 100, .min_calls = 3, .max_requests = 4, .interval = SLICE }, 42);
}

Test(gobreaker, a_failure_rate_with_a_rolling_window)
{
	compare((struct settings){ .percent = 50, .min_calls = 4, .max_requests = 1, .interval = 60, .period = 1 }, 51);
	compare((struct settings){ .percent = 33, .min_calls = 9, .max_requests = 2, .interval = 5 * SLICE,
				   .period = SLICE }, 52);
	compare((struct settings){ .failures = 4, .percent = 70, .min_calls = 5, .max_requests = 3,
				   .interval = 3 * SLICE, .period = SLICE }, 53);
}
