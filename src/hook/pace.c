/* SPDX-License-Identifier: MIT */
/*
 * pace.c - the wait before a refusal (pace.h).
 *
 * With a wait to come its two questions to the kernel cost nothing. A signal cuts it short and does not make an
 * EINTR of it: after EINTR a program waits for a handshake that goes on without it, and there is none here. So
 * the program has its refusal early, and looks at what its handler left.
 */
#include "hook/pace.h"

#include <time.h>

#include "base/duration.h"
#include "hook/patience.h"

void pace_refusal(int fd, uint64_t duration)
{
	uint64_t patience = patience_of(fd);

	if (patience == 0)
		return;
	pace_wait(patience < duration ? patience : duration);
}

void pace_wait(uint64_t duration)
{
	struct timespec wait = {
		.tv_sec = (time_t)(duration / NSEC_PER_SEC),
		.tv_nsec = (long)(duration % NSEC_PER_SEC),
	};

	nanosleep(&wait, NULL);
}
