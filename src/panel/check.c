/* SPDX-License-Identifier: MIT */
/*
 * check.c - is this directory, this file, this header one of ours?
 *
 * Everything is asked of open descriptors, so that what was checked is what is used. Part of panel_open(): one thread.
 */
#include <fcntl.h>
#include <string.h>

#include "base/errname.h"
#include "panel/opening.h"

enum { PERMISSION_BITS = 07777, DIRECTORY_MODE = 0700, FILE_MODE = 0600 };

static void put_path(struct text *why, const char *path)
{
	for (; *path != '\0'; path++)
		text_put_char(why, (unsigned char)*path < ' ' || *path == 0x7f ? '?' : *path);
}

static void put_octal(struct text *why, unsigned mode)
{
	for (int shift = 9; shift >= 0; shift -= 3)
		text_put_char(why, (char)('0' + (mode >> shift & 7)));
}

enum opening_result opening_refuse(struct opening *opening, const char *path, const char *what, int error)
{
	put_path(opening->why, path);
	text_put(opening->why, ": ");
	text_put(opening->why, what);
	if (error != 0) {
		text_put(opening->why, " (");
		if (errname_of(error) != NULL)
			text_put(opening->why, errname_of(error));
		else
			text_put_number(opening->why, (uint64_t)error);
		text_put(opening->why, ")");
	}
	return OPENING_REFUSED;
}

bool opening_look(int fd, struct stat *found)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ < 33 || __GLIBC_MINOR__ >= 38)
	return fstat(fd, found) == 0;
#else
	return fstatat(fd, "", found, AT_EMPTY_PATH) == 0;
#endif
}

/* "PATH: BEFORE 5 MIDDLE 1: of another version": what a new version finds where the old one was told to put its own. */
static enum opening_result refuse_numbers(struct opening *opening, const char *before, uint64_t found,
					  const char *middle, uint64_t wanted, bool is_sure)
{
	opening_refuse(opening, opening->path, before, 0);
	text_put_number(opening->why, found);
	text_put(opening->why, middle);
	text_put_number(opening->why, wanted);
	text_put(opening->why, is_sure ? ": of another version" : ": of another version?");
	return OPENING_REFUSED;
}

static enum opening_result refuse_owner(struct opening *opening, const char *path, uid_t owner)
{
	opening_refuse(opening, path, "owned by user ", 0);
	text_put_number(opening->why, owner);
	text_put(opening->why, ", not by ");
	text_put_number(opening->why, opening->user);
	return OPENING_REFUSED;
}

static enum opening_result refuse_mode(struct opening *opening, const char *path, mode_t mode, const char *wanted)
{
	opening_refuse(opening, path, "has permissions ", 0);
	put_octal(opening->why, mode & PERMISSION_BITS);
	text_put(opening->why, wanted);
	return OPENING_REFUSED;
}

/*
 * A command of root's reads and steers what is another user's as that user would: all of it must be the one's whose
 * the directory is. Root's programs use their own.
 */
static bool adopts_owner(struct opening *opening, uid_t owner)
{
	if (opening->access == PANEL_USE || opening->user != 0)
		return false;
	opening->user = owner;
	return true;
}

/*
 * Who may write to the directory could put another file in place. The one of the default path is cutout's
 * own and must be exactly as it is made (but for set-group-ID, which it inherits); one that the user named
 * may be readable by others. Even root's is refused to others: nothing could be created in it anyway.
 */
enum opening_result opening_check_directory(struct opening *opening, const struct stat *found)
{
	if (!S_ISDIR(found->st_mode))
		return opening_refuse(opening, opening->directory, "is not a directory", 0);
	if (found->st_uid != opening->user && !adopts_owner(opening, found->st_uid))
		return refuse_owner(opening, opening->directory, found->st_uid);
	if (opening->is_default && (found->st_mode & 0777) != DIRECTORY_MODE)
		return refuse_mode(opening, opening->directory, found->st_mode, ", not 0700");
	if (found->st_mode & 022)
		return refuse_mode(opening, opening->directory, found->st_mode, ": others can write to it");
	return OPENING_OK;
}

enum opening_result opening_check_file(struct opening *opening, const struct stat *found)
{
	if (!S_ISREG(found->st_mode))
		return opening_refuse(opening, opening->path, "is not a regular file", 0);
	if (found->st_uid != opening->user)
		return refuse_owner(opening, opening->path, found->st_uid);
	if ((found->st_mode & PERMISSION_BITS) != FILE_MODE)
		return refuse_mode(opening, opening->path, found->st_mode, ", not 0600");
	if (found->st_nlink > 1)
		return opening_refuse(opening, opening->path, "has another name (hard link)", 0);
	if (found->st_size != (off_t)opening->size)
		return refuse_numbers(opening, "has ", (uint64_t)found->st_size, " bytes, not ",
				      opening->size, false);
	return OPENING_OK;
}

static bool is_as_made_in_memory(const struct panel_header *header, const struct stat *found)
{
	return header->inode != 0 && header->inode == found->st_ino && header->device == found->st_dev;
}

enum opening_result opening_check_header(struct opening *opening, const struct panel_header *header,
					 const struct stat *found)
{
	if (header->magic != PANEL_MAGIC)
		return opening_refuse(opening, opening->path, "is not a panel", 0);
	if (header->layout != PANEL_LAYOUT)
		return refuse_numbers(opening, "has layout ", header->layout, ", not ", PANEL_LAYOUT, true);
	if (is_as_made_in_memory(header, found))
		return OPENING_OK;
	if (opening_find_boot_id(opening) != OPENING_OK)
		return OPENING_REFUSED;
	if (memcmp(header->boot_id, opening->boot_id, sizeof(header->boot_id)) != 0)
		return OPENING_STALE;
	return OPENING_OK;
}
