/* SPDX-License-Identifier: MIT */
/*
 * early.c - a library to preload whose constructor uses every kind of call that is interposed.
 *
 * Loaded behind libcutout.so its constructor runs first: calls that come before the object is ready must go
 * through. EARLY_CONNECT names a destination; what came of it is written to descriptor 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "address.h"

/* By the function for any system call, with all the words that it may have: the last one of these is wrong. */
static void bare_calls(void)
{
	if (syscall(SYS_close, -1) != -1 || errno != EBADF)
		_exit(84);
#ifdef __LP64__
	if (syscall(SYS_mmap, NULL, 1L, (long)PROT_READ, (long)(MAP_PRIVATE | MAP_ANONYMOUS), -1L, 0L) <= 0 ||
	    syscall(SYS_mmap, NULL, 1L, (long)PROT_READ, (long)(MAP_PRIVATE | MAP_ANONYMOUS), -1L, 1L) != -1 || errno != EINVAL)
		_exit(85);
#endif
	errno = 0;
}

static void ordinary_calls(void)
{
	struct pollfd nothing = { .fd = -1 };
	struct timeval now = { 0, 0 };
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *list = NULL;
	FILE *file = fopen("/dev/null", "r+");
	char byte;
	int ends[2];

	if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1 || read(ends[0], &byte, 1) != 1)
		_exit(80);
	poll(&nothing, 1, 0);
	select(0, NULL, NULL, NULL, &now);
	if (getaddrinfo("127.0.0.1", "80", &hints, &list) != 0)
		_exit(81);
	freeaddrinfo(list);
	dup2(ends[0], ends[1]);
	fcntl(ends[0], F_GETFL);
	close(ends[0]);
	close(ends[1]);
	if (!file || fclose(file) != 0)
		_exit(82);
}

__attribute__((constructor)) static void before_main(void)
{
	const char *destination = getenv("EARLY_CONNECT");
	int fd, result, error = 0;
	socklen_t length = sizeof(error);

	if (!destination)
		return;
	ordinary_calls();
	bare_calls();
	fd = socket(AF_INET, SOCK_STREAM, 0);
	result = connect_to(fd, destination);
	dprintf(STDOUT_FILENO, "early %d errno=%d\n", result, errno);
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (result == 0 && (send(fd, "GET / HTTP/1.0\r\n\r\n", 18, 0) != 18 || recv(fd, &error, 4, 0) != 4))
		_exit(83);
	close(fd);
}
