/* SPDX-License-Identifier: MIT */
/*
 * real.c - find the functions behind the hooks, once.
 *
 * The next definition behind ours in search order, be it libc's or another preload's, so that any order of preloads
 * works: what dlsym(RTLD_NEXT) finds. All are looked for together, in one object after the other (symbols.h); dlsym()
 * is asked for what is no plain function, or may be in an object without a table. It is not asked for what this libc is
 * too old to have: glibc before 2.34 may make a system call then, which a sandbox does not know. In the constructor the
 * objects of the program come in search order; what others' constructors have loaded since comes behind libc.
 *
 * The names are one text, and no table of pointers, which the loader would have to relocate, and to copy pages for, at
 * each start.
 */
#include "hook/real.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "hook/early.h"
#include "hook/symbols.h"

#define HOOK(name, need) .name = early_##name,
#define ALIAS(name, hook)
struct real real = {
#include "hook/hooks.def"
};
#undef HOOK
#undef ALIAS

#ifdef HOOKS_SYSCALL
static_assert(offsetof(struct real, syscall) == 0, "syscall.S jumps to the first");
#endif

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

/* A dlsym() of another preload that stands before us and asks in its own name finds us. */
void *real_next(const char *name)
{
	void *next = dlsym(RTLD_NEXT, name);

	return is_ours(next) ? NULL : next;
}

enum { COUNT = sizeof(real) / sizeof(void *) };

struct search {
	void *found[COUNT]; /* NULL: nowhere yet; `real` itself: dlsym() is to say */
	bool behind_us;
};

static void search_object(struct search *search, const struct symbols *symbols)
{
	unsigned i = 0;

	for (const char *name = names; *name; name += strlen(name) + 1, i++) {
		if (!search->found[i] &&
		    symbols_find(symbols, name, symbols_hash(name), &search->found[i]) == SYMBOLS_ASK)
			search->found[i] = &real;
	}
}

/* An object whose table cannot be read hides what those behind it define. */
static void search_nothing_more(struct search *search)
{
	for (unsigned i = 0; i < COUNT; i++)
		if (!search->found[i])
			search->found[i] = &real;
}

/* For dl_iterate_phdr(). */
static int search_next(struct dl_phdr_info *info, size_t size, void *context)
{
	struct search *search = context;
	struct symbols symbols;

	(void)size;
	if (!search->behind_us) {
		search->behind_us = info->dlpi_addr == (uintptr_t)__ehdr_start;
		return 0;
	}
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		// NOLINTNEXTLINE(performance-no-int-to-ptr)
		const void *dynamic = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);

		if (info->dlpi_phdr[i].p_type != PT_DYNAMIC)
			continue;
		if (symbols_of(&symbols, info->dlpi_addr, dynamic))
			search_object(search, &symbols);
		else
			search_nothing_more(search);
	}
	return 0;
}

void real_resolve(void)
{
	struct search search = { .behind_us = false };
	char *member = (char *)&real;
	int saved = errno;
	unsigned i = 0;

	dl_iterate_phdr(search_next, &search);
	if (!search.behind_us)
		search_nothing_more(&search);
	for (const char *name = names; *name; name += strlen(name) + 1, i++) {
		void *next = search.found[i] == &real ? real_next(name) : search.found[i];

		if (next)
			__builtin_memcpy(member, &next, sizeof(next));
		member += sizeof(next);
	}
	errno = saved;
}
