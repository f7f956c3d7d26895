/* SPDX-License-Identifier: MIT */
/*
 * create.c - a new panel file: made under a temporary name, whole, and then given its own.
 *
 * A file without a name in the way gets it by link(), which fails when somebody else was faster. One
 * that was written before the system was last started is replaced by rename(), which cannot fail so:
 * two processes doing that would leave one of them, and whoever opened its file, with a panel that
 * nobody else sees. So a replacer holds a flock() on the directory while it looks whether the name
 * still means the stale file and renames. The kernel lets go of it when a process dies; who does not
 * get it within LOCK_TRIES milliseconds does without the file. This is the only lock, it is taken by
 * the first processes after a restart of the system alone, and never by a call.
 *
 * Part of panel_open(): one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat() */
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "panel/opening.h"

/* The kernel's headers have it; a compiler for another libc may not find them. */
#define TMPFS_MAGIC 0x01021994

enum { NAME_TRIES = 8, LOCK_TRIES = 200, INTERRUPTIONS_MAX = 100 };

#define SECTION(kind_, field)                                                                                  \
	{                                                                                                      \
		.kind = (kind_), .entry_size = sizeof(((struct panel_file *)0)->field[0]),                     \
		.offset = offsetof(struct panel_file, field),                                                  \
		.entries = sizeof(((struct panel_file *)0)->field) / sizeof(((struct panel_file *)0)->field[0]) \
	}

static const struct panel_section table[] = {
	SECTION(SECTION_INDEX, index),
	SECTION(SECTION_SLOTS, slots),
	SECTION(SECTION_EVENTS, events),
	SECTION(SECTION_OWNERS, owners),
};

static_assert(sizeof(table) / sizeof(table[0]) <= PANEL_SECTIONS, "the table has a place for each section");

void opening_fill_header(struct panel_header *header, const char *boot_id)
{
	header->magic = PANEL_MAGIC;
	header->layout = PANEL_LAYOUT;
	header->sections = sizeof(table) / sizeof(table[0]);
	header->size = sizeof(struct panel_file);
	header->created = clock_wall();
	memcpy(header->boot_id, boot_id, sizeof(header->boot_id));
	memcpy(header->table, table, sizeof(table));
}

/* Beyond the limit the kernel sends SIGXFSZ, which kills the program. */
static bool limit_allows(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
	       limit.rlim_cur >= sizeof(struct panel_file);
}

/* Where a file system cannot reserve, libc writes a byte into each block, which comes to the same. */
static int reserve(int fd)
{
	int error = EINTR;

	for (int i = 0; i < INTERRUPTIONS_MAX && error == EINTR; i++)
		error = posix_fallocate(fd, 0, sizeof(struct panel_file));
	return error;
}

/* A file system in memory does not outlive the system: whoever finds this very file there need not look for when. */
static void note_memory(struct panel_header *header, int fd)
{
	struct statfs system;
	struct stat found;

	if (fstatfs(fd, &system) != 0 || system.f_type != TMPFS_MAGIC || !opening_look(fd, &found))
		return;
	header->inode = found.st_ino;
	header->device = found.st_dev;
}

static enum opening_result fill(struct opening *opening, int fd)
{
	struct panel_header header = { 0 };
	int error = reserve(fd);

	if (error == ENOSPC || error == EDQUOT || error == ENOMEM)
		return opening_refuse(opening, opening->path, "no space for a panel", error);
	if (error != 0)
		return opening_refuse(opening, opening->path, "space cannot be reserved", error);
	if (opening_find_boot_id(opening) != OPENING_OK)
		return OPENING_REFUSED;
	opening_fill_header(&header, opening->boot_id);
	note_memory(&header, fd);
	if (pwrite(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return opening_refuse(opening, opening->path, "cannot be written", errno);
	/* The umask may have taken bits of 0600. */
	if (fchmod(fd, 0600) != 0)
		return opening_refuse(opening, opening->path, "permissions cannot be set", errno);
	return OPENING_OK;
}

/* A whole panel under a temporary name, which the caller gives another or removes. */
static enum opening_result make(struct opening *opening, char name[TEMPORARY_MAX])
{
	enum opening_result result;
	int fd = -1;

	if (!limit_allows())
		return opening_refuse(opening, opening->path, "the limit of file sizes (RLIMIT_FSIZE) is too low", 0);
	opening_remove_leftovers(opening, NULL);
	for (unsigned i = 0; i < NAME_TRIES && fd < 0; i++) {
		opening_temporary_name(opening, name, i);
		fd = openat(opening->directory_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0)
		return opening_refuse(opening, opening->path, "cannot be created", errno);
	result = fill(opening, fd);
	close(fd);
	if (result != OPENING_OK)
		unlinkat(opening->directory_fd, name, 0);
	return result;
}

enum opening_result opening_create_file(struct opening *opening)
{
	char name[TEMPORARY_MAX];
	enum opening_result result = make(opening, name);

	if (result != OPENING_OK)
		return result;
	result = OPENING_AGAIN;
	/* EEXIST: another was faster. ENOENT: ours was taken for a leftover. */
	if (linkat(opening->directory_fd, name, opening->directory_fd, opening->name, 0) != 0 && errno != EEXIST &&
	    errno != ENOENT)
		result = opening_refuse(opening, opening->path, "cannot be created", errno);
	unlinkat(opening->directory_fd, name, 0);
	return result;
}

static bool lock_directory(const struct opening *opening)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(opening->directory_fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		nanosleep(&pause, NULL);
	}
	return false;
}

static bool name_is_stale(const struct opening *opening)
{
	struct stat found;

	return fstatat(opening->directory_fd, opening->name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
	       found.st_ino == opening->stale.st_ino && found.st_dev == opening->stale.st_dev;
}

/* Under the lock. */
static enum opening_result put_in_place(struct opening *opening, const char *name)
{
	if (!name_is_stale(opening) ||
	    renameat(opening->directory_fd, name, opening->directory_fd, opening->name) == 0 || errno == ENOENT)
		return OPENING_AGAIN;
	return opening_refuse(opening, opening->path, "cannot be replaced", errno);
}

enum opening_result opening_replace_file(struct opening *opening)
{
	char name[TEMPORARY_MAX];
	enum opening_result result = make(opening, name);

	if (result != OPENING_OK)
		return result;
	if (lock_directory(opening)) {
		result = put_in_place(opening, name);
		flock(opening->directory_fd, LOCK_UN);
	} else {
		result = opening_refuse(opening, opening->path, "is of an earlier start of the system, and locked", 0);
	}
	unlinkat(opening->directory_fd, name, 0);
	return result;
}
