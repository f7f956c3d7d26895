/* SPDX-License-Identifier: MIT */
/*
 * hooked.c - tables of names. Those that are hooked come from the build, which has them from hooks.def.
 */
#include "cli/hooked.h"

#include <stdlib.h>
#include <string.h>

const char *const hooked_names[] = {
#include "cli/hooked.inc"
};
const size_t hooked_count = sizeof(hooked_names) / sizeof(hooked_names[0]);

const struct unhooked unhooked_names[] = {
	{ "io_uring_*", "io-uring", "io_uring_ functions", COVERED_PARTLY, true,
	  "connects made through io_uring pass by libc, and are not seen",
	  "tell the program to use another backend, such as epoll, if it has one" },
	{ "syscall", "syscall", "syscall", COVERED, true,
	  "connects made with it would not be seen; most use it for other things", NULL },
	{ "getaddrinfo_a", "lookups", "other lookups than those of libc that are hooked", COVERED, true,
	  "of names that are looked up so the addresses are not learnt", "write rules for addresses, where they matter" },
	{ "res_query*", "lookups", NULL, COVERED, true, NULL, NULL },
	{ "res_nquery*", "lookups", NULL, COVERED, true, NULL, NULL },
	{ "res_search*", "lookups", NULL, COVERED, true, NULL, NULL },
	{ "res_nsearch*", "lookups", NULL, COVERED, true, NULL, NULL },
	{ "__res_query*", "lookups", NULL, COVERED, true, NULL, NULL },
	{ "__res_nquery*", "lookups", NULL, COVERED, true, NULL, NULL },
	{ "__res_search*", "lookups", NULL, COVERED, true, NULL, NULL },
	{ "__res_nsearch*", "lookups", NULL, COVERED, true, NULL, NULL },
	{ "ares_getaddrinfo", "lookups", NULL, COVERED, true, NULL, NULL },
	{ "ares_gethostbyname", "lookups", NULL, COVERED, true, NULL, NULL },
	{ "rcmd", "libc-connects", "rcmd or rexec", COVERED_PARTLY, true, "libc connects by itself there, past every hook",
	  NULL },
	{ "rcmd_af", "libc-connects", NULL, COVERED_PARTLY, true, NULL, NULL },
	{ "rexec", "libc-connects", NULL, COVERED_PARTLY, true, NULL, NULL },
	{ "rexec_af", "libc-connects", NULL, COVERED_PARTLY, true, NULL, NULL },
	{ "dlmopen", "dlmopen", "dlmopen", COVERED_PARTLY, false,
	  "what it loads into a namespace of its own has a libc of its own there, and no object", NULL },
	{ "dlopen", "dlopen", "dlopen", COVERED, false,
	  "what is loaded at run time cannot be seen here; it is covered, unless it is opened with RTLD_DEEPBIND",
	  "ask about a running process with --pid" },
};
const size_t unhooked_count = sizeof(unhooked_names) / sizeof(unhooked_names[0]);

static int compare(const void *name, const void *entry)
{
	return strcmp(name, *(const char *const *)entry);
}

bool hooked_is(const char *name)
{
	return bsearch(name, hooked_names, hooked_count, sizeof(hooked_names[0]), compare) != NULL;
}

const struct unhooked *unhooked_find(const char *name)
{
	for (size_t i = 0; i < unhooked_count; i++) {
		const char *pattern = unhooked_names[i].pattern;
		size_t length = strcspn(pattern, "*");

		if (pattern[length] == '*' ? strncmp(name, pattern, length) == 0 : strcmp(name, pattern) == 0)
			return &unhooked_names[i];
	}
	return NULL;
}

const char *sanitizer_of(const char *name)
{
	static const struct {
		const char *function;
		const char *sanitizer;
	} table[] = {
		{ "__asan_init", "AddressSanitizer" },
		{ "__tsan_init", "ThreadSanitizer" },
		{ "__msan_init", "MemorySanitizer" },
		{ "__hwasan_init", "HWAddressSanitizer" },
		{ "__lsan_init", "LeakSanitizer" },
		{ "__ubsan_handle_add_overflow", "UndefinedBehaviorSanitizer" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(name, table[i].function) == 0)
			return table[i].sanitizer;
	return NULL;
}

bool is_telling(const char *name, bool is_dynamic)
{
	return sanitizer_of(name) != NULL || (is_dynamic && (hooked_is(name) || unhooked_find(name) != NULL));
}
