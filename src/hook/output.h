/* SPDX-License-Identifier: MIT */
/*
 * output.h - write a line into what may be a program's own file, without it ever noticing.
 *
 * One write per line, which never blocks, raises no signal and is no cancellation point; a line that
 * cannot be written so is lost, and false returned. Changes errno. Any thread, signal handler or child,
 * once the constructor has run.
 *
 * What is left: a pipe or terminal that others fill between our poll() and our write() makes that
 * write wait for its reader, as the program's own would. Its flags are shared with others and not ours
 * to change.
 */
#ifndef CUTOUT_HOOK_OUTPUT_H
#define CUTOUT_HOOK_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Which file a descriptor stands for, whatever its number. */
struct output_identity {
	dev_t device, special;
	ino_t inode;
	mode_t type; /* 0: none */
};

/* False, with *identity cleared, when it is not open. */
bool output_identify(int fd, struct output_identity *identity);

/* To that descriptor if it still is the file of that identity. */
bool output_to_fd(int fd, const struct output_identity *identity, const char *line, size_t length);

/* Appended to a file that is made if need be (0600), not through a symbolic link. */
bool output_to_file(const char *path, const char *line, size_t length);

/* One datagram to the socket of the system's log. */
bool output_to_syslog(const char *line, size_t length);

#endif
