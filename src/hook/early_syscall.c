/* SPDX-License-Identifier: MIT */
/*
 * early_syscall.c - syscall() before the constructor ran. On machines where it is not hooked this file is empty.
 *
 * By its own instruction: libc's would have to be asked for by dlsym(), which allocates, and allocators that are
 * preloaded call syscall() so that they do not come by anything that does.
 */
#include "hook/early.h"

#ifdef HOOKS_SYSCALL

#include <errno.h>
#include <stdarg.h>

enum { WORDS = 6, ERRNO_MAX = 4095 };

/* By value: a sanitizer calls a function for what is read from memory, which would change registers already filled. */
#if defined(__x86_64__)
static long make(long number, long first, long second, long third, long fourth, long fifth, long sixth)
{
	register long r10 __asm__("r10") = fourth;
	register long r8 __asm__("r8") = fifth;
	register long r9 __asm__("r9") = sixth;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(first), "S"(second), "d"(third), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#else
static long make(long number, long first, long second, long third, long fourth, long fifth, long sixth)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = first;
	register long x1 __asm__("x1") = second;
	register long x2 __asm__("x2") = third;
	register long x3 __asm__("x3") = fourth;
	register long x4 __asm__("x4") = fifth;
	register long x5 __asm__("x5") = sixth;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}
#endif

long early_syscall(long number, ...)
{
	long words[WORDS], result;
	va_list arguments;

	va_start(arguments, number);
	for (int i = 0; i < WORDS; i++)
		words[i] = va_arg(arguments, long);
	va_end(arguments);
	result = make(number, words[0], words[1], words[2], words[3], words[4], words[5]);
	if (result >= 0 || result < -ERRNO_MAX)
		return result;
	errno = (int)-result;
	return -1;
}

#else
typedef int early_syscall_is_not_hooked; /* ISO C wants a declaration */
#endif
