/* SPDX-License-Identifier: MIT */
/*
 * calls_lookup.c - operations of calls.c: names, by every function that looks one up.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"

static struct sockaddr_storage found;
static socklen_t found_length;

static void found_in(const struct hostent *host)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&found;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&found;

	memset(&found, 0, sizeof(found));
	found_length = host && host->h_addrtype == AF_INET6 ? sizeof(*v6) : sizeof(*v4);
	if (!host)
		return;
	found.ss_family = (sa_family_t)host->h_addrtype;
	memcpy(host->h_addrtype == AF_INET6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr, host->h_addr_list[0],
	       (size_t)host->h_length);
}

/* "gethostbyname 10.0.0.5", or what an _r form returned, and what stands in h_errno. */
static void said_host(const char *what, const struct hostent *host, int returned, int code)
{
	char address[INET6_ADDRSTRLEN];

	found_in(host);
	if (!host)
		say("%s %d code=%d", what, returned, code);
	else
		say("%s %s %s", what, host->h_name, inet_ntop(host->h_addrtype, host->h_addr_list[0], address, sizeof(address)));
}

static void look_up(const char *name, int family)
{
	struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_STREAM }, *list = NULL;
	int result = getaddrinfo(name, NULL, &hints, &list);

	if (result == 0) {
		found_length = list->ai_addrlen;
		memcpy(&found, list->ai_addr, list->ai_addrlen);
		freeaddrinfo(list);
	}
	say("getaddrinfo %s", result ? gai_strerror(result) : "0");
}

static void run_getaddrinfo(const char *argument)
{
	look_up(argument, AF_INET);
}

static void run_getaddrinfo6(const char *argument)
{
	look_up(argument, AF_INET6);
}

static void run_gethostbyname(const char *argument)
{
	const struct hostent *host = gethostbyname(argument);

	said_host("gethostbyname", host, 0, h_errno);
}

static void run_gethostbyname2(const char *argument)
{
	const struct hostent *host = gethostbyname2(argument, AF_INET);

	said_host("gethostbyname2", host, 0, h_errno);
}

static void run_gethostbyname_r(const char *argument)
{
	struct hostent host, *result = NULL;
	char buffer[4096];
	int error = 0, returned;

	returned = gethostbyname_r(argument, &host, buffer, sizeof(buffer), &result, &error);
	said_host("gethostbyname_r", result, returned, error);
}

static void run_gethostbyname2_r(const char *argument)
{
	struct hostent host, *result = NULL;
	char buffer[4096];
	int error = 0, returned;

	returned = gethostbyname2_r(argument, AF_INET, &host, buffer, sizeof(buffer), &result, &error);
	said_host("gethostbyname2_r", result, returned, error);
}

/* To that port of the address looked up last. */
static void run_connect_found(const char *argument)
{
	((struct sockaddr_in *)&found)->sin_port = htons((in_port_t)atoi(argument)); /* same place in both families */
	errno = ERRNO_BEFORE;
	said("connect", connect(*current(), (struct sockaddr *)&found, found_length), NULL);
}

const struct operation lookup_operations[] = {
	{ "getaddrinfo", run_getaddrinfo },
	{ "getaddrinfo6", run_getaddrinfo6 },
	{ "gethostbyname", run_gethostbyname },
	{ "gethostbyname2", run_gethostbyname2 },
	{ "gethostbyname_r", run_gethostbyname_r },
	{ "gethostbyname2_r", run_gethostbyname2_r },
	{ "connect-found", run_connect_found },
	{ NULL, NULL },
};
