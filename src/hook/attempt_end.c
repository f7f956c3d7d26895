/* SPDX-License-Identifier: MIT */
/*
 * attempt_end.c - what the return value of a connect, or of a send that is one, says of its call (attempt.h).
 */
#include <errno.h>

#include "base/clock.h"
#include "base/hot.h"
#include "hook/attempt.h"
#include "hook/call.h"
#include "hook/divert.h"
#include "hook/evidence.h"
#include "hook/exchange.h"
#include "hook/fdtable.h"
#include "hook/handshake.h"
#include "hook/holding.h"
#include "hook/log.h"

void attempt_end_ignored(struct attempt *attempt, uint64_t now)
{
	struct panel_change changes[2];

	panel_report(&attempt->call, &attempt->target.rule->policy, OUTCOME_IGNORED, 0, now, changes);
	log_changes(attempt->target.seat.slot, changes, now);
}

/* The call goes on without the thread. False when it cannot be followed, and has not ended yet. */
static bool follow(struct attempt *attempt)
{
	struct call call = {
		.rule = attempt->target.rule,
		.fastopen = attempt->fastopen,
		.datagram = attempt->protocol == PROTOCOL_UDP,
	};

	if (!panel_detach(&attempt->call))
		return true;
	call.admitted = attempt->call;
	call.cookie = handshake_cookie(attempt->fd);
	return call_follow(attempt->fd, &call);
}

HOT /* One that cannot be followed says nothing, and the program's next connect on the socket is still this call. */
static void end_on_its_way(struct attempt *attempt, uint64_t now)
{
	if (follow(attempt))
		return;
	attempt_end_ignored(attempt, now);
	fd_note(attempt->fd, FD_OWED);
}

static void end_admitted(struct attempt *attempt, int result, int error)
{
	uint64_t now = clock_now();
	uint64_t elapsed = now > attempt->call.began ? now - attempt->call.began : 0;

	if (attempt->protocol == PROTOCOL_UNIX) {
		evidence_report(&attempt->call, attempt->target.rule, result == 0 ? 0 : error, elapsed, now);
	} else if (attempt->protocol == PROTOCOL_UDP && result == 0) {
		if (!follow(attempt))
			attempt_end_ignored(attempt, now);
	} else if (result == 0 && !attempt->fastopen && call_outlives_handshake(attempt->target.rule)) {
		exchange_follows(attempt->fd, &attempt->call, attempt->target.rule, elapsed, now);
	} else if (result == 0 && !attempt->fastopen) {
		evidence_report(&attempt->call, attempt->target.rule, 0, elapsed, now);
		fd_note(attempt->fd, FD_CONNECTED);
	} else if (result == 0 || error == EINPROGRESS || error == EINTR) {
		end_on_its_way(attempt, now);
	} else {
		evidence_report(&attempt->call, attempt->target.rule, error, elapsed, now);
	}
}

/* A failure now; the handshake goes on, so that the program's next connect on the socket is still this call. */
static void end_impatiently(struct attempt *attempt)
{
	uint64_t now = clock_now();

	if (attempt->protocol != PROTOCOL_UNIX && follow(attempt))
		evidence_of_impatience(attempt->fd);
	else
		evidence_report(&attempt->call, attempt->target.rule, ETIMEDOUT, now - attempt->call.began, now);
}

/* In these words the kernel says that the time is over: of TCP at a first connect and at another one, of a path. */
static bool is_impatience(const struct attempt *attempt, int result, int error)
{
	if (!attempt->patience.shortened || result == 0)
		return false;
	return attempt->protocol == PROTOCOL_UNIX ? error == EAGAIN : error == EINPROGRESS || error == EALREADY;
}

/* Connected, or on the way: the socket's. A connect that is over and came to nothing holds nothing. */
static void end_hold(const struct attempt *attempt, int result, int error)
{
	if (result == 0 || error == EINPROGRESS || error == EINTR)
		holding_tie(attempt->fd, attempt->target.seat.slot, attempt->hold);
	else
		holding_drop(attempt->target.seat.slot, attempt->hold);
}

HOT int attempt_end(struct attempt *attempt, int result)
{
	enum attempt_kind kind = attempt->kind;
	int error = errno;
	bool impatient = is_impatience(attempt, result, error);

	attempt->kind = ATTEMPT_NONE;
	patience_restore(&attempt->patience, attempt->fd);
	end_hold(attempt, result, error);
	if (kind == ATTEMPT_ADMITTED && impatient)
		end_impatiently(attempt);
	else if (kind == ATTEMPT_ADMITTED)
		end_admitted(attempt, result, error);
	else if (kind == ATTEMPT_DIVERTED)
		divert_end(attempt, result, error);
	else if (kind == ATTEMPT_AGAIN && impatient)
		evidence_of_impatience(attempt->fd);
	else if (kind == ATTEMPT_AGAIN || kind == ATTEMPT_SETTLED)
		evidence_of_connect(attempt->fd, result, error);
	errno = impatient ? ETIMEDOUT : error;
	return result;
}

ssize_t attempt_sent(struct attempt *attempt, ssize_t result)
{
	attempt->fastopen = true;
	attempt_end(attempt, result < 0 ? -1 : 0);
	return fd_watched(attempt->fd) ? exchange_sent(attempt->fd, result) : result;
}

/* ECONNREFUSED is the word on an earlier datagram, perhaps to somebody else. */
static int error_of_datagram(const struct attempt *attempt, int error)
{
	return attempt->protocol == PROTOCOL_UDP && error == ECONNREFUSED ? 0 : error;
}

ssize_t attempt_sent_datagram(struct attempt *attempt, ssize_t result)
{
	enum attempt_kind kind = attempt->kind;
	int saved = errno;
	int error = result < 0 ? error_of_datagram(attempt, saved) : 0;
	uint64_t now;

	attempt->kind = ATTEMPT_NONE;
	if (kind == ATTEMPT_ADMITTED) {
		now = clock_now();
		if (error != 0 || attempt->protocol == PROTOCOL_UNIX)
			evidence_report(&attempt->call, attempt->target.rule, error, now - attempt->call.began, now);
		else
			attempt_end_ignored(attempt, now);
	}
	errno = saved;
	return result;
}

void attempt_abandon(struct attempt *attempt)
{
	int saved = errno;

	if (attempt->kind == ATTEMPT_ADMITTED)
		attempt_end_ignored(attempt, clock_now());
	if (attempt->kind != ATTEMPT_NONE) {
		patience_restore(&attempt->patience, attempt->fd);
		holding_drop(attempt->target.seat.slot, attempt->hold);
	}
	errno = saved;
}
