/* SPDX-License-Identifier: MIT */
/*
 * patience.h - how long connect() waits on a socket, and making that shorter for one connect.
 *
 * SO_SNDTIMEO is the socket's own limit: a blocking connect that has not finished by then returns EINPROGRESS (a
 * second one EALREADY), and the handshake goes on. Set before the real connect() and put back after it, also by the
 * cleanup of a cancelled thread; after a longjmp out of a signal handler the shorter limit stays. The kernel does not
 * restart a connect with a limit for a handler with SA_RESTART: see signal(7).
 *
 * Any thread, signal handler or child. Changes errno.
 */
#ifndef CUTOUT_HOOK_PATIENCE_H
#define CUTOUT_HOOK_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

/* ns; 0: it does not block; UINT64_MAX: for as long as it takes. */
uint64_t patience_of(int fd);

struct patience {
	bool shortened;
	struct timeval own; /* to put back */
};

/* patience->shortened says whether it was: not where connect() does not block, or has a shorter limit of its own. */
void patience_shorten(struct patience *patience, int fd, uint64_t limit);

void patience_restore(struct patience *patience, int fd);

#endif
