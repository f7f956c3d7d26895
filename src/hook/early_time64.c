/* SPDX-License-Identifier: MIT */
/*
 * early_time64.c - the system calls behind time64.c. Elsewhere than on 32-bit machines this file is empty.
 *
 * The kernel writes the time that is left into its argument; the functions do not.
 */
#include "hook/early.h"

#if defined(__GLIBC__) && __TIMESIZE == 32

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

int early___recvmmsg64(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout)
{
	return (int)syscall(SYS_recvmmsg_time64, fd, messages, count, flags, timeout);
}

int early___ppoll64(struct pollfd *fds, nfds_t count, const void *timeout, const sigset_t *mask)
{
	int64_t left[2] = { 0 };

	if (timeout)
		__builtin_memcpy(left, timeout, sizeof(left));
	return (int)syscall(SYS_ppoll_time64, fds, count, timeout ? left : NULL, mask, KERNEL_SIGSET_SIZE);
}

int early___pselect64(int count, fd_set *reading, fd_set *writing, fd_set *exceptional, const void *timeout,
			     const sigset_t *mask)
{
	uintptr_t mask_and_size[2] = { (uintptr_t)mask, KERNEL_SIGSET_SIZE };
	int64_t left[2] = { 0 };

	if (timeout)
		__builtin_memcpy(left, timeout, sizeof(left));
	return (int)syscall(SYS_pselect6_time64, count, reading, writing, exceptional, timeout ? left : NULL,
			    mask_and_size);
}

int early___select64(int count, fd_set *reading, fd_set *writing, fd_set *exceptional, void *timeout)
{
	int64_t left[2] = { 0 };

	if (timeout) {
		__builtin_memcpy(left, timeout, sizeof(left));
		left[1] *= 1000; /* microseconds */
	}
	return early___pselect64(count, reading, writing, exceptional, timeout ? left : NULL, NULL);
}

int early___epoll_pwait2_time64(int epfd, struct epoll_event *events, int count, const void *timeout,
				       const sigset_t *mask)
{
	return (int)syscall(SYS_epoll_pwait2, epfd, events, count, timeout, mask, KERNEL_SIGSET_SIZE);
}

#else
typedef int early_time64_is_of_32_bits; /* ISO C wants a declaration */
#endif
