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

#if defined(__x86_64__)
static long make(long number, const long words[WORDS])
{
	register long r10 __asm__("r10") = words[3];
	register long r8 __asm__("r8") = words[4];
	register long r9 __asm__("r9") = words[5];
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(words[0]), "S"(words[1]), "d"(words[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#else
static long make(long number, const long words[WORDS])
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = words[0];
	register long x1 __asm__("x1") = words[1];
	register long x2 __asm__("x2") = words[2];
	register long x3 __asm__("x3") = words[3];
	register long x4 __asm__("x4") = words[4];
	register long x5 __asm__("x5") = words[5];

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
	result = make(number, words);
	if (result >= 0 || result < -ERRNO_MAX)
		return result;
	errno = (int)-result;
	return -1;
}

#else
typedef int early_syscall_is_not_hooked; /* ISO C wants a declaration */
#endif
