/* SPDX-License-Identifier: MIT */
/*
 * real.c - find the functions behind the hooks, once.
 *
 * dlsym(RTLD_NEXT) finds the next object in search order, be it libc or another preload, so that any
 * order of preloads works. Linked with -Bsymbolic: the names in the table are our own definitions.
 */
#include "hook/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

#include "hook/early.h"

#define HOOK(name, need) .name = early_##name,
#define ALIAS(name, hook)
struct real real = {
#include "hook/hooks.def"
};
#undef HOOK
#undef ALIAS

struct entry {
	const char *name;
	const void *ours;
	size_t offset; /* in struct real */
};

#define HOOK(name, need) { #name, (const void *)name, offsetof(struct real, name) },
#define ALIAS(name, hook)
static const struct entry entries[] = {
#include "hook/hooks.def"
};
#undef HOOK
#undef ALIAS

void *real_next(const char *name, const void *ours)
{
	void *next = dlsym(RTLD_NEXT, name);

	return next == ours ? NULL : next;
}

void real_resolve(void)
{
	int saved = errno;

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		void *next = real_next(entries[i].name, entries[i].ours);

		if (next)
			__builtin_memcpy((char *)&real + entries[i].offset, &next, sizeof(next));
	}
	errno = saved;
}
