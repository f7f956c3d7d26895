/* SPDX-License-Identifier: MIT */
/*
 * detour.h - another address in place of the one that the program asks for.
 *
 * Any thread, signal handler or child. Keeps errno.
 */
#ifndef CUTOUT_HOOK_DETOUR_H
#define CUTOUT_HOOK_DETOUR_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/addr.h"

struct detour {
	union {
		struct sockaddr any;
		struct sockaddr_in6 longest;
	} address;
	socklen_t length;
};

/*
 * The way to `to`, on its port or else on `port`, for a connect whose address has that family. False when it does not
 * fit: IPv6 for an IPv4 socket, IPv4 for one with IPV6_V6ONLY.
 */
bool detour_make(struct detour *detour, int fd, sa_family_t family, const struct addr *to, uint16_t port);

#endif
