/* SPDX-License-Identifier: MIT */
/*
 * say.h - messages for people: one line on stderr that says who speaks.
 *
 * They begin with "cutout: ", or with "cutout run: " once a command has been chosen.
 */
#ifndef CUTOUT_CLI_SAY_H
#define CUTOUT_CLI_SAY_H

#include <stdbool.h>

/* From here on it is that command which speaks. */
void say_for(const char *command);

/* "cutout run", for "Try 'cutout run --help'". */
const char *say_who(void);

__attribute__((format(printf, 1, 2))) void say_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void say_warning(const char *format, ...);

/* An error; always false, for who has to return that. */
bool say_out_of_memory(void);

/* "PATH: No such file or directory"; always false. An empty path can be seen. */
bool say_file_error(const char *path, int error);

/* Something to know that is no fault. */
__attribute__((format(printf, 1, 2))) void say_note(const char *format, ...);

/* An error, and where to read about the usage. */
__attribute__((format(printf, 1, 2))) void say_usage_error(const char *format, ...);

/*
 * Closes stdout. False, after a message, when something of what was printed did not get out: the disk
 * is full, the reader is gone.
 */
bool say_farewell(void);

/* Each line is written in one piece, so that those of commands that run at the same time do not mix. */
void say_in_lines(void);

#endif
