/* SPDX-License-Identifier: MIT */
/*
 * sandbox.c - connects inside a seccomp filter.
 *
 *	sandbox eperm|deaf|kill|kill-but-log|kill-but-own ADDRESS
 *
 * eperm: what is not on the list fails with EPERM; deaf: so do getsockopt and getpid; kill: what is not on the list
 * kills; kill-but-log: but for what libcutout(7) says that a log takes; kill-but-own: what the program does not do
 * itself kills. Five blocking connects and five non-blocking
 * ones, each with the errno that it gave.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "address.h"

#define ANSWER(number, answer) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), BPF_STMT(BPF_RET | BPF_K, (answer))
#define ALLOW(number)          ANSWER(number, SECCOMP_RET_ALLOW)

static int confine(const char *how)
{
	unsigned otherwise = strncmp(how, "kill", 4) ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_KILL_PROCESS;
	unsigned logging = strcmp(how, "kill-but-log") ? otherwise : SECCOMP_RET_ALLOW;
	unsigned deaf = strcmp(how, "deaf") ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EPERM;
	unsigned asking = strcmp(how, "kill-but-own") ? deaf : otherwise;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_read),
		ALLOW(SYS_write),
		ALLOW(SYS_close),
		ALLOW(SYS_socket),
		ALLOW(SYS_connect),
		ALLOW(SYS_exit_group),
#ifdef SYS_poll
		ALLOW(SYS_poll),
#else
		ALLOW(SYS_ppoll),
#endif
		ANSWER(SYS_getsockopt, asking),
		ANSWER(SYS_getpid, asking),
#ifdef SYS_newfstatat
		ANSWER(SYS_newfstatat, logging),
#endif
#ifdef SYS_fstat
		ANSWER(SYS_fstat, logging),
#endif
		ANSWER(SYS_rt_sigprocmask, logging),
		ANSWER(SYS_rt_sigpending, logging),
		BPF_STMT(BPF_RET | BPF_K, otherwise),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

static void say(int error)
{
	char line[] = "errno=000\n";

	line[6] = (char)('0' + error / 100 % 10);
	line[7] = (char)('0' + error / 10 % 10);
	line[8] = (char)('0' + error % 10);
	if (write(STDOUT_FILENO, line, sizeof(line) - 1) < 0)
		_exit(70);
}

static void try_once(int flags, const char *destination)
{
	int fd = socket(AF_INET, SOCK_STREAM | flags, 0), error = 0;
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	char byte = 'x';

	if (connect_to(fd, destination) != 0)
		error = errno;
	if (error == EINPROGRESS) {
		poll(&ready, 1, 10000);
		error = write(fd, &byte, 1) == 1 ? 0 : errno;
	}
	say(error);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 64;
	if (confine(argv[1]) != 0)
		return 77;
	for (int i = 0; i < 5; i++)
		try_once(0, argv[2]);
	for (int i = 0; i < 5; i++)
		try_once(SOCK_NONBLOCK, argv[2]);
	_exit(0);
}
