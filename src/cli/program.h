/* SPDX-License-Identifier: MIT */
/*
 * program.h - the program that is to run: which file, and why the object might not get into it.
 */
#ifndef CUTOUT_CLI_PROGRAM_H
#define CUTOUT_CLI_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* The file that execvp() would run under that name; false if it finds none. */
bool program_find(char *path, size_t size, const char *name);

/* A loader is run with the program as its argument, and loads what is to be preloaded. */
bool program_is_loader(const char *path);

/*
 * False when nothing speaks against it; else one line that says why the program of that file will run
 * unprotected: "/bin/su: set-user-ID, …".
 */
bool program_objection(const char *path, char *why, size_t size);

#endif
