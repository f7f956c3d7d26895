/* SPDX-License-Identifier: MIT */
/*
 * stuck.c - finding exchanges that wait for too long.
 */
#include "hook/stuck.h"

#include <errno.h>
#include <stdatomic.h>

#include "hook/handshake.h"
#include "hook/log.h"
#include "hook/record.h"

#define NEVER UINT64_MAX

_Atomic uint64_t stuck_walk_at = NEVER;

void stuck_lower(uint64_t to)
{
	uint64_t seen = atomic_load_explicit(&stuck_walk_at, memory_order_relaxed);

	while (seen > to && !atomic_compare_exchange_weak_explicit(&stuck_walk_at, &seen, to, memory_order_relaxed,
								   memory_order_relaxed))
		;
}

/* Some that the kernel has counted have not come by our hooks: they are there to be read, or others have read them. */
static bool has_unseen_bytes(const struct call *call, const struct handshake *seen)
{
	uint32_t received = record_received(&call_records[call->number], call->word);

	return seen->counts_bytes && (int32_t)(seen->received - received) > 0;
}

enum stuck_finding stuck_look(struct call *call, uint64_t now)
{
	struct handshake seen = handshake_look(call->fd, call->cookie);
	uint64_t age = now - call->admitted.began;

	if (seen.state == HANDSHAKE_GONE)
		return STUCK_GONE;
	if (!has_unseen_bytes(call, &seen))
		return STUCK_SILENT;
	call->admitted.began += seen.last_received < age ? seen.last_received : age;
	return STUCK_ANSWERED;
}

static void report(const struct call *call, enum breaker_outcome outcome, int error, uint64_t now)
{
	struct panel_change changes[2];
	struct panel_call ended = call->admitted;

	panel_report(&ended, &call->rule->policy, outcome, error, now, changes);
	log_changes(ended.slot, changes, now);
}

/* It will not be fast any more, but it may still be answered: a failure only where slow calls are. */
static void count(struct call *call, uint64_t now)
{
	switch (stuck_look(call, now)) {
	case STUCK_GONE:
		if (call_move(call, CALL_SPENT))
			report(call, OUTCOME_IGNORED, 0, now);
		break;
	case STUCK_SILENT:
		if (call_move(call, CALL_STUCK))
			report(call, OUTCOME_SLOW, ETIMEDOUT, now);
		break;
	case STUCK_ANSWERED:
		if (call_move(call, CALL_IDLE))
			report(call, outcome_of(&call->rule->policy, 0, now - call->admitted.began), 0, now);
		break;
	}
}

/* Returns when it will be stuck, NEVER if it waits for nothing; *grain is the shortest limit. */
static uint64_t look_at(unsigned number, uint64_t now, uint64_t *grain)
{
	struct call call;
	uint64_t limit;

	if (!call_of_number(number, &call) || call.fd < 0 ||
	    (call_state_of(&call) != CALL_WAITING && call_state_of(&call) != CALL_RECEIVING))
		return NEVER;
	limit = policy_answer_within(&call.rule->policy);
	if (limit == 0)
		return NEVER;
	*grain = limit < *grain ? limit : *grain;
	if (now <= call.admitted.began || now - call.admitted.began <= limit)
		return call.admitted.began + limit;
	count(&call, now);
	return NEVER;
}

static void walk(uint64_t now)
{
	uint64_t next = NEVER, grain = NEVER;

	for (unsigned i = 0; i < calls_used(); i++) {
		uint64_t at = look_at(i, now, &grain);

		next = at < next ? at : next;
	}
	if (next != NEVER)
		stuck_lower(next > now + grain / 8 ? next : now + grain / 8);
}

/* One at a time: who takes the word. */
void stuck_walk(uint64_t now)
{
	uint64_t seen = atomic_load_explicit(&stuck_walk_at, memory_order_relaxed);
	int saved = errno;

	if (now < seen || !atomic_compare_exchange_strong_explicit(&stuck_walk_at, &seen, NEVER, memory_order_relaxed,
								   memory_order_relaxed))
		return;
	if (owner_check() == OWNER_SELF)
		walk(now);
	errno = saved;
}
