/* SPDX-License-Identifier: MIT */
/*
 * calls_descriptor.c - operations of calls.c: every way to close, duplicate, reuse and inherit a descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bare.h"
#include "calls.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* Public in glibc, in none of its headers. */
extern int __close(int fd);

/* glibc 2.34 */
extern int close_range(unsigned first, unsigned last, int flags) __attribute__((weak));
extern void closefrom(int first) __attribute__((weak));

/* What close_range() does, where the libc has none: one by one, however many there may be. */
static int close_between(unsigned first, unsigned last)
{
	unsigned long end = (unsigned long)sysconf(_SC_OPEN_MAX);
	int saved = errno;

	if (close_range)
		return close_range(first, last, 0);
	for (unsigned fd = first; fd <= last && fd < end; fd++)
		close((int)fd);
	errno = saved;
	return 0;
}

static void run_close(const char *argument)
{
	(void)argument;
	said("close", close(*current()), NULL);
}

static void run_close_alias(const char *argument)
{
	(void)argument;
	said("close", __close(*current()), NULL);
}

static void run_raw_close(const char *argument)
{
	(void)argument;
	said("raw-close", bare_close(*current()), NULL);
}

/* As libuv does. */
static void run_syscall_close(const char *argument)
{
	(void)argument;
	said("syscall-close", syscall(SYS_close, *current()), NULL);
}

static void run_syscall_close_range(const char *argument)
{
	(void)argument;
	said("syscall-close_range", syscall(SYS_close_range, *current(), *current(), 0), NULL);
}

/* Six words, of which the last may be wrong. */
static void run_syscall_mmap(const char *argument)
{
#ifdef __LP64__
	long at = syscall(SYS_mmap, NULL, 1L, (long)PROT_READ, (long)(MAP_PRIVATE | MAP_ANONYMOUS), -1L, atol(argument));

	said("syscall-mmap", at > 0 ? 0 : at, NULL);
#else
	(void)argument;
#endif
}

static void run_fclose(const char *argument)
{
	FILE *file = fdopen(*current(), "r+");

	(void)argument;
	errno = ERRNO_BEFORE;
	said("fclose", fclose(file), NULL);
}

/* The stream's descriptor becomes that file, mostly under the same number. */
static void run_freopen(const char *argument)
{
	FILE *file = fdopen(*current(), "r+");

	file = freopen(argument, "w+", file);
	*current() = file ? fileno(file) : -1;
	say("freopen %s", file ? "0" : "-1");
}

/* `all`: everything above 2, in one call. */
static void run_close_range(const char *argument)
{
	int all = !strcmp(argument, "all");

	said("close_range", close_between(all ? 3 : (unsigned)*current(), all ? ~0U : (unsigned)*current()), NULL);
}

static void run_closefrom(const char *argument)
{
	(void)argument;
	if (closefrom)
		closefrom(3);
	else
		close_between(3, ~0U);
	say("closefrom");
}

/* As daemons do. */
static void run_close_all(const char *argument)
{
	(void)argument;
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	say("close-all");
}

static void duplicated(const char *name, const char *number, int fd)
{
	said(name, fd < 0 ? -1 : 0, NULL);
	*numbered(number) = fd;
}

static void run_dup(const char *argument)
{
	duplicated("dup", argument, dup(*current()));
}

static void run_dup_fcntl(const char *argument)
{
	duplicated("dup-fcntl", argument, fcntl(*current(), F_DUPFD_CLOEXEC, 3));
}

/* Onto the descriptor of another number, which it replaces. */
static void run_dup2(const char *argument)
{
	duplicated("dup2", argument, dup2(*current(), *numbered(argument)));
}

static void run_dup3(const char *argument)
{
	duplicated("dup3", argument, dup3(*current(), *numbered(argument), O_CLOEXEC));
}

/* Onto the current descriptor, which nothing replaces: neither of what is no descriptor, nor with flags that are none. */
static void run_dup2_nothing(const char *argument)
{
	(void)argument;
	said("dup2", dup2(-1, *current()), NULL);
}

static void run_dup3_nothing(const char *argument)
{
	(void)argument;
	said("dup3", dup3(1000, *current(), O_CLOEXEC), NULL);
}

static void run_dup3_wrong(const char *argument)
{
	(void)argument;
	said("dup3", dup3(0, *current(), O_CLOEXEC | 1), NULL); /* without the first musl looks at no flags */
}

/* Both ends of a queue for descriptors, made when it is first needed; a forked child has the same. */
static int *rights_queue(void)
{
	static int ends[2] = { -1, -1 };

	if (ends[0] < 0 && socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0)
		_exit(72);
	return ends;
}

union rights {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

/* Hands the descriptor over with SCM_RIGHTS, to whoever takes it (`rights-in`). */
static void run_rights_out(const char *argument)
{
	union rights rights = {
		.header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS },
	};
	struct msghdr message = { .msg_control = &rights, .msg_controllen = sizeof(rights.room) };

	(void)argument;
	memcpy(CMSG_DATA(&rights.header), current(), sizeof(int));
	say("rights-out %ld", (long)sendmsg(rights_queue()[0], &message, 0));
}

static void run_rights_in(const char *argument)
{
	union rights rights = { 0 };
	struct msghdr message = { .msg_control = &rights, .msg_controllen = sizeof(rights.room) };
	ssize_t result = recvmsg(rights_queue()[1], &message, MSG_DONTWAIT);

	(void)argument;
	memcpy(current(), CMSG_DATA(&rights.header), sizeof(int));
	say("rights-in %ld", (long)result);
}

static void run_mlockall(const char *argument)
{
	(void)argument;
	said("mlockall", mlockall(MCL_CURRENT | MCL_FUTURE), NULL);
}

/* A file, under the lowest free number: mostly the one that was closed last. */
static void run_open(const char *argument)
{
	int before = *current();

	*current() = open(argument, O_RDWR | O_CREAT | O_APPEND, 0600);
	say("open %s", *current() < 0 ? "-1" : *current() == before ? "under the same number" : "0");
}

static void run_stderr_becomes(const char *argument)
{
	close(STDERR_FILENO);
	say("stderr-becomes %d", open(argument, O_RDWR | O_CREAT | O_APPEND, 0600));
}

/* From here on the transcript goes to a file, under a number that no socket will get. */
static void run_out(const char *argument)
{
	int file = open(argument, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	transcript_to(fcntl(file, F_DUPFD_CLOEXEC, 1000));
	close(file);
}

static void run_flags(const char *argument)
{
	(void)argument;
	say("flags %s %s", fcntl(*current(), F_GETFL) & O_NONBLOCK ? "nonblock" : "block",
	    fcntl(*current(), F_GETFD) & FD_CLOEXEC ? "cloexec" : "inherited");
}

static void run_nonblock(const char *argument)
{
	int flags = fcntl(*current(), F_GETFL);

	flags = strcmp(argument, "off") ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	errno = ERRNO_BEFORE;
	said("nonblock", fcntl(*current(), F_SETFL, flags), NULL);
}

/* Replaces the program by itself, which goes on with these operations, separated by spaces. */
static void run_exec(const char *argument)
{
	char *words[32] = { "calls", NULL };
	char number[32], *rest = strdup(argument);
	int count = 2;

	snprintf(number, sizeof(number), "adopt=%d", *current());
	words[1] = number;
	for (char *word = strtok(rest, " "); word && count < 31; word = strtok(NULL, " "))
		words[count++] = word;
	words[count] = NULL;
	execv("/proc/self/exe", words);
	_exit(68);
}

static void run_adopt(const char *argument)
{
	*current() = atoi(argument);
}

const struct operation descriptor_operations[] = {
	{ "close", run_close },
	{ "__close", run_close_alias },
	{ "raw-close", run_raw_close },
	{ "syscall-close", run_syscall_close },
	{ "syscall-close_range", run_syscall_close_range },
	{ "syscall-mmap", run_syscall_mmap },
	{ "fclose", run_fclose },
	{ "freopen", run_freopen },
	{ "close_range", run_close_range },
	{ "closefrom", run_closefrom },
	{ "close-all", run_close_all },
	{ "dup", run_dup },
	{ "dup-fcntl", run_dup_fcntl },
	{ "dup2", run_dup2 },
	{ "dup3", run_dup3 },
	{ "dup2-nothing", run_dup2_nothing },
	{ "dup3-nothing", run_dup3_nothing },
	{ "dup3-wrong", run_dup3_wrong },
	{ "rights-out", run_rights_out },
	{ "rights-in", run_rights_in },
	{ "mlockall", run_mlockall },
	{ "open", run_open },
	{ "stderr-becomes", run_stderr_becomes },
	{ "out", run_out },
	{ "flags", run_flags },
	{ "nonblock", run_nonblock },
	{ "exec", run_exec },
	{ "adopt", run_adopt },
	{ NULL, NULL },
};
