/* SPDX-License-Identifier: MIT */
/*
 * imports.h - which functions of libc that matter a program and its libraries call, and whether hooks see it.
 */
#ifndef CUTOUT_CLI_IMPORTS_H
#define CUTOUT_CLI_IMPORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/closure.h"

struct import {
	const char *symbol;
	const char **importers; /* in the order in which they are loaded */
	size_t importer_count;
	bool is_hooked;
	bool is_overridden; /* the program has a function of that name itself, which comes before the hook */
};

/* What is not covered first, then connect, then the rest by name. In memory of the closure's arena. */
struct import *imports_of(struct closure *closure, size_t *count);

/* True when the object defines that name for others. */
bool defines(const struct elf_file *elf, const char *name);

#endif
