/* SPDX-License-Identifier: MIT */
/*
 * leftovers.c - names of panels in the making, and what dead creators left under them.
 *
 * A new panel is NAME.new-XXXXXXXX until it has its own name; then that name goes. A creator that dies
 * in between leaves a file (before) or a second name of the panel (after). Neither piles up: whoever
 * creates one next removes those that are older than LEFTOVER_AGE, and whoever opens a panel that has a
 * second name removes that name, which its creator, if alive, was about to do. A creator that lives
 * loses nothing but one attempt. Part of panel_open(): one thread; no allocation, hence no opendir().
 */
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/hash.h"
#include "panel/opening.h"

#define LEFTOVER_AGE (60 * NSEC_PER_SEC)

static const char infix[] = ".new-";

/* linux_dirent64, which libc does not show. */
struct entry {
	uint64_t inode;
	int64_t next;
	uint16_t length;
	uint8_t type;
	char name[];
};

/* Names need only differ: O_EXCL finds out, and a new attempt takes another. */
void opening_temporary_name(const struct opening *opening, char name[TEMPORARY_MAX], unsigned attempt)
{
	uint64_t seed = hash_mix(clock_wall() ^ (uint64_t)getpid() << 40 ^ (uint64_t)attempt << 32);
	struct text text;

	text_init(&text, name, TEMPORARY_MAX);
	text_put(&text, opening->name);
	text_put(&text, infix);
	for (int shift = 28; shift >= 0; shift -= 4)
		text_put_char(&text, "0123456789abcdef"[seed >> shift & 15]);
}

static bool is_temporary(const struct opening *opening, const char *name)
{
	size_t length = strlen(opening->name);

	return strncmp(name, opening->name, length) == 0 && strncmp(name + length, infix, sizeof(infix) - 1) == 0;
}

static bool is_old(const struct stat *found)
{
	uint64_t now = clock_wall();
	uint64_t written = (uint64_t)found->st_mtim.tv_sec * NSEC_PER_SEC;

	return written < now && now - written > LEFTOVER_AGE;
}

static void consider(const struct opening *opening, const char *name, const struct stat *of)
{
	struct stat found;

	if (!is_temporary(opening, name) || fstatat(opening->directory_fd, name, &found, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (of != NULL ? found.st_ino == of->st_ino && found.st_dev == of->st_dev : is_old(&found))
		unlinkat(opening->directory_fd, name, 0);
}

void opening_remove_leftovers(const struct opening *opening, const struct stat *of)
{
	alignas(8) char buffer[2048];
	long length;

	if (lseek(opening->directory_fd, 0, SEEK_SET) != 0)
		return;
	while ((length = syscall(SYS_getdents64, opening->directory_fd, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < length;) {
			const struct entry *entry = (const struct entry *)(buffer + at);

			consider(opening, entry->name, of);
			at += entry->length;
		}
	}
}
