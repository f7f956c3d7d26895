/* SPDX-License-Identifier: MIT */
/*
 * clock.c - CLOCK_MONOTONIC read past every interposable symbol.
 *
 * Where the vDSO has no such function the system call is made, on the common machines by its own
 * instruction: libfaketime replaces syscall() too. clock_init() once, before threads exist; the
 * rest anywhere, any time.
 */
#include "base/clock.h"

#include <errno.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/hot.h"
#include "base/vdso.h"

/* The kernel's timespec with 64-bit time, the same on every machine. */
struct stamp {
	int64_t seconds;
	int64_t nanoseconds;
};

typedef int read_clock(long id, struct stamp *stamp);

#if defined(__x86_64__)
static const char vdso_name[] = "__vdso_clock_gettime";
#elif defined(__aarch64__)
static const char vdso_name[] = "__kernel_clock_gettime";
#elif defined(__i386__)
static const char vdso_name[] = "__vdso_clock_gettime64";
#else
static const char vdso_name[] = "";
#endif

/* Written by clock_init() alone. */
static read_clock *from_vdso;

#if defined(__x86_64__)
static int system_call(long id, struct stamp *stamp)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"((long)SYS_clock_gettime), "D"(id), "S"(stamp)
			 : "rcx", "r11", "memory");
	return (int)result;
}
#elif defined(__aarch64__)
static int system_call(long id, struct stamp *stamp)
{
	register long number __asm__("x8") = SYS_clock_gettime;
	register long x0 __asm__("x0") = id;
	register struct stamp *x1 __asm__("x1") = stamp;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(number), "r"(x1) : "memory");
	return (int)x0;
}
#else
/* By libc, which speaks of errors in errno. Before Linux 5.1, machines of 32 bits know the short form only. */
static int system_call(long id, struct stamp *stamp)
{
	int saved = errno;
	long result = -1;
	struct {
		long seconds;
		long nanoseconds;
	} brief = { 0, 0 };

#ifdef SYS_clock_gettime64
	result = syscall(SYS_clock_gettime64, id, stamp);
#endif
#ifdef SYS_clock_gettime
	if (result != 0) {
		result = syscall(SYS_clock_gettime, id, &brief);
		*stamp = (struct stamp){ brief.seconds, brief.nanoseconds };
	}
#endif
	errno = saved;
	return (int)result;
}
#endif

static uint64_t read_ns(long id)
{
	struct stamp stamp = { 0, 0 };

	if (from_vdso == NULL || from_vdso(id, &stamp) != 0)
		system_call(id, &stamp);
	return (uint64_t)stamp.seconds * NSEC_PER_SEC + (uint64_t)stamp.nanoseconds;
}

void clock_init(void)
{
	int saved = errno;
	const void *image = (const void *)getauxval(AT_SYSINFO_EHDR);

	from_vdso = (read_clock *)vdso_symbol(image, vdso_name);
	errno = saved;
}

HOT uint64_t clock_now(void)
{
	uint64_t now = read_ns(CLOCK_MONOTONIC);

	return now != 0 ? now : 1;
}

HOT uint64_t clock_tick(void)
{
	return read_ns(CLOCK_MONOTONIC_COARSE);
}

uint64_t clock_boot(void)
{
	return read_ns(CLOCK_BOOTTIME);
}

uint64_t clock_wall(void)
{
	return read_ns(CLOCK_REALTIME);
}
