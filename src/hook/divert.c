/* SPDX-License-Identifier: MIT */
/*
 * divert.c - a connect to the fallback of its rule (divert.h).
 */
#include "hook/divert.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "hook/fdtable.h"

/* A denied destination has no circuit. */
bool divert_may(const struct target *target)
{
	return target->rule->fallback.family != ADDR_NONE && target->rule->action == RULE_BREAK && !target->observe;
}

/* Refused by the circuit: to the fallback, if there is one for such a socket. */
void divert_begin(struct attempt *attempt, const struct sockaddr *address, const struct addr *addr)
{
	const struct rule *rule = attempt->target.rule;
	sa_family_t family;

	memcpy(&family, (const char *)address + offsetof(struct sockaddr, sa_family), sizeof(family));
	if (!detour_make(&attempt->detour, attempt->fd, family, &rule->fallback, addr->port)) {
		panel_refuse(attempt->target.seat.slot, PANEL_REFUSED);
		attempt->kind = ATTEMPT_REFUSED;
		return;
	}
	panel_refuse(attempt->target.seat.slot, PANEL_DIVERTED);
	attempt->kind = ATTEMPT_DIVERTED;
	attempt_limit_patience(attempt);
}

/* No call: only that a second connect, whatever its address, is about this one. If it failed the socket is as new. */
void divert_end(const struct attempt *attempt, int result, int error)
{
	if (result == 0)
		fd_note(attempt->fd, FD_CONNECTED);
	else if (error == EINPROGRESS || error == EINTR)
		fd_note(attempt->fd, FD_OWED);
}
