/* SPDX-License-Identifier: MIT */
/*
 * calls_wait.c - operations of calls.c: every way to wait for a descriptor.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>

#include "calls.h"

/* Public in glibc, in none of its headers. */
extern int __poll(struct pollfd *fds, nfds_t count, int timeout);
extern int __select(int count, fd_set *in, fd_set *out, fd_set *special, struct timeval *timeout);

/* glibc 2.35 */
extern int epoll_pwait2(int set, struct epoll_event *events, int count, const struct timespec *time,
			const sigset_t *mask) __attribute__((weak));

static volatile nfds_t watched = 1; /* known at run time only, for the fortified forms */
static int epoll_descriptor = -1;

static const char *names_of(unsigned events)
{
	static char text[64];

	/* The names of poll.h; epoll's values are the same. */
	snprintf(text, sizeof(text), "%s%s%s%s%s%s", events & POLLIN ? "IN " : "", events & POLLOUT ? "OUT " : "",
		 events & POLLERR ? "ERR " : "", events & POLLHUP ? "HUP " : "", events & POLLRDHUP ? "RDHUP " : "",
		 events & POLLNVAL ? "NVAL " : "");
	if (text[0])
		text[strlen(text) - 1] = '\0';
	return text;
}

static struct timespec timespec_of(const char *milliseconds)
{
	return (struct timespec){ atoi(milliseconds) / 1000, atoi(milliseconds) % 1000 * 1000000 };
}

static struct pollfd *one_pollfd(short events)
{
	struct pollfd *fds = calloc(watched, sizeof(*fds));

	fds[0] = (struct pollfd){ .fd = *current(), .events = events };
	errno = ERRNO_BEFORE;
	return fds;
}

static void poll_for(short events, const char *argument)
{
	struct pollfd *fds = one_pollfd(events);
	int result = poll(fds, watched, atoi(argument));

	said("poll", result, "%s", names_of((unsigned short)fds[0].revents));
	free(fds);
}

static void run_poll(const char *argument)
{
	poll_for(POLLIN | POLLOUT, argument);
}

static void run_pollin(const char *argument)
{
	poll_for(POLLIN, argument);
}

static void run_pollout(const char *argument)
{
	poll_for(POLLOUT, argument);
}

static void run_poll_alias(const char *argument)
{
	struct pollfd *fds = one_pollfd(POLLIN | POLLOUT);
	int result = __poll(fds, watched, atoi(argument));

	said("poll", result, "%s", names_of((unsigned short)fds[0].revents));
	free(fds);
}

static void run_ppoll(const char *argument)
{
	struct pollfd *fds = one_pollfd(POLLIN | POLLOUT);
	struct timespec time = timespec_of(argument);
	int result = ppoll(fds, watched, &time, NULL);

	said("ppoll", result, "%s", names_of((unsigned short)fds[0].revents));
	free(fds);
}

struct sets {
	fd_set in, out, special;
};

static void fill_sets(struct sets *sets)
{
	FD_ZERO(&sets->in);
	FD_SET(*current(), &sets->in);
	sets->out = sets->special = sets->in;
	errno = ERRNO_BEFORE;
}

static void say_sets(const char *name, int result, const struct sets *sets)
{
	int fd = *current();

	said(name, result, "%s%s%s", FD_ISSET(fd, &sets->in) ? "IN " : "", FD_ISSET(fd, &sets->out) ? "OUT " : "",
	     FD_ISSET(fd, &sets->special) ? "SPECIAL" : "");
}

static void run_select(const char *argument)
{
	struct timeval time = { atoi(argument) / 1000, atoi(argument) % 1000 * 1000 };
	struct sets sets;

	fill_sets(&sets);
	say_sets("select", select(*current() + 1, &sets.in, &sets.out, &sets.special, &time), &sets);
}

/* With a count that has nothing to do with the sets; `most` is the highest. The kernel takes any but a negative one. */
static void run_select_count(const char *argument)
{
	int count = strcmp(argument, "most") ? atoi(argument) : INT_MAX;
	struct timeval time = { 0 };
	struct sets sets;

	fill_sets(&sets);
	say_sets("select-count", select(count, &sets.in, &sets.out, &sets.special, &time), &sets);
}

static void run_select_alias(const char *argument)
{
	struct timeval time = { atoi(argument) / 1000, atoi(argument) % 1000 * 1000 };
	struct sets sets;

	fill_sets(&sets);
	say_sets("select", __select(*current() + 1, &sets.in, &sets.out, &sets.special, &time), &sets);
}

static void run_pselect(const char *argument)
{
	struct timespec time = timespec_of(argument);
	struct sets sets;

	fill_sets(&sets);
	say_sets("pselect", pselect(*current() + 1, &sets.in, &sets.out, &sets.special, &time, NULL), &sets);
}

/* `edge` or nothing; the set stays until the end of the program. */
static void run_epoll_add(const char *argument)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP };

	if (!strcmp(argument, "edge"))
		event.events |= EPOLLET;
	if (epoll_descriptor < 0)
		epoll_descriptor = epoll_create1(EPOLL_CLOEXEC);
	said("epoll-add", epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, *current(), &event), NULL);
}

static void run_epoll_wait(const char *argument)
{
	struct epoll_event event = { 0 };
	int result = epoll_wait(epoll_descriptor, &event, 1, atoi(argument));

	said("epoll_wait", result, "%s", names_of(event.events));
}

static void run_epoll_pwait(const char *argument)
{
	struct epoll_event event = { 0 };
	int result = epoll_pwait(epoll_descriptor, &event, 1, atoi(argument), NULL);

	said("epoll_pwait", result, "%s", names_of(event.events));
}

/* By one name: where libc lacks it, only the object has it. */
static void run_epoll_pwait2(const char *argument)
{
	struct epoll_event event = { 0 };
	struct timespec time = timespec_of(argument);
	int result = epoll_pwait2 ? epoll_pwait2(epoll_descriptor, &event, 1, &time, NULL) :
				    epoll_pwait(epoll_descriptor, &event, 1, atoi(argument), NULL);

	said("epoll_pwait2", result, "%s", names_of(event.events));
}

const struct operation wait_operations[] = {
	{ "poll", run_poll },
	{ "pollin", run_pollin },
	{ "pollout", run_pollout },
	{ "__poll", run_poll_alias },
	{ "ppoll", run_ppoll },
	{ "select", run_select },
	{ "select-count", run_select_count },
	{ "__select", run_select_alias },
	{ "pselect", run_pselect },
	{ "epoll-add", run_epoll_add },
	{ "epoll_wait", run_epoll_wait },
	{ "epoll_pwait", run_epoll_pwait },
	{ "epoll_pwait2", run_epoll_pwait2 },
	{ NULL, NULL },
};
