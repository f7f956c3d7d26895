/* SPDX-License-Identifier: MIT */
/*
 * waiting.h - an exchange from its admission to its end: by an answer, without one, or by the program's leaving.
 *
 * Behind exchange.h, which says what the hooks saw. Each of these takes a copy of the connection's record, and does
 * nothing where that has moved on meanwhile. Any thread, signal handler or child. Errno may change where something
 * failed.
 */
#ifndef CUTOUT_HOOK_WAITING_H
#define CUTOUT_HOOK_WAITING_H

#include <stdbool.h>
#include <stdint.h>

#include "hook/record.h"

static inline bool waiting_is_asked_for(const struct call *call)
{
	return call->rule->policy.on == POLICY_ON_RESPONSE;
}

static inline bool waiting_is(const struct call *call)
{
	return call_state_of(call) == CALL_WAITING || call_state_of(call) == CALL_RECEIVING;
}

/* Its call, by who moved the record on. `parked`: it goes on with the connect's. */
enum breaker_verdict waiting_admit(struct call *call, bool parked, uint64_t now);
void waiting_report(struct call *call, enum breaker_outcome outcome, int error, uint64_t now);

/* A connection is closed on which nothing was sent, by who moved the record out of PARKED or FILLING. */
void waiting_end_unused(struct call *call, uint64_t now);

/* A thread is about to wait in a receive; the receive is over, and nothing came. */
void waiting_receive(struct call *call);
void waiting_receive_over(struct call *call);

/* A byte came (errno is kept); the receive had `error`; the connection is over, or another exchange may follow. */
void waiting_answered(struct call *call);
void waiting_came_to_nothing(struct call *call, int error);
void waiting_failed(struct call *call, int error, enum call_state then);

/* Something other than a receive had an error, which is the connection's end or no matter. */
void waiting_failed_by_error(struct call *call, int error);

/*
 * The program has no more use for the connection. False: its record has moved meanwhile. One that another thread is alone
 * with is given up, whatever was to become of it.
 */
bool waiting_left(struct call *call, enum call_state then);

#endif
