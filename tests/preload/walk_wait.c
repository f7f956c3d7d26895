/* SPDX-License-Identifier: MIT */
/*
 * walk_wait.c - steps of walk.c: every way to wait for descriptors.
 *
 * For no time, for a millisecond, or for as long as no signal comes.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "walk.h"

#ifdef __GLIBC__
/* Public in glibc, in none of its headers. */
extern int __poll(struct pollfd *fds, nfds_t count, int timeout);
extern int __select(int count, fd_set *in, fd_set *out, fd_set *special, struct timeval *timeout);
#else
#define __poll poll
#define __select select
#endif

/* Where libc has none the object has one all the same, and a walk must not go by that. */
static int (*const finer_wait)(int set, struct epoll_event *events, int count, const struct timespec *time, const sigset_t *mask)
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 35)
	= epoll_pwait2
#endif
	;

enum { WATCHED = 4, EVENTS = 8 };

static int some_time(void)
{
	static const int times[] = { 0, 0, 0, 1, -1 };

	return times[below(5)];
}

static struct timespec timespec_of(int milliseconds)
{
	return (struct timespec){ .tv_nsec = milliseconds * 1000000L };
}

static void begin_wait(const char *name, const char *whom, int time)
{
	if (time < 0)
		begin_blocking("%s %s for ever", name, whom);
	else
		begin("%s %s %d", name, whom, time);
}

static short some_events(void)
{
	static const short events[] = { POLLIN, POLLOUT, POLLIN | POLLOUT, 0, POLLIN | POLLOUT | POLLRDHUP | POLLPRI };

	return events[below(5)];
}

static nfds_t choose(struct pollfd fds[WATCHED], char *text, size_t size)
{
	nfds_t count = below(WATCHED) + 1;
	size_t length = 0;

	for (nfds_t i = 0; i < count; i++) {
		fds[i] = (struct pollfd){ .fd = some_fd(), .events = some_events(), .revents = 0x5555 };
		length += (size_t)snprintf(text + length, size - length, "%d:%x ", fds[i].fd, (unsigned)fds[i].events);
	}
	return count;
}

static void tell_events(int result, const struct pollfd *fds, nfds_t count)
{
	int error = errno;
	char text[100] = "";
	size_t length = 0;

	for (nfds_t i = 0; i < count; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%x ", (unsigned short)fds[i].revents);
	errno = error;
	ended(result, "%s", text);
}

static void do_poll(void)
{
	struct pollfd fds[WATCHED];
	char text[100] = "";
	nfds_t count = choose(fds, text, sizeof(text));
	bool alias = once_in(6);
	int time = some_time();

	begin_wait("poll", text, time);
	tell_events(alias ? __poll(fds, count, time) : poll(fds, count, time), fds, count);
}

static void do_ppoll(void)
{
	struct pollfd fds[WATCHED];
	char text[100] = "";
	nfds_t count = choose(fds, text, sizeof(text));
	int milliseconds = some_time();
	struct timespec time = timespec_of(milliseconds);
	sigset_t none;

	sigemptyset(&none);
	begin_wait("ppoll", text, milliseconds);
	tell_events(ppoll(fds, count, milliseconds < 0 ? NULL : &time, once_in(2) ? &none : NULL), fds, count);
}

static void poll_badly(void)
{
	struct pollfd *volatile bad = once_in(2) ? NULL : (void *)8;
	nfds_t count = once_in(3) ? 0 : once_in(2) ? 1 : 1 << 30;

	begin("poll %s %lu", bad ? "bad" : "NULL", (unsigned long)count);
	returned(poll(bad, count, 0));
}

struct sets {
	fd_set in, out, special;
};

static int choose_sets(struct sets *sets, char *text, size_t size)
{
	size_t length = 0;

	memset(sets, 0, sizeof(*sets));
	for (unsigned left = below(WATCHED) + 1; left > 0; left--) {
		int fd = some_fd();

		if (fd < 0 || fd >= END_FD)
			continue;
		FD_SET(fd, &sets->in);
		if (once_in(2))
			FD_SET(fd, &sets->out);
		if (once_in(3))
			FD_SET(fd, &sets->special);
		length += (size_t)snprintf(text + length, size - length, "%d ", fd);
	}
	return once_in(20) ? -1 : once_in(10) ? 8 : END_FD;
}

static void tell_sets(int result, const struct sets *sets)
{
	ended(result, "%08x %08x %08x", hash(&sets->in, sizeof(fd_set)), hash(&sets->out, sizeof(fd_set)),
	      hash(&sets->special, sizeof(fd_set)));
}

static void do_select(void)
{
	struct sets sets;
	char text[100] = "";
	int count = choose_sets(&sets, text, sizeof(text)), milliseconds = some_time(), result;
	struct timeval time = { .tv_usec = milliseconds * 1000 }, *until = milliseconds < 0 ? NULL : &time;
	fd_set *special = once_in(3) ? NULL : &sets.special;
	bool alias = once_in(6);

	begin_wait("select", text, milliseconds);
	if (alias)
		result = __select(count, &sets.in, &sets.out, special, until);
	else
		result = select(count, &sets.in, &sets.out, special, until);
	tell_sets(result, &sets);
}

static void do_pselect(void)
{
	struct sets sets;
	char text[100] = "";
	int count = choose_sets(&sets, text, sizeof(text)), milliseconds = some_time();
	struct timespec time = timespec_of(milliseconds);
	fd_set *in = once_in(5) ? NULL : &sets.in;

	begin_wait("pselect", text, milliseconds);
	tell_sets(pselect(count, in, &sets.out, &sets.special, milliseconds < 0 ? NULL : &time, NULL), &sets);
}

static void make_epoll(void)
{
	begin("epoll_create1");
	returned(epoll_create1(once_in(2) ? EPOLL_CLOEXEC : 0));
}

/* Only an epoll knows that standard input is not in it. */
static int some_epoll(void)
{
	for (int fd = FIRST_FD; fd < END_FD; fd++)
		if (!once_in(4) && epoll_ctl(fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL) != 0 && errno == ENOENT)
			return fd;
	return some_fd();
}

static void change_epoll(void)
{
	static const int operations[] = { EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL };
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP };
	int set = some_epoll(), fd = some_fd(), operation = operations[below(5)];

	if (once_in(3))
		event.events |= once_in(2) ? EPOLLET : EPOLLONESHOT;
	event.data.u64 = (uint64_t)fd;
	begin("epoll_ctl %d %d %d %x", set, operation, fd, event.events);
	returned(epoll_ctl(set, operation, fd, &event));
}

static int by_data(const void *one, const void *two)
{
	const struct epoll_event *left = one, *right = two;

	return left->data.u64 < right->data.u64 ? -1 : left->data.u64 > right->data.u64;
}

static void wait_for_epoll(void)
{
	struct epoll_event events[EVENTS] = { 0 };
	int set = some_epoll(), milliseconds = some_time(), how = (int)below(3), result;
	struct timespec time = timespec_of(milliseconds);
	char text[200] = "";
	size_t length = 0;

	snprintf(text, sizeof(text), "%d", set);
	begin_wait("epoll", text, milliseconds);
	if (how == 0)
		result = epoll_wait(set, events, EVENTS, milliseconds);
	else if (how == 1 && finer_wait)
		result = finer_wait(set, events, EVENTS, milliseconds < 0 ? NULL : &time, NULL);
	else
		result = epoll_pwait(set, events, EVENTS, milliseconds, NULL);
	if (result > 0)
		qsort(events, (size_t)result, sizeof(events[0]), by_data);
	text[0] = '\0';
	for (int i = 0; i < result; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%d:%x ", (int)events[i].data.u64, events[i].events);
	ended(result, "%s", text);
}

static void wait_for_epoll_badly(void)
{
	int set = some_epoll(), count = once_in(2) ? 0 : 4;

	begin("epoll_wait %d badly %d", set, count);
	returned(epoll_wait(set, (void *)8, count, 0));
}

const struct step wait_steps[] = {
	{ 7, 0, do_poll },
	{ 3, 0, do_ppoll },
	{ 1, 0, poll_badly },
	{ 4, 0, do_select },
	{ 2, 0, do_pselect },
	{ 2, 0, make_epoll },
	{ 5, 0, change_epoll },
	{ 6, 0, wait_for_epoll },
	{ 1, 0, wait_for_epoll_badly },
	{ 0, 0, NULL },
};
