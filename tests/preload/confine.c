/* SPDX-License-Identifier: MIT */
/*
 * confine.c - a preloaded object that locks its program in before main(), as some sandboxes do.
 *
 * CONFINE_CALLS: the numbers of the system calls that it may make, "0,1,3"; any other kills it. Without it nothing
 * happens. CONFINE_BY=syscall: by a bare system call, as libseccomp does. CONFINE_ERROR=1: others fail with EPERM
 * instead.
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

static void allow(unsigned number)
{
	put((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
	put((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
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
	const char *calls = getenv("CONFINE_CALLS");
	char *end;

	if (!calls)
		return;
	put((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	for (int i = 0; i < CALLS_MAX && *calls; i++) {
		allow((unsigned)strtoul(calls, &end, 10));
		calls = *end ? end + 1 : end;
	}
	put((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, getenv("CONFINE_ERROR") ? SECCOMP_RET_ERRNO | EPERM
										: SECCOMP_RET_KILL_PROCESS));
	if (lock_in(getenv("CONFINE_BY")) != 0)
		_exit(77);
}
