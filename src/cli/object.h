/* SPDX-License-Identifier: MIT */
/*
 * object.h - where libcutout.so is: in the build tree, or installed.
 */
#ifndef CUTOUT_CLI_OBJECT_H
#define CUTOUT_CLI_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

/* Its absolute path; false, after a message, if there is none that can be read. */
bool object_find(char *path, size_t size);

#endif
