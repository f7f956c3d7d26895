/* SPDX-License-Identifier: MIT */
/*
 * capture.h - a file under number 2, and what was written to it; a name; an end to tests that hang. Each test is a
 * process of its own.
 */
#ifndef CUTOUT_TESTS_HOOK_CAPTURE_H
#define CUTOUT_TESTS_HOOK_CAPTURE_H

#include <stddef.h>

/* Kills the test if it has not ended in 20 s: what must not block may do so with every signal blocked. */
void end_in_time(void);

/* The program's, to whom asks for that which it was executed under. */
void be_named(const char *name);

/* From now on standard error is an empty file without a name. */
void capture_stderr(void);

/* All that was written to it so far; valid until the next call. */
const char *captured(void);

/* The same of any file that can be read at an offset. */
const char *captured_from(int fd);

#endif
