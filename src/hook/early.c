/* SPDX-License-Identifier: MIT */
/*
 * early.c - the hooks' system calls, made as they are.
 *
 * As safe as each system call: any thread, signal handler or child.
 */
#include "hook/early.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

/* The kernel takes the offset in two words, the lower first. */
#define OFFSET_WORDS(offset) (long)(offset), (long)((uint64_t)(offset) >> 32)

int early_socket(int domain, int type, int protocol)
{
	return (int)syscall(SYS_socket, domain, type, protocol);
}

int early_shutdown(int fd, int how)
{
	return (int)syscall(SYS_shutdown, fd, how);
}

int early_getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
	return (int)syscall(SYS_getsockopt, fd, level, name, value, length);
}

int early_setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	return (int)syscall(SYS_setsockopt, fd, level, name, value, length);
}

int early_getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
	return (int)syscall(SYS_getpeername, fd, address, length);
}

int early_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return (int)syscall(SYS_connect, fd, address, length);
}

int early_close(int fd)
{
	return (int)syscall(SYS_close, fd);
}

int early_close_range(unsigned int first, unsigned int last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

/* Only for a libc without it on a kernel that may lack close_range() too. */
void early_closefrom(int low)
{
	long end = sysconf(_SC_OPEN_MAX);

	if (early_close_range((unsigned)(low < 0 ? 0 : low), ~0U, 0) == 0)
		return;
	for (long fd = low < 0 ? 0 : low; fd < end; fd++)
		early_close((int)fd);
}

void early__exit(int status)
{
	for (;;)
		syscall(SYS_exit_group, status);
}

int early_dup(int from)
{
	return (int)syscall(SYS_dup, from);
}

int early_dup3(int from, int to, int flags)
{
	return (int)syscall(SYS_dup3, from, to, flags);
}

int early_dup2(int from, int to)
{
#ifdef SYS_dup2
	return (int)syscall(SYS_dup2, from, to);
#else
	if (from == to)
		return syscall(SYS_fcntl, from, F_GETFD) < 0 ? -1 : to;
	return early_dup3(from, to, 0);
#endif
}

int early_fcntl(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
#ifdef SYS_fcntl64
	return (int)syscall(SYS_fcntl64, fd, command, argument);
#else
	return (int)syscall(SYS_fcntl, fd, command, argument);
#endif
}

int early_prctl(int option, ...)
{
	unsigned long words[4];
	va_list arguments;

	va_start(arguments, option);
	for (int i = 0; i < 4; i++)
		words[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	return (int)syscall(SYS_prctl, option, words[0], words[1], words[2], words[3]);
}

ssize_t early_sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
			    socklen_t length)
{
	return syscall(SYS_sendto, fd, data, size, flags, to, length);
}

ssize_t early_send(int fd, const void *data, size_t size, int flags)
{
	return early_sendto(fd, data, size, flags, NULL, 0);
}

ssize_t early_sendmsg(int fd, const struct msghdr *message, int flags)
{
	return syscall(SYS_sendmsg, fd, message, flags);
}

int early_sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, mmsg_flags flags)
{
	return (int)syscall(SYS_sendmmsg, fd, messages, count, flags);
}

ssize_t early_write(int fd, const void *data, size_t size)
{
	return syscall(SYS_write, fd, data, size);
}

ssize_t early_writev(int fd, const struct iovec *parts, int count)
{
	return syscall(SYS_writev, fd, parts, count);
}

ssize_t early_pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	return syscall(SYS_pwritev2, fd, parts, count, OFFSET_WORDS(offset), flags);
}

ssize_t early_sendfile(int to, int from, off_t *offset, size_t size)
{
	return syscall(SYS_sendfile, to, from, offset, size);
}

ssize_t early_splice(int from, loff_t *from_offset, int to, loff_t *to_offset, size_t size,
			    unsigned int flags)
{
	return syscall(SYS_splice, from, from_offset, to, to_offset, size, flags);
}

ssize_t early_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *from, socklen_t *length)
{
	return syscall(SYS_recvfrom, fd, buffer, size, flags, from, length);
}

ssize_t early_recv(int fd, void *buffer, size_t size, int flags)
{
	return early_recvfrom(fd, buffer, size, flags, NULL, NULL);
}

ssize_t early_recvmsg(int fd, struct msghdr *message, int flags)
{
	return syscall(SYS_recvmsg, fd, message, flags);
}

int early_recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, mmsg_flags flags,
			  struct timespec *timeout)
{
	return (int)syscall(SYS_recvmmsg, fd, messages, count, flags, timeout);
}

ssize_t early_read(int fd, void *buffer, size_t size)
{
	return syscall(SYS_read, fd, buffer, size);
}

ssize_t early_readv(int fd, const struct iovec *parts, int count)
{
	return syscall(SYS_readv, fd, parts, count);
}

ssize_t early_preadv2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	return syscall(SYS_preadv2, fd, parts, count, OFFSET_WORDS(offset), flags);
}

/* The system call writes the time that is left into its argument; the function does not. */
int early_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec left = timeout ? *timeout : (struct timespec){ 0 };

	return (int)syscall(SYS_ppoll, fds, count, timeout ? &left : NULL, mask, KERNEL_SIGSET_SIZE);
}

int early_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	struct timespec wait = { timeout / 1000, timeout % 1000 * 1000000L };

	return early_ppoll(fds, count, timeout < 0 ? NULL : &wait, NULL);
}

int early_pselect(int count, fd_set *reading, fd_set *writing, fd_set *exceptional,
			 const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec left = timeout ? *timeout : (struct timespec){ 0 };
	uintptr_t mask_and_size[2] = { (uintptr_t)mask, KERNEL_SIGSET_SIZE };

	return (int)syscall(SYS_pselect6, count, reading, writing, exceptional, timeout ? &left : NULL, mask_and_size);
}

int early_select(int count, fd_set *reading, fd_set *writing, fd_set *exceptional, struct timeval *timeout)
{
	struct timespec wait = { 0 };

	if (timeout)
		wait = (struct timespec){ timeout->tv_sec, timeout->tv_usec * 1000L };
	return early_pselect(count, reading, writing, exceptional, timeout ? &wait : NULL, NULL);
}

int early_epoll_pwait(int epfd, struct epoll_event *events, int count, int timeout, const sigset_t *mask)
{
	return (int)syscall(SYS_epoll_pwait, epfd, events, count, timeout, mask, KERNEL_SIGSET_SIZE);
}

int early_epoll_wait(int epfd, struct epoll_event *events, int count, int timeout)
{
	return early_epoll_pwait(epfd, events, count, timeout, NULL);
}

int early_epoll_pwait2(int epfd, struct epoll_event *events, int count, const struct timespec *timeout,
			      const sigset_t *mask)
{
	return (int)syscall(SYS_epoll_pwait2, epfd, events, count, timeout, mask, KERNEL_SIGSET_SIZE);
}

#ifdef __GLIBC__
/* The check that libc makes; it never returns where libc would not. */
static void check_room(size_t size, size_t room)
{
	if (size > room)
		__builtin_trap();
}

ssize_t early___recv_chk(int fd, void *buffer, size_t size, size_t room, int flags)
{
	check_room(size, room);
	return early_recv(fd, buffer, size, flags);
}

ssize_t early___recvfrom_chk(int fd, void *buffer, size_t size, size_t room, int flags, struct sockaddr *from,
				    socklen_t *length)
{
	check_room(size, room);
	return early_recvfrom(fd, buffer, size, flags, from, length);
}

ssize_t early___read_chk(int fd, void *buffer, size_t size, size_t room)
{
	check_room(size, room);
	return early_read(fd, buffer, size);
}

int early___poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room)
{
	check_room(count * sizeof(*fds), room);
	return early_poll(fds, count, timeout);
}

int early___ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
			     size_t room)
{
	check_room(count * sizeof(*fds), room);
	return early_ppoll(fds, count, timeout, mask);
}

ssize_t early_sendfile64(int to, int from, off64_t *offset, size_t size)
{
#ifdef SYS_sendfile64
	return syscall(SYS_sendfile64, to, from, offset, size);
#else
	return syscall(SYS_sendfile, to, from, offset, size);
#endif
}

ssize_t early_preadv64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	return syscall(SYS_preadv2, fd, parts, count, OFFSET_WORDS(offset), flags);
}

ssize_t early_pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	return syscall(SYS_pwritev2, fd, parts, count, OFFSET_WORDS(offset), flags);
}
#endif
