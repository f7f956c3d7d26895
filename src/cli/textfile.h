/* SPDX-License-Identifier: MIT */
/*
 * textfile.h - replace a file as a whole: whoever reads it meanwhile gets the old text or the new one.
 */
#ifndef CUTOUT_CLI_TEXTFILE_H
#define CUTOUT_CLI_TEXTFILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the text beside the file, to the disk, and renames it; its mode is 0644. Through a symbolic link
 * the file that it leads to is replaced. False, after a message, when that cannot be done: the file is then as
 * it was, and nothing is left beside it. The name of what is written ends in ".XXXXXX": node_exporter, which reads
 * "*.prom", passes it over.
 */
bool textfile_replace(const char *path, const char *text, size_t length);

#endif
