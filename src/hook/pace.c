/* SPDX-License-Identifier: MIT */
/*
 * pace.c - the wait before a refusal (pace.h).
 *
 * With a wait to come its two questions to the kernel cost nothing. A signal cuts it short and does not make an
 * EINTR of it: after EINTR a program waits for a handshake that goes on without it, and there is none here. So
 * the program has its refusal early, and looks at what its handler left.
 */
#include "hook/pace.h"

#include <stdbool.h>
#include <sys/time.h>
#include <time.h>

#include "base/duration.h"
#include "hook/real.h"

static bool blocks(int fd)
{
	int flags = real.fcntl(fd, F_GETFL);

	return flags >= 0 && !(flags & O_NONBLOCK);
}

/* How long a connect may take on this socket; 0: as long as it takes. */
static uint64_t own_limit(int fd)
{
	struct timeval limit = { 0 };
	socklen_t length = sizeof(limit);

	if (real.getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, &length) != 0 || length != sizeof(limit))
		return 0;
	return (uint64_t)limit.tv_sec * NSEC_PER_SEC + (uint64_t)limit.tv_usec * NSEC_PER_USEC;
}

void pace_refusal(int fd, uint64_t duration)
{
	struct timespec wait;
	uint64_t limit;

	if (!blocks(fd))
		return;
	limit = own_limit(fd);
	if (limit != 0 && limit < duration)
		duration = limit;
	wait.tv_sec = (time_t)(duration / NSEC_PER_SEC);
	wait.tv_nsec = (long)(duration % NSEC_PER_SEC);
	nanosleep(&wait, NULL);
}
