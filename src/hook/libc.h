/* SPDX-License-Identifier: MIT */
/*
 * libc.h - the declarations that the hooks take their signatures from.
 *
 * libc's own headers, and by hand what another or an older libc does not declare yet, or never does
 * (the fortified entry points). plain.h sees to it that each keeps its own name.
 */
#ifndef CUTOUT_HOOK_LIBC_H
#define CUTOUT_HOOK_LIBC_H

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

int close_range(unsigned int first, unsigned int last, int flags);
void closefrom(int low);
int epoll_pwait2(int epfd, struct epoll_event *events, int maxevents, const struct timespec *timeout,
		 const sigset_t *mask);
ssize_t preadv2(int fd, const struct iovec *parts, int count, off_t offset, int flags);
ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags);

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8 /* linux/fs.h */
#endif

/* The machines of early_syscall.c and syscall.S. (On x32 a word of an argument is longer than a long.) */
#if defined(__LP64__) && (defined(__x86_64__) || defined(__aarch64__))
#define HOOKS_SYSCALL
#endif

/* The flags of sendmmsg() and recvmmsg(). */
#ifdef __GLIBC__
typedef int mmsg_flags;
#else
typedef unsigned int mmsg_flags; /* musl */
#endif

#ifdef __GLIBC__
ssize_t __recv_chk(int fd, void *buffer, size_t size, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *buffer, size_t size, size_t room, int flags, struct sockaddr *from,
		       socklen_t *length);
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room);
int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask, size_t room);

int __connect(int fd, const struct sockaddr *address, socklen_t length);
int __close(int fd);
int __dup2(int from, int to) __THROW;
int __fcntl(int fd, int command, ...);
ssize_t __send(int fd, const void *data, size_t size, int flags);
ssize_t __write(int fd, const void *data, size_t size);
ssize_t __read(int fd, void *buffer, size_t size);
int __poll(struct pollfd *fds, nfds_t count, int timeout);
int __select(int count, fd_set *reading, fd_set *writing, fd_set *exceptional, struct timeval *timeout);

#if __TIMESIZE == 32
/* Their timespec and timeval have 64-bit seconds; the hooks only hand them on. */
int __getsockopt64(int fd, int level, int name, void *value, socklen_t *length);
int __setsockopt64(int fd, int level, int name, const void *value, socklen_t length);
int __fcntl_time64(int fd, int command, ...);
ssize_t __sendmsg64(int fd, const struct msghdr *message, int flags);
int __sendmmsg64(int fd, struct mmsghdr *messages, unsigned int count, int flags);
ssize_t __recvmsg64(int fd, struct msghdr *message, int flags);
int __recvmmsg64(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
int __ppoll64(struct pollfd *fds, nfds_t count, const void *timeout, const sigset_t *mask);
int __select64(int count, fd_set *reading, fd_set *writing, fd_set *exceptional, void *timeout);
int __pselect64(int count, fd_set *reading, fd_set *writing, fd_set *exceptional, const void *timeout,
		const sigset_t *mask);
int __epoll_pwait2_time64(int epfd, struct epoll_event *events, int count, const void *timeout, const sigset_t *mask);
#endif
#endif

#endif
