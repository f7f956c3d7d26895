/* SPDX-License-Identifier: MIT */
/*
 * confine.c - a preloaded object that locks its program in before main(), as some sandboxes do.
 *
 * CONFINE_CALLS: the numbers of the system calls that it may make, "0,1,3"; any other kills it. CONFINE_DENY: those that
 * fail with EPERM; any other it may make. Without either nothing happens. CONFINE_BY=syscall: by a bare system call, as
 * libseccomp does. CONFINE_ERROR=1: with CONFINE_CALLS others fail with EPERM instead.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CALLS_MAX = 200 };

static struct sock_filter filter[2 * CALLS_MAX + 2];
static unsigned short length;

static void put(struct sock_filter step)
{
	filter[length++] = step;
}

static void answer(unsigned number, unsigned what)
{
	put((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
	put((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what));
}

static int lock_in(const char *by)
{
	struct sock_fprog program = { length, filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	if (by && strcmp(by, "syscall") == 0)
		return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

__attribute__((constructor)) static void confine(void)
{
	const char *calls = getenv("CONFINE_CALLS"), *denied = getenv("CONFINE_DENY");
	unsigned error = SECCOMP_RET_ERRNO | EPERM, kill = getenv("CONFINE_ERROR") ? error : SECCOMP_RET_KILL_PROCESS;
	const char *listed = calls ? calls : denied;
	char *end;

	if (!listed)
		return;
	put((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	for (int i = 0; i < CALLS_MAX && *listed; i++) {
		answer((unsigned)strtoul(listed, &end, 10), calls ? SECCOMP_RET_ALLOW : error);
		listed = *end ? end + 1 : end;
	}
	put((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, calls ? kill : SECCOMP_RET_ALLOW));
	if (lock_in(getenv("CONFINE_BY")) != 0)
		_exit(77);
}
