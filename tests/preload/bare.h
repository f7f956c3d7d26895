/* SPDX-License-Identifier: MIT */
/*
 * bare.h - a close that no hook can see.
 */
#ifndef CUTOUT_TESTS_BARE_H
#define CUTOUT_TESTS_BARE_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Behind the back of every hook, of which syscall() may be one. */
static inline long bare_close(long fd)
{
	long result;

#if defined(__LP64__) && defined(__x86_64__)
	__asm__ volatile("syscall" : "=a"(result) : "a"((long)SYS_close), "D"(fd) : "rcx", "r11", "memory");
#elif defined(__LP64__) && defined(__aarch64__)
	register long x8 __asm__("x8") = SYS_close;
	register long x0 __asm__("x0") = fd;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8) : "memory");
	result = x0;
#else
	return syscall(SYS_close, fd);
#endif
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}

#endif
