/* SPDX-License-Identifier: MIT */
/*
 * real.c - find the functions behind the hooks, once.
 *
 * dlsym(RTLD_NEXT) finds the next object in search order, be it libc or another preload, so that any
 * order of preloads works. The names are one text, and no table of pointers, which the loader would have to
 * relocate, and to copy pages for, at each start.
 */
#include "hook/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "hook/early.h"

#define HOOK(name, need) .name = early_##name,
#define ALIAS(name, hook)
struct real real = {
#include "hook/hooks.def"
};
#undef HOOK
#undef ALIAS

/* In the order of struct real, each with its NUL. */
#define HOOK(name, need) #name "\0"
#define ALIAS(name, hook)
static const char names[] =
#include "hook/hooks.def"
	;
#undef HOOK
#undef ALIAS

/* The linker's: where this object begins and ends in memory. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

static bool is_ours(const void *function)
{
	return (uintptr_t)function - (uintptr_t)__ehdr_start < (uintptr_t)_end - (uintptr_t)__ehdr_start;
}

void *real_next(const char *name)
{
	void *next = dlsym(RTLD_NEXT, name);

	return is_ours(next) ? NULL : next;
}

void real_resolve(void)
{
	char *member = (char *)&real;
	int saved = errno;

	for (const char *name = names; *name; name += strlen(name) + 1) {
		void *next = real_next(name);

		if (next)
			__builtin_memcpy(member, &next, sizeof(next));
		member += sizeof(next);
	}
	errno = saved;
}
