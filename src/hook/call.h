/* SPDX-License-Identifier: MIT */
/*
 * call.h - the connects that this process has begun and not yet seen the end of.
 *
 * A non-blocking connect outlives the hook that began it, so it gets a record, to which the words of
 * its descriptors (fdtable.h; more than one after dup) refer by number and serial. There are CALLS_MAX
 * of them; a call that finds none free is not followed and ends as ignored.
 *
 * A record's word says everything that changes:
 *
 *   63..32 serial   31..8 how many descriptors refer to it   7..0 state
 *
 * and moves by compare-and-swap. Its other fields are written between the claim (FREE to BUSY) and the
 * publication (to PENDING), and are read only by who then wins the record: a reader copies them first
 * and the compare-and-swap on the word proves that they were this call's. Who takes the record out
 * (to FREE, serial + 1) reports the call, so each is reported once. Fields are relaxed atomics; their
 * partner is the release/acquire of the word.
 *
 * Any thread or signal handler of the process that owns them. A record belongs to the process whose
 * mark it carries (owner.h): a forked child finds its parent's calls in its copy and leaves them alone. Dying between
 * claim and publication (a signal handler that jumps out) costs one record.
 */
#ifndef CUTOUT_HOOK_CALL_H
#define CUTOUT_HOOK_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "panel/panel.h"
#include "rules/rules.h"

enum { CALLS_MAX = 16384 };

enum call_state {
	CALL_FREE = 0,
	CALL_BUSY = 1,
	CALL_PENDING = 2,
	CALL_COUNTED = 3, /* was overdue and has been reported; kept, since a second connect is the same call */
};

/* What a record holds, copied out. */
struct call {
	struct panel_call admitted;
	const struct rule *rule;
	uint64_t cookie;
	bool fastopen;
	/* where it was found */
	uint64_t word;
	unsigned number;
	int fd; /* one of its descriptors; -1: not known */
};

/* Publishes a record and makes `fd` refer to it. False: no room, or not ours to write. */
bool call_follow(int fd, const struct call *call);

/*
 * The call that the descriptor refers to, if this process owns it. A stale reference is cleared with all that
 * was known of the descriptor: the kernel knows whether its connect is over, and what it is by now.
 */
bool call_of_descriptor(int fd, struct call *call);

/* The call in record `number`; for walks, 0 to calls_used() - 1, by a process that owns the table. */
bool call_of_number(unsigned number, struct call *call);
unsigned calls_used(void);

/* Takes the record out; only the winner may report it. `learnt`: flags for its descriptor (fdtable.h). */
bool call_take(const struct call *call, uint32_t learnt);

/* Marks it as reported while the kernel is still at it. Only the winner may report it. */
bool call_mark_counted(const struct call *call);

static inline bool call_is_counted(const struct call *call)
{
	return (call->word & 0xff) == CALL_COUNTED;
}

/* `to` is a duplicate of `from`. */
void call_share(int from, int to);

/* `fd` is about to refer to something else. True when it was the call's last descriptor. */
bool call_unshare(int fd, const struct call *call);

/* Some call of this process is being followed: one load. */
bool calls_pending(void);

#endif
