/* SPDX-License-Identifier: MIT */
/*
 * ldconf.h - directories of libraries from configuration files.
 */
#ifndef CUTOUT_CLI_LDCONF_H
#define CUTOUT_CLI_LDCONF_H

/* Those of ld.so.conf(5) and of what it includes, with ":" between them; to be freed, NULL for none. */
char *ldconf_read(const char *path);

/* The whole text of a file of musl's, whose directories stand between ":" or on lines; to be freed. */
char *ldconf_read_list(const char *path);

#endif
