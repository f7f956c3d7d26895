/* SPDX-License-Identifier: MIT */
/*
 * address.c - "127.0.0.1:80" and "[::1]:80" for the programs of the tests.
 */
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOST_SIZE = 64 };

static void copy_host(char host[HOST_SIZE], const char *text, size_t length)
{
	if (length >= HOST_SIZE)
		_exit(65);
	memcpy(host, text, length);
	host[length] = '\0';
}

socklen_t address_of(const char *text, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	const char *port = strrchr(text, ':');
	char host[HOST_SIZE];

	memset(address, 0, sizeof(*address));
	if (!port)
		_exit(65);
	if (text[0] == '[') {
		copy_host(host, text + 1, (size_t)(port - text - 2));
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((in_port_t)strtol(port + 1, NULL, 10));
		if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1)
			return sizeof(*v6);
	} else {
		copy_host(host, text, (size_t)(port - text));
		v4->sin_family = AF_INET;
		v4->sin_port = htons((in_port_t)strtol(port + 1, NULL, 10));
		if (inet_pton(AF_INET, host, &v4->sin_addr) == 1)
			return sizeof(*v4);
	}
	_exit(65);
}

int connect_to(int fd, const char *text)
{
	struct sockaddr_storage address;
	socklen_t length = address_of(text, &address);

	return connect(fd, (struct sockaddr *)&address, length);
}
