/* SPDX-License-Identifier: MIT */
/*
 * connect.c - the hook that everything is about.
 */
#include "hook/attempt.h"
#include "hook/real.h"

HOOK_EXPORT int connect(int fd, const struct sockaddr *address, socklen_t length)
{
	struct attempt attempt __attribute__((cleanup(attempt_abandon))) = { .kind = ATTEMPT_NONE };

	attempt_begin(&attempt, fd, address, length, 0);
	if (attempt.kind == ATTEMPT_REFUSED)
		return attempt_refuse(&attempt);
	if (attempt.kind == ATTEMPT_DIVERTED) {
		address = &attempt.detour.address.any;
		length = attempt.detour.length;
	}
	return attempt_end(&attempt, real.connect(fd, address, length));
}

#ifdef __GLIBC__
HOOK_ALIAS_OF(connect) int __connect(int fd, const struct sockaddr *address, socklen_t length);
#endif
