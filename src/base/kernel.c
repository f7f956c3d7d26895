/* SPDX-License-Identifier: MIT */
/*
 * kernel.c - read, or asked (kernel.h).
 */
#include "base/kernel.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/utsname.h>

#include "base/vdso.h"

enum { MINOR_MAX = 255 };

uint32_t kernel_says(void)
{
	int saved = errno;
	uint32_t code = vdso_linux_version((const void *)getauxval(AT_SYSINFO_EHDR));

	errno = saved;
	return code >> 8; /* the third number is of no matter */
}

static unsigned read_number(const char **text)
{
	unsigned number = 0;

	for (; **text >= '0' && **text <= '9' && number < 100000; (*text)++)
		number = number * 10 + (unsigned)(**text - '0');
	return number;
}

static uint32_t ask(void)
{
	struct utsname system;
	const char *at = system.release;
	int saved = errno;
	unsigned major, minor;

	if (uname(&system) != 0) {
		errno = saved;
		return 0;
	}
	major = read_number(&at);
	if (*at == '.')
		at++;
	minor = read_number(&at);
	return KERNEL(major, minor < MINOR_MAX ? minor : MINOR_MAX);
}

uint32_t kernel_version(void)
{
	uint32_t said = kernel_says();

	return said != 0 ? said : ask();
}
