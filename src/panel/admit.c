/* SPDX-License-Identifier: MIT */
/*
 * admit.c - may this call be made? Load, compute, compare-and-swap; report.h has the protocol of the word.
 *
 * Moved here: from open to half-open (by whoever asks first once the time is over), and each probe's
 * admission. Dying after a probe's admission leaves its place taken until it counts as vanished.
 * What every call through a closed circuit does is inline: two loads, a place in the ring and a count. What few do (a
 * sweep, a probe) is apart.
 *
 * Any thread, signal handler or child; no lock, no allocation, no errno; at a change of state getpid().
 */
#include <errno.h>

#include "base/duration.h"
#include "base/hot.h"
#include "breaker/word.h"
#include "panel/counts.h"
#include "panel/inflight.h"
#include "panel/report.h"
#include "panel/slot.h"
#include "panel/tape.h"

#define TOUCH_EVERY (NSEC_PER_SEC / 16)

/* A function by itself, so that who does not need it does not save registers for it. */
#define APART __attribute__((noinline))

/* About when it was last asked: written 16 times a second at most, so that the line stays shared. */
static inline void touch(struct panel_slot *slot, uint64_t now)
{
	uint64_t used = atomic_load_explicit(&slot->used, memory_order_relaxed);

	if (now - used + TOUCH_EVERY > 2 * TOUCH_EVERY)
		atomic_store_explicit(&slot->used, now, memory_order_relaxed);
}

/* Pairs with the release of whoever moved it. */
static uint64_t load_word(const struct panel_slot *slot)
{
	return atomic_load_explicit(&slot->word, memory_order_acquire);
}

/* --- overdue calls of others --- */

static APART void sweep(struct panel_seat seat, const struct breaker_policy *policy, struct inflight_ring ring,
		       uint32_t slice, enum breaker_outcome outcome, bool long_ago, uint64_t now,
		       struct change_list *list)
{
	struct results stuck = {
		.status = seat.status,
		.outcome = outcome,
		.error = ETIMEDOUT,
		.elapsed = COUNTS_UNTIMED,
	};
	uint64_t word = load_word(seat.slot);

	if (slot_is_gone(&seat, word))
		return;
	stuck.generation = word_generation(word);
	stuck.count = inflight_sweep(&ring, stuck.generation, slice, long_ago);
	if (stuck.count > 0)
		report_results(seat.slot, policy, &stuck, now, list);
}

/* A ring, and the slice of it that is now. */
struct ring_now {
	struct inflight_ring ring;
	uint32_t slice;
};

static inline struct ring_now ring_now(struct inflight_ring ring, uint64_t now)
{
	return (struct ring_now){ ring, ring_slice(ring.limit, now) };
}

/* Nobody has looked for overdue calls in this slice. */
static inline bool is_due(struct ring_now at)
{
	return inflight_sweep_may_be_due(&at.ring, at.slice);
}

/* --- the decision --- */

enum answer {
	ANSWER_REFUSED,
	ANSWER_ADMITTED,
	ANSWER_GONE,  /* it is not the breaker that was found */
	ANSWER_MOVED, /* others were faster: *word is what they left */
};

/* One round, in a state that admits nobody without being moved. What it is moved to is in *word. */
static APART enum answer try_probe(struct panel_slot *slot, const struct breaker_policy *policy, uint64_t now,
				  uint64_t *word, struct change_list *list)
{
	struct breaker_state before = word_unpack(*word, policy, now), after = before;
	enum breaker_reason reason = state_advance(&after, policy, now);
	enum breaker_verdict verdict = state_admit(&after, policy, now);
	uint64_t next = word_pack(&after, policy);

	if (verdict == VERDICT_REFUSED && reason == REASON_NONE)
		return ANSWER_REFUSED;
	if (reason != REASON_NONE)
		change_note(list, slot);
	if (!atomic_compare_exchange_strong_explicit(&slot->word, word, next, memory_order_acq_rel,
						     memory_order_acquire))
		return ANSWER_MOVED;
	*word = next;
	if (reason != REASON_NONE)
		change_happened(slot, &before, &after, reason, now, list);
	return verdict == VERDICT_ADMITTED ? ANSWER_ADMITTED : ANSWER_REFUSED;
}

/* *word is what was loaded, and then the one that admits. */
static inline enum answer decide(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now,
				 uint64_t *word, struct change_list *list)
{
	for (unsigned i = 0; i < PANEL_TRIES; i++) {
		enum answer answer;

		if (slot_is_gone(&seat, *word))
			return ANSWER_GONE;
		if (word_phase(*word) == BREAKER_CLOSED)
			return ANSWER_ADMITTED;
		answer = try_probe(seat.slot, policy, now, word, list);
		if (answer != ANSWER_MOVED)
			return answer;
	}
	return ANSWER_REFUSED;
}

/* --- admission --- */

/* `word` admits it. */
static inline void begin(struct panel_seat seat, uint64_t word, struct ring_now at, enum ring_kind kind, uint64_t now,
			 struct panel_call *call)
{
	uint32_t generation = word_generation(word);

	*call = (struct panel_call){
		.slot = seat.slot,
		.status = seat.status,
		.began = now,
		.generation = generation,
		.place = at.slice | inflight_begin(at.ring.cells, at.ring.limit, generation, at.slice, kind) |
			 (kind == RING_PENDING ? PANEL_CALL_PENDING | PANEL_CALL_EXCHANGE : 0),
		.tape = tape_begin(seat.slot, now),
	};
	if (word_phase(word) == BREAKER_HALF_OPEN) {
		call->place |= PANEL_CALL_PROBE;
		counts_add(&seat.slot->totals[TOTAL_PROBES], 1);
	}
}

/* What may be asked for. */
struct request {
	bool exchange; /* a connect waits from its beginning, an exchange pends (inflight.h) */
	bool goes_on;  /* it is counted among the calls already */
};

/* What an admission looks at. */
struct asked {
	struct panel_seat seat;
	const struct breaker_policy *policy;
	struct ring_now handshakes, exchanges;
	uint64_t now;
};

static inline enum breaker_verdict let_in(const struct asked *asked, uint64_t word, struct request request,
					  struct panel_call *call)
{
	begin(asked->seat, word, request.exchange ? asked->exchanges : asked->handshakes,
	      request.exchange ? RING_PENDING : RING_WAITING, asked->now, call);
	if (!request.goes_on)
		counts_add(&asked->seat.slot->totals[TOTAL_CALLS], 1);
	return VERDICT_ADMITTED;
}

/* True: the word may have moved. */
static inline bool sweep_if_due(const struct asked *asked, struct ring_now at, enum breaker_outcome outcome,
				struct change_list *list)
{
	bool long_ago;

	if (!inflight_sweep_is_due(&at.ring, asked->now, at.slice, &long_ago))
		return false;
	sweep(asked->seat, asked->policy, at.ring, at.slice, outcome, long_ago, asked->now, list);
	return true;
}

/*
 * While the circuit is open no call is in flight that could count: nothing to sweep. A handshake that takes too long is
 * a failure; an answer that does is slow, which may be one or not.
 */
static APART enum breaker_verdict ask(struct asked asked, struct request request, struct panel_call *call,
				      struct panel_change changes[2])
{
	struct change_list list;
	uint64_t word;

	change_list_begin(&list, changes);
	word = load_word(asked.seat.slot);
	if (word_phase(word) != BREAKER_OPEN) {
		bool swept = sweep_if_due(&asked, asked.handshakes, OUTCOME_FAILURE, &list);

		if (sweep_if_due(&asked, asked.exchanges, OUTCOME_SLOW, &list) || swept)
			word = load_word(asked.seat.slot);
	}
	switch (decide(asked.seat, asked.policy, asked.now, &word, &list)) {
	case ANSWER_GONE:
		/* It has made room: nobody is to be told how the call ends. */
		call->slot = NULL;
		return VERDICT_ADMITTED;
	case ANSWER_ADMITTED:
		return let_in(&asked, word, request, call);
	case ANSWER_REFUSED:
	case ANSWER_MOVED:
		break;
	}
	return VERDICT_REFUSED;
}

static inline void nothing_changed(struct panel_change changes[2])
{
	changes[0].reason = REASON_NONE;
	changes[1].reason = REASON_NONE;
}

/*
 * The one way in: connects and exchanges differ in what they request, and in what their refusal is counted as. Who is
 * not let in at once, by a closed circuit with nothing to sweep, is looked at again, whole.
 */
static inline __attribute__((always_inline)) enum breaker_verdict
admit(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now, struct request request,
      struct panel_call *call, struct panel_change changes[2])
{
	const struct asked asked = {
		.seat = seat,
		.policy = policy,
		.handshakes = ring_now(inflight_handshakes(seat.slot, policy), now),
		.exchanges = ring_now(inflight_exchanges(seat.slot, policy), now),
		.now = now,
	};
	uint64_t word = load_word(seat.slot);

	nothing_changed(changes);
	if (word >> WORD_PHASE_SHIFT == BREAKER_CLOSED && !slot_is_gone(&seat, word) && !is_due(asked.handshakes) &&
	    !is_due(asked.exchanges))
		return let_in(&asked, word, request, call);
	return ask(asked, request, call, changes);
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

HOT bool panel_refuse_at_once(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now, uint64_t until,
			      enum panel_refusal refusal)
{
	uint64_t word;

	touch(seat.slot, now);
	word = load_word(seat.slot);
	if (!word_refuses(word, policy, until) || slot_is_gone(&seat, word))
		return false;
	panel_refuse(seat.slot, refusal);
	return true;
}

HOT static APART enum breaker_verdict admit_connect(struct panel_seat seat, const struct breaker_policy *policy,
						    uint64_t now, enum panel_refusal refusal, struct panel_call *call,
						    struct panel_change changes[2])
{
	const struct request connect = { .exchange = false };

	if (admit(seat, policy, now, connect, call, changes) == VERDICT_ADMITTED)
		return VERDICT_ADMITTED;
	panel_refuse(seat.slot, refusal);
	return VERDICT_REFUSED;
}

HOT enum breaker_verdict panel_admit(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now,
				     enum panel_refusal refusal, struct panel_call *call,
				     struct panel_change changes[2])
{
	if (!panel_refuse_at_once(seat, policy, now, now, refusal))
		return admit_connect(seat, policy, now, refusal, call, changes);
	nothing_changed(changes);
	return VERDICT_REFUSED;
}

/* The call of a parked connect ends where it is refused. */
HOT enum breaker_verdict panel_admit_exchange(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now,
					      bool parked, struct panel_call *call, struct panel_change changes[2])
{
	const struct request exchange = { .exchange = true, .goes_on = parked };

	touch(seat.slot, now);
	if (admit(seat, policy, now, exchange, call, changes) == VERDICT_ADMITTED)
		return VERDICT_ADMITTED;
	if (parked)
		counts_add(&seat.slot->totals[TOTAL_LATE], 1);
	return VERDICT_REFUSED;
}

/* --- without asking for admission --- */

HOT bool panel_seems_open(const struct panel_slot *slot)
{
	return word_phase(atomic_load_explicit(&slot->word, memory_order_relaxed)) == BREAKER_OPEN;
}

bool panel_has_run_of_failures(const struct panel_slot *slot)
{
	uint64_t word = atomic_load_explicit(&slot->word, memory_order_relaxed);

	return word_phase(word) == BREAKER_CLOSED && (word & WORD_FAILURES_MASK) != 0;
}

bool panel_is_open(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now)
{
	/* Acquire: slot_is_gone(). */
	uint64_t word = atomic_load_explicit(&seat.slot->word, memory_order_acquire);
	struct breaker_state state = word_unpack(word, policy, now);

	state_advance(&state, policy, now);
	return state.phase == BREAKER_OPEN && !slot_is_gone(&seat, word);
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
