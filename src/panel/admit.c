/* SPDX-License-Identifier: MIT */
/*
 * admit.c - may this call be made? Load, compute, compare-and-swap; report.h has the protocol of the word.
 *
 * Moved here: from open to half-open (by whoever asks first once the time is over), and each probe's
 * admission. Dying after a probe's admission leaves its place taken until it counts as vanished.
 * Any thread, signal handler or child; no lock, no allocation, no errno; at a change of state getpid().
 */
#include <errno.h>

#include "base/duration.h"
#include "breaker/word.h"
#include "panel/counts.h"
#include "panel/inflight.h"
#include "panel/report.h"
#include "panel/slot.h"
#include "panel/tape.h"

#define TOUCH_EVERY (NSEC_PER_SEC / 16)

/* About when it was last asked: written 16 times a second at most, so that the line stays shared. */
static void touch(struct panel_slot *slot, uint64_t now)
{
	uint64_t used = atomic_load_explicit(&slot->used, memory_order_relaxed);

	if (now - used + TOUCH_EVERY > 2 * TOUCH_EVERY)
		atomic_store_explicit(&slot->used, now, memory_order_relaxed);
}

/* Who asks, and when: in the slice of either ring. */
struct asking {
	struct inflight_ring handshakes, exchanges;
	uint32_t handshake_slice, exchange_slice;
	uint64_t now;
};

static struct asking asking(struct panel_slot *slot, const struct breaker_policy *policy, uint64_t now)
{
	struct asking asking = {
		.handshakes = inflight_handshakes(slot, policy),
		.exchanges = inflight_exchanges(slot, policy),
		.now = now,
	};

	asking.handshake_slice = ring_slice(asking.handshakes.limit, now);
	asking.exchange_slice = ring_slice(asking.exchanges.limit, now);
	return asking;
}

static void sweep(const struct panel_seat *seat, const struct breaker_policy *policy, const struct inflight_ring *ring,
		  uint32_t slice, enum breaker_outcome outcome, uint64_t now, struct change_list *list)
{
	struct results stuck = { .outcome = outcome, .error = ETIMEDOUT };
	struct panel_slot *slot = seat->slot;
	uint64_t word;
	bool long_ago;

	if (!inflight_sweep_is_due(ring, now, slice, &long_ago))
		return;
	/* Pairs with the release of whoever moved it. */
	word = atomic_load_explicit(&slot->word, memory_order_acquire);
	if (slot_is_gone(seat, word))
		return;
	stuck.generation = word_generation(word);
	stuck.count = inflight_sweep(ring, stuck.generation, slice, long_ago);
	if (stuck.count > 0)
		report_results(slot, policy, &stuck, now, list);
}

/* A handshake that takes too long is a failure; an answer that does is slow, which may be one or not. */
static void sweep_both(const struct panel_seat *seat, const struct breaker_policy *policy, const struct asking *asking,
		       struct change_list *list)
{
	sweep(seat, policy, &asking->handshakes, asking->handshake_slice, OUTCOME_FAILURE, asking->now, list);
	sweep(seat, policy, &asking->exchanges, asking->exchange_slice, OUTCOME_SLOW, asking->now, list);
}

/* What the word says, and the state that it says so of. */
enum answer { ANSWER_REFUSED, ANSWER_ADMITTED, ANSWER_GONE /* it is not the breaker that was found */ };

static enum answer answer_of(enum breaker_verdict verdict)
{
	return verdict == VERDICT_ADMITTED ? ANSWER_ADMITTED : ANSWER_REFUSED;
}

static enum answer decide(const struct panel_seat *seat, const struct breaker_policy *policy, uint64_t now,
			  struct breaker_state *after, struct change_list *list)
{
	struct panel_slot *slot = seat->slot;
	/* Pairs with the release of whoever moved it. */
	uint64_t word = atomic_load_explicit(&slot->word, memory_order_acquire);

	for (unsigned i = 0; i < PANEL_TRIES; i++) {
		struct breaker_state before = word_unpack(word, policy, now);
		enum breaker_reason reason;
		enum breaker_verdict verdict;
		uint64_t next;

		if (slot_is_gone(seat, word))
			return ANSWER_GONE;
		*after = before;
		reason = state_advance(after, policy, now);
		verdict = state_admit(after, policy, now);
		if (verdict == VERDICT_REFUSED && reason == REASON_NONE)
			return ANSWER_REFUSED;
		if (after->phase == BREAKER_CLOSED)
			return answer_of(verdict);
		next = word_pack(after, policy);
		if (reason != REASON_NONE)
			change_note(list, slot);
		if (atomic_compare_exchange_strong_explicit(&slot->word, &word, next, memory_order_acq_rel,
							    memory_order_acquire)) {
			if (reason != REASON_NONE)
				change_happened(slot, &before, after, reason, now, list);
			return answer_of(verdict);
		}
	}
	return ANSWER_REFUSED;
}

void panel_refuse(struct panel_slot *slot, enum panel_refusal refusal)
{
	static const enum panel_total totals[] = {
		[PANEL_REFUSED] = TOTAL_REFUSED,
		[PANEL_WOULD_REFUSE] = TOTAL_WOULD_REFUSE,
		[PANEL_DIVERTED] = TOTAL_FALLBACK,
	};

	if (refusal != PANEL_UNCOUNTED)
		counts_add(&slot->totals[totals[refusal]], 1);
}

static bool certainly_refuses(const struct panel_seat *seat, const struct breaker_policy *policy, uint64_t now)
{
	uint64_t word;

	touch(seat->slot, now);
	/* Acquire: slot_is_gone(). Who is not refused looks again. */
	word = atomic_load_explicit(&seat->slot->word, memory_order_acquire);
	return word_refuses(word, policy, now) && !slot_is_gone(seat, word);
}

/* While it is open no call is in flight that could count: nothing to sweep. */
static enum answer ask(const struct panel_seat *seat, const struct breaker_policy *policy, const struct asking *asking,
		       struct breaker_state *state, struct change_list *list)
{
	if (word_phase(atomic_load_explicit(&seat->slot->word, memory_order_relaxed)) != BREAKER_OPEN)
		sweep_both(seat, policy, asking, list);
	return decide(seat, policy, asking->now, state, list);
}

static void begin(const struct panel_seat *seat, const struct inflight_ring *ring, const struct breaker_state *state,
		  uint64_t now, uint32_t slice, enum ring_kind kind, uint64_t tape, struct panel_call *call)
{
	*call = (struct panel_call){
		.slot = seat->slot,
		.status = seat->status,
		.began = now,
		.generation = state->generation,
		.slice = slice,
		.in_ring = inflight_begin(ring, state->generation, slice, kind),
		.pending = kind == RING_PENDING,
		.probe = state->phase == BREAKER_HALF_OPEN,
		.tape = tape,
	};
	if (call->probe)
		counts_add(&seat->slot->totals[TOTAL_PROBES], 1);
}

bool panel_seems_open(const struct panel_slot *slot)
{
	return word_phase(atomic_load_explicit(&slot->word, memory_order_relaxed)) == BREAKER_OPEN;
}

bool panel_is_open(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now)
{
	/* Acquire: slot_is_gone(). */
	uint64_t word = atomic_load_explicit(&seat.slot->word, memory_order_acquire);
	struct breaker_state state = word_unpack(word, policy, now);

	state_advance(&state, policy, now);
	return state.phase == BREAKER_OPEN && !slot_is_gone(&seat, word);
}

static enum breaker_verdict refuse(struct panel_slot *slot, enum panel_refusal refusal)
{
	panel_refuse(slot, refusal);
	return VERDICT_REFUSED;
}

/* It has made room: nobody is to be told how the call ends. */
static enum breaker_verdict pass(struct panel_call *call)
{
	call->slot = NULL;
	return VERDICT_ADMITTED;
}

enum breaker_verdict panel_admit(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now,
				 enum panel_refusal refusal, struct panel_call *call, struct panel_change changes[2])
{
	struct panel_slot *slot = seat.slot;
	struct breaker_state state;
	struct change_list list;
	struct asking asks;

	change_list_begin(&list, changes);
	if (certainly_refuses(&seat, policy, now))
		return refuse(slot, refusal);
	asks = asking(slot, policy, now);
	switch (ask(&seat, policy, &asks, &state, &list)) {
	case ANSWER_REFUSED:
		return refuse(slot, refusal);
	case ANSWER_GONE:
		return pass(call);
	case ANSWER_ADMITTED:
		break;
	}
	begin(&seat, &asks.handshakes, &state, now, asks.handshake_slice, RING_WAITING, tape_begin(slot, now), call);
	counts_add(&slot->totals[TOTAL_CALLS], 1);
	return VERDICT_ADMITTED;
}

/* The call of a parked connect ends here. */
static enum breaker_verdict pass_by(struct panel_slot *slot, bool parked)
{
	if (parked)
		counts_add(&slot->totals[TOTAL_LATE], 1);
	return VERDICT_REFUSED;
}

enum breaker_verdict panel_admit_exchange(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now,
					  bool parked, struct panel_call *call, struct panel_change changes[2])
{
	struct panel_slot *slot = seat.slot;
	struct breaker_state state;
	struct change_list list;
	struct asking asks;

	change_list_begin(&list, changes);
	if (certainly_refuses(&seat, policy, now))
		return pass_by(slot, parked);
	asks = asking(slot, policy, now);
	switch (ask(&seat, policy, &asks, &state, &list)) {
	case ANSWER_REFUSED:
		return pass_by(slot, parked);
	case ANSWER_GONE:
		return pass(call);
	case ANSWER_ADMITTED:
		break;
	}
	begin(&seat, &asks.exchanges, &state, now, asks.exchange_slice, RING_PENDING, tape_begin(slot, now), call);
	call->exchange = 1;
	if (!parked)
		counts_add(&slot->totals[TOTAL_CALLS], 1);
	return VERDICT_ADMITTED;
}

/* Once for each slot; dying before the generation is begun costs the display of since when. */
static void hold_open(const struct panel_seat *seat, const struct breaker_policy *policy, uint64_t now)
{
	struct change_list list = { .count = 0 };
	struct panel_slot *slot = seat->slot;
	/* Pairs with the release of whoever moved it. */
	uint64_t word = atomic_load_explicit(&slot->word, memory_order_acquire);
	struct breaker_state before, state;
	enum breaker_reason reason;

	if (word_phase(word) == BREAKER_OPEN || slot_is_gone(seat, word))
		return;
	change_note(&list, slot);
	before = state = word_unpack(word, policy, now);
	reason = state_trip(&state, policy, now, 0, true, 0);
	if (atomic_compare_exchange_strong_explicit(&slot->word, &word, word_pack(&state, policy), memory_order_acq_rel,
						    memory_order_relaxed))
		change_by_rule(slot, &before, &state, reason, now, &list);
}

void panel_deny(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now, enum panel_refusal refusal)
{
	touch(seat.slot, now);
	hold_open(&seat, policy, now);
	panel_refuse(seat.slot, refusal);
}
