/* SPDX-License-Identifier: MIT */
/*
 * golang.h - is it a Go program, and of which version?
 */
#ifndef CUTOUT_CLI_GOLANG_H
#define CUTOUT_CLI_GOLANG_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/elf.h"

/* True for one that Go's own toolchain has linked. `version` is "go1.22.1", or "" where it does not tell. */
bool golang_made(const struct elf_file *file, char *version, size_t size);

#endif
