/* SPDX-License-Identifier: MIT */
/*
 * breaker.h - a whole breaker in private memory: state, window and counts, exact to the nanosecond.
 *
 * What `cutout simulate` and the unit tests drive; the panel keeps the same parts in shared words.
 * A plain value, no synchronization: one thread at a time. Time must not go backwards between calls.
 */
#ifndef CUTOUT_BREAKER_BREAKER_H
#define CUTOUT_BREAKER_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "breaker/state.h"
#include "breaker/window.h"

/*
 * gobreaker's names. Of the current generation; with a window, of what the window reaches back to,
 * runs included: a run of failures counts those of its failures that the window still holds. A slow
 * call that is no failure (slow-rate) is a success here.
 */
struct breaker_counts {
	uint64_t requests;
	uint64_t successes;
	uint64_t failures;
	uint64_t ignored;
	uint64_t consecutive_successes;
	uint64_t consecutive_failures;
};

struct breaker {
	struct breaker_state state;
	struct breaker_window window;
	uint64_t run_successes;
	uint64_t run_failures;
	uint64_t since;     /* when the state was entered */
	uint64_t trips;     /* times it opened, reopenings included */
	uint64_t open_time; /* ns spent open, in generations that are over, each up to its deadline */
	uint64_t late;      /* results dropped */
};

/* One admitted call. */
struct breaker_call {
	uint32_t generation; /* BREAKER_CALL_COUNTED: was found overdue, its result will be dropped */
	uint64_t began;
};

/* Is no generation. */
#define BREAKER_CALL_COUNTED UINT32_MAX

/*
 * advance, begin and end all bring the breaker to `now` first. advance and end return the reason if that, or
 * the result, changed the state (never both); begin does not, so who wants to know calls advance before.
 */
void breaker_init(struct breaker *breaker, uint64_t now);
enum breaker_reason breaker_advance(struct breaker *breaker, const struct breaker_policy *policy, uint64_t now);
enum breaker_verdict breaker_begin(struct breaker *breaker, const struct breaker_policy *policy, uint64_t now,
				   struct breaker_call *call);
enum breaker_reason breaker_end(struct breaker *breaker, const struct breaker_policy *policy,
				const struct breaker_call *call, enum breaker_outcome outcome, uint64_t now,
				uint32_t random);

/* The call has been going on for strictly longer than `overdue`, and is not counted yet. */
bool breaker_call_is_overdue(const struct breaker_policy *policy, const struct breaker_call *call, uint64_t now);

/*
 * `count` calls admitted in `generation` were found overdue: they are failures at once (late ones, if the
 * generation is over). The caller sets call->generation of each to BREAKER_CALL_COUNTED, so that breaker_end()
 * drops, as late, what comes of them.
 */
enum breaker_reason breaker_stuck(struct breaker *breaker, const struct breaker_policy *policy, uint32_t generation,
				  unsigned count, uint64_t now, uint32_t random);

struct breaker_counts breaker_counts(const struct breaker *breaker, const struct breaker_policy *policy);

#endif
