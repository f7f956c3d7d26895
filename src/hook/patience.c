/* SPDX-License-Identifier: MIT */
/*
 * patience.c - SO_SNDTIMEO, asked and set (patience.h).
 *
 * The kernel counts in ticks and rounds up; what it tells is what it had made of a value, so that putting it back
 * changes nothing.
 */
#include "hook/patience.h"

#include "base/duration.h"
#include "hook/real.h"

static bool blocks(int fd)
{
	int flags = real.fcntl(fd, F_GETFL);

	return flags >= 0 && !(flags & O_NONBLOCK);
}

static bool ask(int fd, struct timeval *own)
{
	socklen_t length = sizeof(*own);

	return real.getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, own, &length) == 0 && length == sizeof(*own);
}

static uint64_t duration_of(const struct timeval *own)
{
	if (own->tv_sec == 0 && own->tv_usec == 0)
		return UINT64_MAX;
	return (uint64_t)own->tv_sec * NSEC_PER_SEC + (uint64_t)own->tv_usec * NSEC_PER_USEC;
}

uint64_t patience_of(int fd)
{
	struct timeval own = { 0 };

	if (!blocks(fd))
		return 0;
	return ask(fd, &own) ? duration_of(&own) : UINT64_MAX;
}

void patience_shorten(struct patience *patience, int fd, uint64_t limit)
{
	struct timeval shorter = {
		.tv_sec = (time_t)(limit / NSEC_PER_SEC),
		.tv_usec = (suseconds_t)(limit % NSEC_PER_SEC / NSEC_PER_USEC),
	};

	patience->shortened = false;
	if (!blocks(fd) || !ask(fd, &patience->own) || duration_of(&patience->own) <= limit)
		return;
	patience->shortened = real.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &shorter, sizeof(shorter)) == 0;
}

void patience_restore(struct patience *patience, int fd)
{
	if (patience->shortened)
		real.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience->own, sizeof(patience->own));
	patience->shortened = false;
}
