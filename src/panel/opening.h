/* SPDX-License-Identifier: MIT */
/*
 * opening.h - what the files of panel_open() hand to each other while a panel is being opened.
 *
 * One thread, once, in the constructor. System calls are made here and nowhere else in this room.
 */
#ifndef CUTOUT_PANEL_OPENING_H
#define CUTOUT_PANEL_OPENING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/text.h"
#include "panel/file.h"
#include "panel/panel.h"

enum { OPENING_PATH_MAX = 256 };

struct opening {
	enum panel_access access;
	bool is_default; /* the directory is cutout's own: made if missing, and strictly 0700 */
	/*
	 * The real user. It names the default directory and must own everything. A program whose effective
	 * user is another one (set-user-ID) is left alone by the hooks, so that in practice both are the same. Where
	 * root looks at another's, that other: check.c.
	 */
	uid_t user;
	const char *path;
	size_t size; /* that the file must have */
	char directory[OPENING_PATH_MAX];
	const char *name; /* of the file, in the directory; points into path */
	int directory_fd;
	char boot_id[PANEL_BOOT_ID_MAX]; /* "": not needed so far */
	struct stat stale; /* the file that is to be replaced */
	struct text *why;
};

enum opening_result {
	OPENING_OK,
	OPENING_AGAIN,   /* somebody else was at it: look again */
	OPENING_MISSING,
	OPENING_STALE,   /* written before the system was last started */
	OPENING_REFUSED, /* why has the reason */
};

/* Writes "PATH: WHAT", and with an error "PATH: WHAT (ENOENT)". Returns OPENING_REFUSED. */
enum opening_result opening_refuse(struct opening *opening, const char *path, const char *what, int error);

/*
 * fstat(), as the loader of this libc makes it: a sandbox may know no other. From 2.33 to 2.37 glibc makes it of
 * fstatat() and an empty path of its own, in a page that nothing else has touched: a page fault more than with one of
 * ours.
 */
bool opening_look(int fd, struct stat *found);

/* check.c: each looks at what it is given, never at a path that may be another file by now. */
enum opening_result opening_check_directory(struct opening *opening, const struct stat *found);
enum opening_result opening_check_file(struct opening *opening, const struct stat *found);
/*
 * Was it written before the system was last started? Not what was made in memory (create.c), by the file's own number
 * there, which a copy does not have; of any other file the boot id says so, which takes three system calls.
 */
enum opening_result opening_check_header(struct opening *opening, const struct panel_header *header,
					 const struct stat *found);

/* place.c, in this order */
enum opening_result opening_split_path(struct opening *opening);
enum opening_result opening_find_network(struct opening *opening, struct panel *panel);
enum opening_result opening_find_directory(struct opening *opening);
/* Once needed: opening->boot_id. */
enum opening_result opening_find_boot_id(struct opening *opening);

/* create.c */
void opening_fill_header(struct panel_header *header, const char *boot_id);
enum opening_result opening_create_file(struct opening *opening);  /* OPENING_AGAIN: there is one now */
enum opening_result opening_replace_file(struct opening *opening); /* puts a new one in the place of opening->stale */

/* leftovers.c: what dead creators left. `of`: names of that file, whatever their age; NULL: all that are old. */
enum { TEMPORARY_MAX = OPENING_PATH_MAX + 16 };
void opening_temporary_name(const struct opening *opening, char name[TEMPORARY_MAX], unsigned attempt);
void opening_remove_leftovers(const struct opening *opening, const struct stat *of);

#endif
