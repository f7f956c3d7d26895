/* SPDX-License-Identifier: MIT */
/*
 * early.c - what the hooks call before the constructor ran, and for names that the running libc lacks.
 *
 * Constructors of other objects and preloaded allocators call us before we are ready. Where there is a
 * system call it is made as it is (the newer form where a machine has only that); what is no system call
 * is resolved on first use. Nothing here is tracked.
 */
#include "hook/real.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>

enum { KERNEL_SIGSET_SIZE = 8 };

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

/* The kernel takes the offset in two words, the lower first. */
#define OFFSET_WORDS(offset) (long)(offset), (long)((uint64_t)(offset) >> 32)

static int early_socket(int domain, int type, int protocol)
{
	return (int)syscall(SYS_socket, domain, type, protocol);
}

static int early_shutdown(int fd, int how)
{
	return (int)syscall(SYS_shutdown, fd, how);
}

static int early_getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
	return (int)syscall(SYS_getsockopt, fd, level, name, value, length);
}

static int early_setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	return (int)syscall(SYS_setsockopt, fd, level, name, value, length);
}

static int early_getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
	return (int)syscall(SYS_getpeername, fd, address, length);
}

static int early_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return (int)syscall(SYS_connect, fd, address, length);
}

static int early_close(int fd)
{
	return (int)syscall(SYS_close, fd);
}

static int early_close_range(unsigned int first, unsigned int last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

/* Only for a libc without it on a kernel that may lack close_range() too. */
static void early_closefrom(int low)
{
	long end = sysconf(_SC_OPEN_MAX);

	if (early_close_range((unsigned)(low < 0 ? 0 : low), ~0U, 0) == 0)
		return;
	for (long fd = low < 0 ? 0 : low; fd < end; fd++)
		early_close((int)fd);
}

static int early_dup(int from)
{
	return (int)syscall(SYS_dup, from);
}

static int early_dup3(int from, int to, int flags)
{
	return (int)syscall(SYS_dup3, from, to, flags);
}

static int early_dup2(int from, int to)
{
#ifdef SYS_dup2
	return (int)syscall(SYS_dup2, from, to);
#else
	if (from == to)
		return syscall(SYS_fcntl, from, F_GETFD) < 0 ? -1 : to;
	return early_dup3(from, to, 0);
#endif
}

static int early_fcntl(int fd, int command, ...)
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

static ssize_t early_sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
			    socklen_t length)
{
	return syscall(SYS_sendto, fd, data, size, flags, to, length);
}

static ssize_t early_send(int fd, const void *data, size_t size, int flags)
{
	return early_sendto(fd, data, size, flags, NULL, 0);
}

static ssize_t early_sendmsg(int fd, const struct msghdr *message, int flags)
{
	return syscall(SYS_sendmsg, fd, message, flags);
}

static int early_sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, mmsg_flags flags)
{
	return (int)syscall(SYS_sendmmsg, fd, messages, count, flags);
}

static ssize_t early_write(int fd, const void *data, size_t size)
{
	return syscall(SYS_write, fd, data, size);
}

static ssize_t early_writev(int fd, const struct iovec *parts, int count)
{
	return syscall(SYS_writev, fd, parts, count);
}

static ssize_t early_pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	return syscall(SYS_pwritev2, fd, parts, count, OFFSET_WORDS(offset), flags);
}

static ssize_t early_sendfile(int to, int from, off_t *offset, size_t size)
{
	return syscall(SYS_sendfile, to, from, offset, size);
}

static ssize_t early_splice(int from, loff_t *from_offset, int to, loff_t *to_offset, size_t size,
			    unsigned int flags)
{
	return syscall(SYS_splice, from, from_offset, to, to_offset, size, flags);
}

static ssize_t early_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *from, socklen_t *length)
{
	return syscall(SYS_recvfrom, fd, buffer, size, flags, from, length);
}

static ssize_t early_recv(int fd, void *buffer, size_t size, int flags)
{
	return early_recvfrom(fd, buffer, size, flags, NULL, NULL);
}

static ssize_t early_recvmsg(int fd, struct msghdr *message, int flags)
{
	return syscall(SYS_recvmsg, fd, message, flags);
}

static int early_recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, mmsg_flags flags,
			  struct timespec *timeout)
{
	return (int)syscall(SYS_recvmmsg, fd, messages, count, flags, timeout);
}

static ssize_t early_read(int fd, void *buffer, size_t size)
{
	return syscall(SYS_read, fd, buffer, size);
}

static ssize_t early_readv(int fd, const struct iovec *parts, int count)
{
	return syscall(SYS_readv, fd, parts, count);
}

static ssize_t early_preadv2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	return syscall(SYS_preadv2, fd, parts, count, OFFSET_WORDS(offset), flags);
}

/* The system call writes the time that is left into its argument; the function does not. */
static int early_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec left = timeout ? *timeout : (struct timespec){ 0 };

	return (int)syscall(SYS_ppoll, fds, count, timeout ? &left : NULL, mask, KERNEL_SIGSET_SIZE);
}

static int early_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	struct timespec wait = { timeout / 1000, timeout % 1000 * 1000000L };

	return early_ppoll(fds, count, timeout < 0 ? NULL : &wait, NULL);
}

static int early_pselect(int count, fd_set *reading, fd_set *writing, fd_set *exceptional,
			 const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec left = timeout ? *timeout : (struct timespec){ 0 };
	uintptr_t mask_and_size[2] = { (uintptr_t)mask, KERNEL_SIGSET_SIZE };

	return (int)syscall(SYS_pselect6, count, reading, writing, exceptional, timeout ? &left : NULL, mask_and_size);
}

static int early_select(int count, fd_set *reading, fd_set *writing, fd_set *exceptional, struct timeval *timeout)
{
	struct timespec wait = { 0 };

	if (timeout)
		wait = (struct timespec){ timeout->tv_sec, timeout->tv_usec * 1000L };
	return early_pselect(count, reading, writing, exceptional, timeout ? &wait : NULL, NULL);
}

static int early_epoll_pwait(int epfd, struct epoll_event *events, int count, int timeout, const sigset_t *mask)
{
	return (int)syscall(SYS_epoll_pwait, epfd, events, count, timeout, mask, KERNEL_SIGSET_SIZE);
}

static int early_epoll_wait(int epfd, struct epoll_event *events, int count, int timeout)
{
	return early_epoll_pwait(epfd, events, count, timeout, NULL);
}

static int early_epoll_pwait2(int epfd, struct epoll_event *events, int count, const struct timespec *timeout,
			      const sigset_t *mask)
{
	return (int)syscall(SYS_epoll_pwait2, epfd, events, count, timeout, mask, KERNEL_SIGSET_SIZE);
}

/* What is no system call. A libc without it ends in an error that its callers know. */

static int early_fclose(FILE *stream)
{
	__typeof__(fclose) *next = (__typeof__(next))real_next("fclose", (const void *)fclose);

	return next ? next(stream) : EOF;
}

static FILE *early_freopen(const char *path, const char *mode, FILE *stream)
{
	__typeof__(freopen) *next = (__typeof__(next))real_next("freopen", (const void *)freopen);

	return next ? next(path, mode, stream) : NULL;
}

static int early_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
			     struct addrinfo **result)
{
	__typeof__(getaddrinfo) *next = (__typeof__(next))real_next("getaddrinfo", (const void *)getaddrinfo);

	return next ? next(node, service, hints, result) : EAI_FAIL;
}

static struct hostent *early_gethostbyname(const char *name)
{
	__typeof__(gethostbyname) *next = (__typeof__(next))real_next("gethostbyname", (const void *)gethostbyname);

	return next ? next(name) : NULL;
}

static struct hostent *early_gethostbyname2(const char *name, int family)
{
	__typeof__(gethostbyname2) *next = (__typeof__(next))real_next("gethostbyname2", (const void *)gethostbyname2);

	return next ? next(name, family) : NULL;
}

static int early_gethostbyname_r(const char *name, struct hostent *host, char *buffer, size_t size,
				 struct hostent **result, int *error)
{
	__typeof__(gethostbyname_r) *next =
		(__typeof__(next))real_next("gethostbyname_r", (const void *)gethostbyname_r);

	return next ? next(name, host, buffer, size, result, error) : ENOSYS;
}

static int early_gethostbyname2_r(const char *name, int family, struct hostent *host, char *buffer, size_t size,
				  struct hostent **result, int *error)
{
	__typeof__(gethostbyname2_r) *next =
		(__typeof__(next))real_next("gethostbyname2_r", (const void *)gethostbyname2_r);

	return next ? next(name, family, host, buffer, size, result, error) : ENOSYS;
}

#ifdef __GLIBC__
static FILE *early_freopen64(const char *path, const char *mode, FILE *stream)
{
	__typeof__(freopen64) *next = (__typeof__(next))real_next("freopen64", (const void *)freopen64);

	return next ? next(path, mode, stream) : NULL;
}

/* The check that libc makes; it never returns where libc would not. */
static void check_room(size_t size, size_t room)
{
	if (size > room)
		__builtin_trap();
}

static ssize_t early___recv_chk(int fd, void *buffer, size_t size, size_t room, int flags)
{
	check_room(size, room);
	return early_recv(fd, buffer, size, flags);
}

static ssize_t early___recvfrom_chk(int fd, void *buffer, size_t size, size_t room, int flags, struct sockaddr *from,
				    socklen_t *length)
{
	check_room(size, room);
	return early_recvfrom(fd, buffer, size, flags, from, length);
}

static ssize_t early___read_chk(int fd, void *buffer, size_t size, size_t room)
{
	check_room(size, room);
	return early_read(fd, buffer, size);
}

static int early___poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room)
{
	check_room(count * sizeof(*fds), room);
	return early_poll(fds, count, timeout);
}

static int early___ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
			     size_t room)
{
	check_room(count * sizeof(*fds), room);
	return early_ppoll(fds, count, timeout, mask);
}

#define early_fcntl64 early_fcntl

static ssize_t early_sendfile64(int to, int from, off64_t *offset, size_t size)
{
#ifdef SYS_sendfile64
	return syscall(SYS_sendfile64, to, from, offset, size);
#else
	return syscall(SYS_sendfile, to, from, offset, size);
#endif
}

static ssize_t early_preadv64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	return syscall(SYS_preadv2, fd, parts, count, OFFSET_WORDS(offset), flags);
}

static ssize_t early_pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	return syscall(SYS_pwritev2, fd, parts, count, OFFSET_WORDS(offset), flags);
}
#endif

#if defined(__GLIBC__) && __TIMESIZE == 32
/* A libc that lacks these has no program that calls them; before the constructor nobody waits. */
#define early___getsockopt64 early_getsockopt
#define early___setsockopt64 early_setsockopt
#define early___fcntl_time64 early_fcntl
#define early___sendmsg64    early_sendmsg
#define early___sendmmsg64   early_sendmmsg
#define early___recvmsg64    early_recvmsg

static int early___recvmmsg64(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout)
{
	return (int)syscall(SYS_recvmmsg_time64, fd, messages, count, flags, timeout);
}

static int early___ppoll64(struct pollfd *fds, nfds_t count, const void *timeout, const sigset_t *mask)
{
	int64_t left[2] = { 0 };

	if (timeout)
		__builtin_memcpy(left, timeout, sizeof(left));
	return (int)syscall(SYS_ppoll_time64, fds, count, timeout ? left : NULL, mask, KERNEL_SIGSET_SIZE);
}

static int early___pselect64(int count, fd_set *reading, fd_set *writing, fd_set *exceptional, const void *timeout,
			     const sigset_t *mask)
{
	uintptr_t mask_and_size[2] = { (uintptr_t)mask, KERNEL_SIGSET_SIZE };
	int64_t left[2] = { 0 };

	if (timeout)
		__builtin_memcpy(left, timeout, sizeof(left));
	return (int)syscall(SYS_pselect6_time64, count, reading, writing, exceptional, timeout ? left : NULL,
			    mask_and_size);
}

static int early___select64(int count, fd_set *reading, fd_set *writing, fd_set *exceptional, void *timeout)
{
	int64_t left[2] = { 0 };

	if (timeout) {
		__builtin_memcpy(left, timeout, sizeof(left));
		left[1] *= 1000; /* microseconds */
	}
	return early___pselect64(count, reading, writing, exceptional, timeout ? left : NULL, NULL);
}

static int early___epoll_pwait2_time64(int epfd, struct epoll_event *events, int count, const void *timeout,
				       const sigset_t *mask)
{
	return (int)syscall(SYS_epoll_pwait2, epfd, events, count, timeout, mask, KERNEL_SIGSET_SIZE);
}
#endif

#define HOOK(name, need) .name = early_##name,
#define ALIAS(name, hook)
struct real real = {
#include "hook/hooks.def"
};
#undef HOOK
#undef ALIAS
