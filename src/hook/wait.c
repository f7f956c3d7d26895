/* SPDX-License-Identifier: MIT */
/*
 * wait.c - poll, select and epoll: where a program learns that its connect is over.
 */
#include "hook/wait.h"

#include "hook/call.h"
#include "hook/evidence.h"
#include "hook/fdtable.h"
#include "hook/real.h"

/* How many pending connects are looked at for one return of epoll_wait(). */
enum { EPOLL_LOOKS = 16 };

int waited_for_poll(const struct pollfd *fds, nfds_t count, int result)
{
	if (!calls_pending())
		return result;
	for (nfds_t i = 0; result > 0 && i < count; i++) {
		if (fds[i].revents && fd_watched(fds[i].fd))
			evidence_of_event(fds[i].fd);
	}
	evidence_sweep(0);
	return result;
}

static int is_in(int fd, const fd_set *set)
{
	return set && FD_ISSET(fd, set);
}

int waited_for_select(int count, const fd_set *reading, const fd_set *writing, const fd_set *exceptional, int result)
{
	if (!calls_pending())
		return result;
	/* The kernel takes any count, select(INT_MAX, …) too. */
	if (count > 0 && (unsigned)count > fd_table_used())
		count = (int)fd_table_used();
	for (int fd = 0; result > 0 && fd < count; fd++) {
		if (fd_watched(fd) && (is_in(fd, writing) || is_in(fd, reading) || is_in(fd, exceptional)))
			evidence_of_event(fd);
	}
	evidence_sweep(0);
	return result;
}

int waited_for_epoll(int result)
{
	if (calls_pending())
		evidence_sweep(result > 0 ? EPOLL_LOOKS : 0);
	return result;
}

HOOK_EXPORT int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return waited_for_poll(fds, count, real.poll(fds, count, timeout));
}

HOOK_EXPORT int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	return waited_for_poll(fds, count, real.ppoll(fds, count, timeout, mask));
}

HOOK_EXPORT int select(int count, fd_set *reading, fd_set *writing, fd_set *exceptional, struct timeval *timeout)
{
	int result = real.select(count, reading, writing, exceptional, timeout);

	return waited_for_select(count, reading, writing, exceptional, result);
}

HOOK_EXPORT int pselect(int count, fd_set *reading, fd_set *writing, fd_set *exceptional,
			const struct timespec *timeout, const sigset_t *mask)
{
	int result = real.pselect(count, reading, writing, exceptional, timeout, mask);

	return waited_for_select(count, reading, writing, exceptional, result);
}

HOOK_EXPORT int epoll_wait(int epfd, struct epoll_event *events, int count, int timeout)
{
	return waited_for_epoll(real.epoll_wait(epfd, events, count, timeout));
}

HOOK_EXPORT int epoll_pwait(int epfd, struct epoll_event *events, int count, int timeout, const sigset_t *mask)
{
	return waited_for_epoll(real.epoll_pwait(epfd, events, count, timeout, mask));
}

HOOK_EXPORT int epoll_pwait2(int epfd, struct epoll_event *events, int count, const struct timespec *timeout,
			     const sigset_t *mask)
{
	return waited_for_epoll(real.epoll_pwait2(epfd, events, count, timeout, mask));
}

#ifdef __GLIBC__
HOOK_ALIAS_OF(poll) int __poll(struct pollfd *fds, nfds_t count, int timeout);
HOOK_ALIAS_OF(select) int __select(int count, fd_set *reading, fd_set *writing, fd_set *exceptional,
				   struct timeval *timeout);
#endif
