/* SPDX-License-Identifier: MIT */
/*
 * network.c - which network namespace?
 */
#include "panel/network.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

enum { TOLD_SINCE_MAJOR = 5, TOLD_SINCE_MINOR = 14 };

static unsigned read_number(const char **text)
{
	unsigned number = 0;

	for (; **text >= '0' && **text <= '9' && number < 100000; (*text)++)
		number = number * 10 + (unsigned)(**text - '0');
	return number;
}

bool network_is_told_by_sockets(void)
{
	struct utsname system;
	const char *at = system.release;
	unsigned major;

	if (uname(&system) != 0)
		return false;
	major = read_number(&at);
	if (*at == '.')
		at++;
	return major > TOLD_SINCE_MAJOR || (major == TOLD_SINCE_MAJOR && read_number(&at) >= TOLD_SINCE_MINOR);
}

bool network_of_socket(int fd, uint64_t *network)
{
	socklen_t length = sizeof(*network);
	int saved = errno;
	bool told = getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, network, &length) == 0 && length == sizeof(*network);

	errno = saved;
	return told;
}

bool network_of_process(uint64_t *network)
{
	int saved = errno;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool told = fd >= 0 && network_of_socket(fd, network);

	if (fd >= 0)
		close(fd);
	errno = saved;
	return told;
}
