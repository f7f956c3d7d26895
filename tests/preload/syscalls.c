/* SPDX-License-Identifier: MIT */
/*
 * syscalls.c - calls syscall() in ways that need every register and the stack as the caller left them.
 *
 * Prints what came of each. A child is made on a stack of its own: where it returns to is written at the top of that.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK = 65536, CLONE_VM_AND_WAIT = 0x100 | 0x4000 };

static void say(const char *what, long result)
{
	printf("%s %ld errno=%d\n", what, result, errno);
	errno = 0;
}

#if defined __x86_64__ && defined __GLIBC__
static void child(void)
{
	_exit(7);
}

static pid_t clone_onto(char *stack)
{
	uintptr_t *top = (uintptr_t *)(void *)(stack + STACK) - 2;

	*top = (uintptr_t)child;
	return (pid_t)syscall(SYS_clone, CLONE_VM_AND_WAIT | SIGCHLD, top, 0, 0, 0);
}
#else
/* Where a function returns to is in a register, or in a frame of libc's (musl). */
static pid_t clone_onto(char *stack)
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	(void)stack;
	if (pid == 0)
		_exit(7);
	return pid;
}
#endif

int main(void)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), status = 0;
	char *page, text[4] = "";
	pid_t pid;

	errno = 0;
	say("getpid", syscall(SYS_getpid) == getpid());
	say("close", syscall(SYS_close, -1));
	say("closed", syscall(SYS_close, dup(file)));
	say("none", syscall(-1L));
#ifdef SYS_mmap
	/* Six of them. */
	page = (char *)syscall(SYS_mmap, NULL, 4096L, (long)PROT_READ, (long)MAP_PRIVATE, (long)file, 0L);
	say("mmap", page != MAP_FAILED && !memcmp(page, "\177ELF", 4));
#endif
	say("pread64", syscall(SYS_pread64, file, text, 3L, 1L));
	say(text, syscall(SYS_pread64, file, text, 3L, -1L));
	pid = clone_onto(mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	waitpid(pid, &status, 0);
	say("child", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return 0;
}
