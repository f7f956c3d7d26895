/* SPDX-License-Identifier: MIT */
/*
 * divert.h - a connect that the circuit refuses goes to the fallback of its rule.
 *
 * What is connected then is nobody's call. Any thread, signal handler or child. Keeps errno.
 */
#ifndef CUTOUT_HOOK_DIVERT_H
#define CUTOUT_HOOK_DIVERT_H

#include <stdbool.h>

#include "hook/attempt.h"

/* Refused it would be diverted, if the fallback fits its socket. */
bool divert_may(const struct target *target);

/* It is refused: attempt->kind says whether it is diverted. */
void divert_begin(struct attempt *attempt, const struct sockaddr *address, const struct addr *addr);

/* connect() to the fallback returned `result`, with that errno. */
void divert_end(const struct attempt *attempt, int result, int error);

#endif
