/* SPDX-License-Identifier: MIT */
/*
 * detour.c - another address (detour.h).
 */
#include "hook/detour.h"

#include <errno.h>

#include "hook/real.h"
#include "hook/sandbox.h"

/* One that does not say is not spared the kernel's own answer. */
static bool takes_mapped(int fd)
{
	int saved = errno, only = 0;
	socklen_t length = sizeof(only);

	if (sandbox_is_up())
		return true;
	real.getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &length);
	errno = saved;
	return only == 0;
}

bool detour_make(struct detour *detour, int fd, sa_family_t family, const struct addr *to, uint16_t port)
{
	struct addr addr = *to;

	if (addr.port == 0)
		addr.port = port;
	detour->length = addr_to_sockaddr(&addr, family, &detour->address);
	return detour->length != 0 && (family != AF_INET6 || addr.family == ADDR_IPV6 || takes_mapped(fd));
}
