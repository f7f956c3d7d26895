/* SPDX-License-Identifier: MIT */
/*
 * walk_descriptor.c - steps of walk.c: every way to close, duplicate and reuse a descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bare.h"
#include "walk.h"

/* Kernel headers before 5.9 lack it. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#ifdef __GLIBC__
/* Public in glibc, in none of its headers. */
extern int __close(int fd);
extern int __dup2(int from, int to);
#else
#define __close close
#define __dup2 dup2
#endif

/* Of syscall() closes are seen where it is hooked. */
#if defined(__LP64__) && (defined(__x86_64__) || defined(__aarch64__))
#define CLOSES_BARE 0
#else
#define CLOSES_BARE UNTIDY
#endif

/* Where libc has none the object has one all the same, and a walk must not go by that. */
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
static int (*const range_closer)(unsigned first, unsigned last, int flags) = close_range;
static void (*const rest_closer)(int first) = closefrom;
#else
static int (*const range_closer)(unsigned first, unsigned last, int flags);
static void (*const rest_closer)(int first);
#endif

static void do_close(void)
{
	int fd = some_fd();
	bool alias = once_in(6);

	begin("close %d", fd);
	returned(alias ? __close(fd) : close(fd));
}

/* Behind the object's back. */
static void close_unseen(void)
{
	int fd = some_fd();

	say("unseen close %d = %ld", fd, bare_close(fd));
}

/* As libuv does. */
static void close_by_syscall(void)
{
	int fd = some_fd(), last = once_in(3) ? fd + 1 : fd;
	bool range = once_in(3) && fd >= FIRST_FD && fd < END_FD;

	begin("syscall close%s %d %d", range ? "_range" : "", fd, last);
	if (range)
		returned(syscall(SYS_close_range, fd, last, 0));
	else
		returned(syscall(SYS_close, fd));
}

static void close_some(void)
{
	int first = some_fd(), last = once_in(3) ? first + 2 : first;

	if (!range_closer || first < FIRST_FD || first > END_FD) {
		do_close();
		return;
	}
	begin("close_range %d %d", first, last);
	returned(range_closer((unsigned)first, (unsigned)last, 0));
}

/* Marks them only. */
static void close_later(void)
{
	int first = some_fd();

	if (!range_closer || first < FIRST_FD)
		return;
	begin("close_range %d, at exec", first);
	returned(range_closer((unsigned)first, END_FD, 4 /* CLOSE_RANGE_CLOEXEC */));
}

static void close_from(void)
{
	int first = some_fd();

	if (!rest_closer || first < FIRST_FD)
		return;
	begin("closefrom %d", first);
	rest_closer(first);
	ended(0, "%d open", how_many_open());
}

static void close_stream(void)
{
	int fd = some_fd();
	FILE *file = fdopen(fd, "r+");

	if (!file)
		return;
	begin("fclose %d", fd);
	returned(fclose(file));
}

/* The stream's descriptor becomes that file. */
static void reopen_stream(void)
{
	int fd = some_fd();
	FILE *file = fdopen(fd, "r+");

	if (!file)
		return;
	begin("freopen %d", fd);
	file = freopen("/dev/null", "r+", file);
	returned(file ? fileno(file) : -1);
}

static void duplicate(void)
{
	int fd = some_fd();

	begin("dup %d", fd);
	returned(dup(fd));
}

static void duplicate_onto(void)
{
	int fd = some_fd(), to = once_in(2) ? some_fd() : any_number();
	bool alias = once_in(6);

	if (to > END_FD && to < 1024)
		to = FIRST_FD;
	begin("dup2 %d %d", fd, to);
	returned(alias ? __dup2(fd, to) : dup2(fd, to));
}

static void duplicate_with_flags(void)
{
	int fd = some_fd(), to = once_in(2) ? some_fd() : any_number();
	int flags = once_in(8) ? 5 : once_in(2) ? O_CLOEXEC : 0;

	if (to > END_FD && to < 1024)
		to = FIRST_FD;
	begin("dup3 %d %d %x", fd, to, (unsigned)flags);
	returned(dup3(fd, to, flags));
}

static void duplicate_from(void)
{
	int fd = some_fd(), from = once_in(12) ? -1 : (int)below(20) + FIRST_FD, how = once_in(2) ? F_DUPFD : F_DUPFD_CLOEXEC;

	begin("fcntl %d F_DUPFD %d %d", fd, how, from);
	returned(fcntl(fd, how, from));
}

/* Behind the object's back. */
static void duplicate_unseen(void)
{
	int fd = some_fd(), to = (int)below(20) + FIRST_FD;

	say("unseen dup3 %d %d = %ld", fd, to, syscall(SYS_dup3, fd, to, 0));
}

static void change_flags(void)
{
	int fd = some_fd(), flags = once_in(2) ? O_NONBLOCK : 0;

	begin("fcntl %d F_SETFL %x", fd, (unsigned)flags);
	returned(fcntl(fd, F_SETFL, flags));
}

static void change_flags_by_ioctl(void)
{
	int fd = some_fd(), on = once_in(2);

	begin("ioctl %d FIONBIO %d", fd, on);
	returned(ioctl(fd, FIONBIO, &on));
}

static void ask_for_flags(void)
{
	int fd = some_fd(), what = once_in(2) ? F_GETFL : F_GETFD;

	begin("fcntl %d %d", fd, what);
	returned(fcntl(fd, what));
}

/* Of all commands. */
static void ask_oddly(void)
{
	static const int commands[] = { F_GETOWN, F_SETFD, 999, F_GETSIG, F_GETPIPE_SZ };
	int fd = some_fd(), what = commands[below(5)];

	begin("fcntl %d %d", fd, what);
	returned(fcntl(fd, what, 1));
}

static void how_much_is_there(void)
{
	int fd = some_fd(), bytes = -7, result;

	begin("ioctl %d FIONREAD", fd);
	result = ioctl(fd, FIONREAD, &bytes);
	ended(result, "%d", bytes);
}

static void open_file(void)
{
	begin("open");
	returned(open("/dev/null", O_RDWR | (once_in(2) ? O_CLOEXEC : 0)));
}

static void open_pipe(void)
{
	int ends[2] = { -7, -7 }, result;

	begin("pipe");
	result = pipe(ends);
	ended(result, "%d %d", ends[0], ends[1]);
}

static void open_pair(void)
{
	int ends[2] = { -7, -7 }, type = once_in(2) ? SOCK_STREAM : SOCK_DGRAM, result;

	begin("socketpair %d", type);
	result = socketpair(AF_UNIX, type, 0, ends);
	ended(result, "%d %d", ends[0], ends[1]);
}

/* Hands it over to itself with SCM_RIGHTS: another descriptor that nobody has duplicated. */
static void hand_over(void)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} rights = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct msghdr message = { .msg_control = &rights, .msg_controllen = sizeof(rights.room) };
	int ends[2], fd = some_fd(), got = -7;
	ssize_t result;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
		return;
	memcpy(CMSG_DATA(&rights.header), &fd, sizeof(int));
	begin("sendmsg %d, in a message", fd);
	result = sendmsg(ends[0], &message, 0);
	returned(result);
	begin("recvmsg");
	result = recvmsg(ends[1], &message, 0);
	if (result >= 0 && message.msg_controllen >= sizeof(struct cmsghdr))
		memcpy(&got, CMSG_DATA(&rights.header), sizeof(int));
	ended(result, "%d", got);
	close(ends[0]);
	close(ends[1]);
}

const struct step descriptor_steps[] = {
	{ 12, 0, do_close },
	{ 3, UNTIDY, close_unseen },
	{ 3, CLOSES_BARE, close_by_syscall },
	{ 3, 0, close_some },
	{ 1, 0, close_later },
	{ 6, IN_CHILD, close_from },
	{ 2, NOT_IN_VFORK, close_stream },
	{ 1, NOT_IN_VFORK, reopen_stream },
	{ 4, 0, duplicate },
	{ 4, 0, duplicate_onto },
	{ 2, 0, duplicate_with_flags },
	{ 3, 0, duplicate_from },
	{ 2, UNTIDY, duplicate_unseen },
	{ 4, 0, change_flags },
	{ 1, 0, change_flags_by_ioctl },
	{ 2, 0, ask_for_flags },
	{ 1, 0, ask_oddly },
	{ 2, 0, how_much_is_there },
	{ 2, 0, open_file },
	{ 1, 0, open_pipe },
	{ 1, 0, open_pair },
	{ 1, UNTIDY, hand_over },
	{ 0, 0, NULL },
};
