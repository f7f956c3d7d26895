/* SPDX-License-Identifier: MIT */
/*
 * pace.h - a refusal that takes its time, so that a loop without a delay does not spin.
 *
 * Any thread, signal handler or child. The wait is a cancellation point, as connect() is, and nothing is held
 * across it.
 */
#ifndef CUTOUT_HOOK_PACE_H
#define CUTOUT_HOOK_PACE_H

#include <stdint.h>

/*
 * Where connect() would block on the socket, waits for `duration` ns, or for the socket's own SO_SNDTIMEO where that
 * is shorter. A signal that the program handles ends the wait. Changes errno.
 */
void pace_refusal(int fd, uint64_t duration);

/* The same for what blocks always. */
void pace_wait(uint64_t duration);

#endif
