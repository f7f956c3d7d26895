/* SPDX-License-Identifier: MIT */
/*
 * call.h - the connections that this process follows.
 *
 * A non-blocking connect outlives the hook that began it, and with some rules the whole connection matters: with
 * on=response each exchange on it is a call. Such a connection has a record, to which the words of its descriptors
 * (fdtable.h; more than one after dup) refer by number and serial. There are CALLS_MAX of them; a connection that
 * finds none free is not followed, and its call ends as ignored. Where no rule asks for more, a record ends with the
 * handshake, and established sockets cost what others do.
 *
 * A record's word says everything that changes:
 *
 *   63..40 serial   39..24 turn   23..4 how many descriptors refer to it   3..0 state
 *
 * and moves by compare-and-swap:
 *
 *   PENDING    the handshake is on               -> COUNTED, FILLING, FREE
 *   COUNTED    so it is; it was overdue and has been reported     -> IDLE, FREE
 *   FILLING    one thread is alone with it: a connect becomes PARKED or IDLE, an exchange begins
 *                                                -> PARKED, IDLE, WAITING, PASSED, REFUSED, FREE
 *   PARKED     connected, nothing sent: no call is in flight, the next exchange is part of the connect's call
 *                                                -> FILLING, IDLE, SPENT, FREE
 *   IDLE       between two exchanges             -> FILLING, SPENT, FREE
 *   WAITING    something was sent, and no byte has come since     -> RECEIVING, IDLE, STUCK, SPENT, FREE
 *   RECEIVING  so it is, and a thread is in a receive             -> WAITING, IDLE, STUCK, SPENT, FREE
 *   STUCK      WAITING, but slow-call is over and has been reported: what comes of it is late   -> IDLE, SPENT, FREE
 *   PASSED     WAITING, but of an exchange that is no call (its circuit did not take it)        -> IDLE, SPENT, FREE
 *   REFUSED    IDLE, and the last thing that it wanted to send was not sent                     -> SPENT, FREE
 *   SPENT      its end has been seen: no more calls               -> FREE
 *
 * The serial is counted up when a record becomes FREE, the turn with each FILLING. All other fields are written
 * between the claim (FREE to BUSY) and the publication, or by who moved it to FILLING, until he moves it on. Nobody
 * else does: who closes the connection meanwhile leaves no descriptor to it, who shuts it down or dissolves it takes
 * them away, and who finds none when he moves it on moves it to FREE instead. Elsewhere who leaves none frees it. A
 * reader copies them first, and its compare-and-swap, which names serial, turn and state, proves that they belonged
 * together and were this call's. (For that a thread would have to sleep through exactly 65,536 exchanges, or a
 * multiple of 16,777,216 connections.) Who moves a record out of PENDING, PARKED, WAITING or RECEIVING reports the call,
 * or goes on with it in FILLING, so each is reported once. Fields are relaxed atomics; their partner is the
 * release/acquire of the word.
 *
 * Any thread or signal handler of the process that owns them. A record belongs to the process whose mark it carries
 * (owner.h): a forked child finds its parent's in its copy and leaves them alone, which withdraws them there. The
 * parent keeps its exchanges; what the child reads in its place the kernel has counted (handshake.h). A vfork child
 * shares the table: it is asked where a descriptor is made, closed or duplicated; bytes that it sends are the
 * parent's exchange, as they are on the wire.
 *
 * Dying between claim and publication (a signal handler that jumps out) costs one record; between FILLING and
 * what follows it, one record and the exchanges of its connection, and its call is dropped. A thread that is cancelled
 * in a receive leaves RECEIVING to who closes the connection.
 */
#ifndef CUTOUT_HOOK_CALL_H
#define CUTOUT_HOOK_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "hook/owner.h"
#include "panel/panel.h"
#include "rules/rules.h"

enum { CALLS_MAX = 16384 };

enum call_state {
	CALL_FREE = 0,
	CALL_BUSY = 1,
	CALL_PENDING = 2,
	CALL_COUNTED = 3,
	CALL_PARKED = 4,
	CALL_IDLE = 5,
	CALL_FILLING = 6,
	CALL_WAITING = 7,
	CALL_RECEIVING = 8,
	CALL_STUCK = 9,
	CALL_PASSED = 10,
	CALL_REFUSED = 11,
	CALL_SPENT = 12,

	CALL_ESTABLISHED = CALL_PARKED, /* from here on the handshake is over */
};

/* What a record holds, copied out. */
struct call {
	struct panel_call admitted;
	const struct rule *rule;
	uint64_t cookie;
	bool fastopen;
	bool datagram; /* no handshake: PENDING until something comes back, or it is too old to say anything */
	/* where it was found */
	uint64_t word;
	unsigned number;
	int fd; /* one of its descriptors; -1: not known */
};

/* The rule wants its connections followed after the handshake. */
static inline bool call_outlives_handshake(const struct rule *rule)
{
	return rule->policy.on == POLICY_ON_RESPONSE || rule->shed == SHED_ALL;
}

/* Publishes a record, as PENDING, and makes `fd` refer to it. False: no room, or not ours to write. */
bool call_follow(int fd, const struct call *call);

/* The same for a connect that has succeeded, as FILLING: by us. *call becomes what call_of_descriptor() would say. */
bool call_follow_established(int fd, struct call *call);

/*
 * The call that the descriptor refers to, if this process owns it. A stale reference is cleared with all that
 * was known of the descriptor, but that it may hold a connection: the kernel knows the rest.
 */
bool call_of_descriptor(int fd, struct call *call);

/* The same for the way of bytes, without asking whose table it is; nothing is cleared. */
bool call_glance(int fd, struct call *call);

/* The call in record `number`; for walks, 0 to calls_used() - 1, by a process that owns the table. */
bool call_of_number(unsigned number, struct call *call);
unsigned calls_used(void);

/* Takes it out while its handshake is on; only the winner may report it. `learnt`: flags for its descriptor (fdtable.h). */
bool call_take(const struct call *call, uint32_t learnt);

/* Marks it as reported while the kernel is still at it. Only the winner may report it. */
bool call_mark_counted(const struct call *call);

/* The handshake is over and the record stays: FILLING, or IDLE when it was counted. True: it is FILLING by us. */
bool call_settle(struct call *call);

/*
 * From the state in which it was copied to `to`, if nothing but the count of its descriptors has changed since;
 * call->word follows. To CALL_FREE it is taken out. From FILLING by who moved it there, and false, too, when it had no
 * descriptor any more: it is FREE then.
 */
bool call_move(struct call *call, enum call_state to);

/* Takes its descriptors away from a record in FILLING, which who is alone with it then frees. False: it has moved on. */
bool call_give_up(const struct call *call);

static inline enum call_state call_state_of(const struct call *call)
{
	return (enum call_state)(call->word & 0xf);
}

static inline bool call_is_counted(const struct call *call)
{
	return call_state_of(call) == CALL_COUNTED;
}

static inline bool call_is_established(const struct call *call)
{
	return call_state_of(call) >= CALL_ESTABLISHED;
}

/* `to` is a duplicate of `from`; one beyond the table is no descriptor of the call. */
void call_share(int from, int to);

/* `fd` is about to refer to something else. True when it was the call's last descriptor. */
bool call_unshare(int fd, const struct call *call);

/* Some handshake of this process is being followed. */
static inline bool calls_pending(void)
{
	return atomic_load_explicit(&owner_page()->pending, memory_order_relaxed) != 0;
}

#endif
