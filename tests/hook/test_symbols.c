/* SPDX-License-Identifier: MIT */
/*
 * test_symbols.c - names in libc's own table are what dlsym() finds in libc.
 */
#include "hook/symbols.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <string.h>

#include "hook/libc.h"

/* The object in which `inside` lies. */
struct wanted {
	const void *inside;
	struct symbols symbols;
	bool found;
};

static int look(struct dl_phdr_info *info, size_t size, void *context)
{
	struct wanted *wanted = context;
	const ElfW(Dyn) *dynamic = NULL;
	bool is_it = false;

	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type == PT_DYNAMIC)
			dynamic = (const void *)(info->dlpi_addr + part->p_vaddr);
		if (part->p_type == PT_LOAD &&
		    (uintptr_t)wanted->inside - info->dlpi_addr - part->p_vaddr < part->p_memsz)
			is_it = true;
	}
	if (is_it && dynamic)
		wanted->found = symbols_of(&wanted->symbols, info->dlpi_addr, dynamic);
	return is_it;
}

static struct symbols libc_symbols(void)
{
	struct wanted wanted = { .inside = dlsym(RTLD_DEFAULT, "getppid") };

	dl_iterate_phdr(look, &wanted);
	if (!wanted.found)
		cr_skip_test("libc has no DT_GNU_HASH");
	return wanted.symbols;
}

/* What dlsym() says, asked of libc alone: a sanitizer may stand before it. */
static void *asked(const char *name)
{
	void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);

	return libc ? dlsym(libc, name) : dlsym(RTLD_DEFAULT, name);
}

static enum symbols_found find(const struct symbols *symbols, const char *name, void **function)
{
	return symbols_find(symbols, name, symbols_hash(name), function);
}

static void expect_as_asked(const struct symbols *symbols, const char *name)
{
	void *function = NULL;

	switch (find(symbols, name, &function)) {
	case SYMBOLS_FOUND:
		cr_assert_eq(function, asked(name), "%s", name);
		break;
	case SYMBOLS_NONE:
		cr_assert_null(asked(name), "%s", name);
		break;
	case SYMBOLS_ASK:
		cr_assert_not_null(asked(name), "%s", name);
		break;
	}
}

Test(symbols, every_hook_is_found_as_by_dlsym)
{
	struct symbols symbols = libc_symbols();
	unsigned found = 0;
	void *function;

#define HOOK(name, need)                  \
	expect_as_asked(&symbols, #name); \
	found += find(&symbols, #name, &function) == SYMBOLS_FOUND;
#define ALIAS(name, hook)
#include "hook/hooks.def"
#undef HOOK
#undef ALIAS
	cr_assert_gt(found, 20);
}

Test(symbols, names_of_other_kinds_are_left_to_dlsym_or_the_same)
{
	/* With several versions, chosen when the program starts, data, of a thread, weak, of hidden versions only. */
	static const char *const names[] = {
		"pthread_cond_wait", "posix_spawn", "regexec", "sched_getaffinity", "glob", "fopen", "memcpy", "strlen",
		"time", "gettimeofday", "environ", "stdout", "errno", "h_errno", "__libc_single_threaded", "nanosleep",
		"timer_create", "malloc", "free", "_exit", "getpid", "sem_open", "dlsym", "pthread_create", "fork",
		"cfree", "uselib",
	};
	struct symbols symbols = libc_symbols();

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		expect_as_asked(&symbols, names[i]);
}

Test(symbols, a_name_that_is_data_is_asked_for)
{
	struct symbols symbols = libc_symbols();
	void *function;

	cr_assert_eq(find(&symbols, "environ", &function), SYMBOLS_ASK);
}

Test(symbols, what_nobody_defines_is_not_found)
{
	struct symbols symbols = libc_symbols();
	char name[32];
	void *function;

	for (unsigned i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "no_such_function_%u", i);
		cr_assert_eq(find(&symbols, name, &function), SYMBOLS_NONE);
	}
}

Test(symbols, an_object_without_the_table_is_told_apart)
{
	const ElfW(Dyn) dynamic[] = { { .d_tag = DT_SYMTAB }, { .d_tag = DT_STRTAB }, { .d_tag = DT_NULL } };
	struct symbols symbols;

	cr_assert_not(symbols_of(&symbols, 0x1000, dynamic));
}
