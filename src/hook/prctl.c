/* SPDX-License-Identifier: MIT */
/*
 * prctl.c - the program locks itself in.
 *
 * The arguments are four words, of which each option takes as many as it needs: libc too hands on what it finds.
 */
#include <stdarg.h>
#include <sys/prctl.h>

#include "hook/real.h"
#include "hook/sandbox.h"

enum { WORDS = 4 };

static int lock_in(const unsigned long words[WORDS])
{
	bool begins = sandbox_begin();
	int result = real.prctl(PR_SET_SECCOMP, words[0], words[1], words[2], words[3]);

	if (result < 0 && begins)
		sandbox_withdraw();
	return result;
}

/* Without privileges a filter is only taken after PR_SET_NO_NEW_PRIVS, which is the last that libseccomp lets us see. */
HOOK_EXPORT int prctl(int option, ...)
{
	unsigned long words[WORDS];
	va_list arguments;

	va_start(arguments, option);
	for (int i = 0; i < WORDS; i++)
		words[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	if (option == PR_SET_SECCOMP)
		return lock_in(words);
	if (option == PR_SET_NO_NEW_PRIVS)
		sandbox_is_near();
	return real.prctl(option, words[0], words[1], words[2], words[3]);
}
