/* SPDX-License-Identifier: MIT */
/*
 * closure.h - a program and all that is loaded with it.
 */
#ifndef CUTOUT_CLI_CLOSURE_H
#define CUTOUT_CLI_CLOSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "cli/search.h"

struct loaded {
	const char *name;      /* as it was asked for; of the program, the last part of its path; printable */
	const char *path;      /* NULL: not found */
	const char *needed_by; /* name of the first that asked, or "LD_PRELOAD"; NULL: nobody did */
	bool is_read;          /* `elf` says something */
	bool is_libc;          /* libc, or a part of it: not looked into */
	struct elf_file elf;
	struct search_origin origin;
	dev_t device;
	ino_t inode;
};

/* The first one is the program. They stay where they are. */
struct closure {
	struct arena arena;
	struct loaded **list;
	size_t count;
};

#define CLOSURE_EMPTY ((struct closure){ .arena = ARENA_EMPTY, .list = NULL })

/* The program alone. Its file stays open, until closure_release(). */
enum elf_result closure_begin(struct closure *closure, const char *name, const char *path);

/*
 * What the loader adds to it: LD_PRELOAD (but a libcutout.so, and nothing in secure mode), then what each one
 * needs, breadth first.
 */
void closure_complete(struct closure *closure, bool is_secure);

/* A file of a running process, under the name that it has there. */
void closure_add_file(struct closure *closure, const char *name, const char *path);

void closure_release(struct closure *closure);

/* The last part of a path. */
const char *last_part(const char *path);

#endif
