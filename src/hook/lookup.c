/* SPDX-License-Identifier: MIT */
/*
 * lookup.c - hooks on the resolver: learn which name an address came from (names.h).
 *
 * Nothing is changed: every result, return code and list is libc's own, errno and h_errno included.
 * What libc calls inside itself for the same lookup does not come by here again, and if it did, it
 * would only say the same twice.
 */
#include "hook/real.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/addr.h"
#include "hook/names.h"

enum { ADDRESSES_MAX = 64 }; /* of one answer; the resolver tries no more either */

/* The addresses of one answer. */
struct answer {
	size_t count;
	struct addr addresses[ADDRESSES_MAX];
};

static void answer_add(struct answer *answer, const struct sockaddr *sa, socklen_t length)
{
	struct addr *addr = &answer->addresses[answer->count];

	if (answer->count == ADDRESSES_MAX || !addr_from_sockaddr(addr, sa, length))
		return;
	/* One entry for each socket type stands side by side in a list of getaddrinfo(). */
	if (answer->count > 0 && addr_equal(addr, addr - 1))
		return;
	answer->count++;
}

static void learn(const char *name, const struct answer *answer)
{
	if (answer->count > 0)
		names_learn(name, strnlen(name, NAME_MAX_LENGTH + 2), answer->addresses, answer->count);
}

static void learn_list(const char *name, const struct addrinfo *list)
{
	struct answer answer = { .count = 0 };

	for (const struct addrinfo *at = list; at; at = at->ai_next)
		answer_add(&answer, at->ai_addr, at->ai_addrlen);
	learn(name, &answer);
}

static void learn_host(const char *name, const struct hostent *host)
{
	struct answer answer = { .count = 0 };

	for (char **at = host->h_addr_list; *at; at++) {
		struct sockaddr_in in = { .sin_family = AF_INET };
		struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

		if (host->h_addrtype == AF_INET && host->h_length == sizeof(in.sin_addr)) {
			memcpy(&in.sin_addr, *at, sizeof(in.sin_addr));
			answer_add(&answer, (const struct sockaddr *)&in, sizeof(in));
		} else if (host->h_addrtype == AF_INET6 && host->h_length == sizeof(in6.sin6_addr)) {
			memcpy(&in6.sin6_addr, *at, sizeof(in6.sin6_addr));
			answer_add(&answer, (const struct sockaddr *)&in6, sizeof(in6));
		}
	}
	learn(name, &answer);
}

HOOK_EXPORT int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
			    struct addrinfo **list)
{
	int result = real.getaddrinfo(node, service, hints, list);
	int saved = errno;

	if (result == 0 && node && !(hints && hints->ai_flags & AI_NUMERICHOST))
		learn_list(node, *list);
	errno = saved;
	return result;
}

HOOK_EXPORT struct hostent *gethostbyname(const char *name)
{
	struct hostent *host = real.gethostbyname(name);
	int saved = errno, saved_h = h_errno;

	if (host)
		learn_host(name, host);
	h_errno = saved_h;
	errno = saved;
	return host;
}

HOOK_EXPORT struct hostent *gethostbyname2(const char *name, int family)
{
	struct hostent *host = real.gethostbyname2(name, family);
	int saved = errno, saved_h = h_errno;

	if (host)
		learn_host(name, host);
	h_errno = saved_h;
	errno = saved;
	return host;
}

/* In the _r forms a return of 0 without a host is "not found"; h_errno is the caller's own word. */
HOOK_EXPORT int gethostbyname_r(const char *name, struct hostent *buffer, char *room, size_t size,
				struct hostent **host, int *error)
{
	int result = real.gethostbyname_r(name, buffer, room, size, host, error);
	int saved = errno;

	if (result == 0 && *host)
		learn_host(name, *host);
	errno = saved;
	return result;
}

HOOK_EXPORT int gethostbyname2_r(const char *name, int family, struct hostent *buffer, char *room, size_t size,
				 struct hostent **host, int *error)
{
	int result = real.gethostbyname2_r(name, family, buffer, room, size, host, error);
	int saved = errno;

	if (result == 0 && *host)
		learn_host(name, *host);
	errno = saved;
	return result;
}
