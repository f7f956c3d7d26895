/* SPDX-License-Identifier: MIT */
/*
 * network.c - which network namespace?
 */
#include "panel/network.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/kernel.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

bool network_is_told_by_sockets(void)
{
	return kernel_version() >= KERNEL(5, 14);
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

bool network_of_namespace(uint64_t *network)
{
	int saved = errno;
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct stat found;
	bool told = fd >= 0 && fstat(fd, &found) == 0;

	if (told)
		*network = found.st_ino;
	if (fd >= 0)
		close(fd);
	errno = saved;
	return told;
}
