/* SPDX-License-Identifier: MIT */
/*
 * calls_crowd.c - operations of calls.c: descriptors with high numbers, among a great many others.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"

/* Takes every number below that one: in turns a socket of TCP, which the object knows, and a file. */
static void run_crowd(const char *argument)
{
	int kinds[] = { socket(AF_INET, SOCK_STREAM, 0), open("/dev/null", O_RDWR) };
	int last = kinds[0] > kinds[1] ? kinds[0] : kinds[1];

	for (unsigned i = 0; last >= 0 && last < atoi(argument) - 1; i++)
		last = dup(kinds[i % 2]);
	errno = ERRNO_BEFORE;
	said("crowd", last, NULL);
}

static void run_number(const char *argument)
{
	(void)argument;
	say("number %d", *current());
}

/* Every descriptor up to the current one. From the others comes a hang-up at most, as a socket has it that never connected. */
static void run_poll_crowd(const char *argument)
{
	int last = *current(), result;
	struct pollfd *fds = calloc((size_t)last + 1, sizeof(*fds));

	for (int fd = 0; fd <= last; fd++)
		fds[fd].fd = fd;
	fds[last].events = POLLIN | POLLOUT;
	errno = ERRNO_BEFORE;
	result = poll(fds, (nfds_t)last + 1, atoi(argument));
	said("poll-crowd", result, "%x", (unsigned)fds[last].revents);
	free(fds);
}

/* With a set of its own making: FD_SET() ends at 1024. */
static void run_select_crowd(const char *argument)
{
	enum { BITS = 8 * sizeof(unsigned long) };
	struct timeval time = { atoi(argument) / 1000, atoi(argument) % 1000 * 1000 };
	int fd = *current(), result;
	unsigned long *set = calloc((size_t)fd / BITS + 1, sizeof(*set)), bit = 1UL << (fd % BITS);

	set[fd / BITS] |= bit;
	errno = ERRNO_BEFORE;
	result = select(fd + 1, NULL, (fd_set *)(void *)set, NULL, &time);
	said("select-crowd", result, "%s", set[fd / BITS] & bit ? "OUT" : "");
	free(set);
}

const struct operation crowd_operations[] = {
	{ "crowd", run_crowd },
	{ "number", run_number },
	{ "poll-crowd", run_poll_crowd },
	{ "select-crowd", run_select_crowd },
	{ NULL, NULL },
};
