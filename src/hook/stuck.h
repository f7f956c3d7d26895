/* SPDX-License-Identifier: MIT */
/*
 * stuck.h - exchanges of this process that wait for longer than slow-call: counted while they still do.
 *
 * Whoever asks for admission looks for them first, but not before the first of them can be there: one word of the
 * process says when. A walk then goes through the records, and asks the kernel of each that is too old. It is made at
 * most once in an eighth of the shortest slow-call.
 *
 * The word is only a hint, and relaxed: it is lowered by who begins an exchange, and taken (to "never") by who walks.
 * Dying in between is the death of the process. After a longjmp out of a walk the next exchange sets it anew. errno is
 * kept; any thread, signal handler or child.
 */
#ifndef CUTOUT_HOOK_STUCK_H
#define CUTOUT_HOOK_STUCK_H

#include <stdatomic.h>
#include <stdint.h>

#include "hook/call.h"

extern _Atomic uint64_t stuck_walk_at; /* ns; no exchange is stuck before */

void stuck_lower(uint64_t to);
void stuck_walk(uint64_t now);

/* An exchange begins at `now`, and may wait for `limit` ns (0: for ever). */
static inline void stuck_after(uint64_t now, uint64_t limit)
{
	if (limit != 0 && now + limit < atomic_load_explicit(&stuck_walk_at, memory_order_relaxed) && now + limit > now)
		stuck_lower(now + limit);
}

/* Somebody asks for admission, by a circuit that may be closed: an open one has nothing that could count. */
static inline void stuck_sweep(uint64_t now)
{
	if (now >= atomic_load_explicit(&stuck_walk_at, memory_order_relaxed))
		stuck_walk(now);
}

/* What the kernel knows of a call that waits. */
enum stuck_finding {
	STUCK_GONE,     /* the socket is another's by now */
	STUCK_SILENT,   /* no byte has come */
	STUCK_ANSWERED, /* one has, and was not read by way of a hook */
};

/* Answered: call->admitted.began is moved on, so that it took as long as the answer did. */
enum stuck_finding stuck_look(struct call *call, uint64_t now);

#endif
