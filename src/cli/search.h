/* SPDX-License-Identifier: MIT */
/*
 * search.h - where the loader finds a library: ld.so(8) for glibc, and musl's simpler rules.
 */
#ifndef CUTOUT_CLI_SEARCH_H
#define CUTOUT_CLI_SEARCH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/elf.h"
#include "cli/ldcache.h"

enum libc_kind { LIBC_NONE, LIBC_GLIBC, LIBC_MUSL, LIBC_OTHER };

/* Which libc a loader of that name belongs to; LIBC_NONE for NULL. */
enum libc_kind libc_of_loader(const char *loader);
const char *libc_name(enum libc_kind libc); /* "glibc" */

/* What the rules need to know of an object: one that asks, and who loaded it. */
struct search_origin {
	const struct elf_file *elf;
	const char *path;
	const struct search_origin *loaded_by; /* NULL: the program */
};

struct search {
	enum libc_kind libc;
	const struct elf_file *program; /* libraries of another class or machine are passed over */
	char lib[PATH_MAX];             /* $LIB: "lib64", "lib/x86_64-linux-gnu" */
	const char *library_path;       /* LD_LIBRARY_PATH; NULL: not set, or not looked at */
	struct ldcache cache;
	char *directories;              /* of ld.so.conf, where there is no cache; musl's of its own file */
};

/* `is_secure`: the program runs with raised rights, and LD_LIBRARY_PATH is not looked at. */
void search_start(struct search *search, const struct elf_file *program, bool is_secure);
void search_end(struct search *search);

/* The file that is loaded for `name`, which `origin` needs. */
bool search_find(const struct search *search, const struct search_origin *origin, const char *name,
		 char path[PATH_MAX]);

#endif
