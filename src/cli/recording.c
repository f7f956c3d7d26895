/* SPDX-License-Identifier: MIT */
/*
 * recording.c - the directory of a recording.
 */
#include "cli/recording.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/environment.h"
#include "cli/say.h"

/* A directory that young may be one whose recorder is about to lock it. */
enum { LEFTOVER_AGE_SECONDS = 60 };

static const char memory[] = "/dev/shm";
static const char prefix[] = "cutout-record-";

static void remove_files(int directory)
{
	unlinkat(directory, &TAPE_NAME[1], 0);
	unlinkat(directory, &TAPE_PANEL_NAME[1], 0);
}

/* --- what dead recorders left --- */

static bool is_left(int fd)
{
	struct stat found;

	return fstat(fd, &found) == 0 && found.st_uid == getuid() && time(NULL) - found.st_mtime > LEFTOVER_AGE_SECONDS &&
	       flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static void consider(int parent, const char *name)
{
	int fd;

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	if (is_left(fd)) {
		remove_files(fd);
		unlinkat(parent, name, AT_REMOVEDIR);
	}
	close(fd);
}

static void remove_leftovers(const char *parent)
{
	DIR *directory = opendir(parent);
	struct dirent *entry;

	if (directory == NULL)
		return;
	while ((entry = readdir(directory)) != NULL)
		consider(dirfd(directory), entry->d_name);
	closedir(directory);
}

/* --- making --- */

static bool make_directory_in(struct recording *recording, const char *parent)
{
	int length = snprintf(recording->directory, sizeof(recording->directory), "%s/%sXXXXXX", parent, prefix);

	remove_leftovers(parent);
	if (length >= (int)sizeof(recording->directory)) {
		errno = ENAMETOOLONG;
		return false;
	}
	return mkdtemp(recording->directory) != NULL;
}

static bool make_directory(struct recording *recording)
{
	const char *temporary = environment_variable("TMPDIR");

	if (temporary == NULL || *temporary != '/')
		temporary = "/tmp";
	if (!make_directory_in(recording, memory) && !make_directory_in(recording, temporary)) {
		say_error("%s: %s", recording->directory, strerror(errno));
		return false;
	}
	/* Locked on from here; nobody else knows it. */
	recording->directory_fd = open(recording->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (recording->directory_fd >= 0)
		flock(recording->directory_fd, LOCK_EX | LOCK_NB);
	return true;
}

static bool make_files(struct recording *recording)
{
	char path[sizeof(recording->directory) + 16];
	char why[512];

	snprintf(path, sizeof(path), "%s" TAPE_NAME, recording->directory);
	recording->tape = tape_create(path, why, sizeof(why));
	if (recording->tape == NULL) {
		say_error("%s", why);
		return false;
	}
	snprintf(path, sizeof(path), "%s" TAPE_PANEL_NAME, recording->directory);
	if (panel_open(&recording->panel, path, PANEL_USE, why, sizeof(why)) && !recording->panel.is_private)
		return true;
	say_error("%s", why);
	return false;
}

bool recording_make(struct recording *recording)
{
	*recording = (struct recording){ .directory_fd = -1 };
	if (!make_directory(recording))
		return false;
	if (make_files(recording))
		return true;
	recording_remove(recording);
	return false;
}

void recording_remove(struct recording *recording)
{
	panel_close(&recording->panel);
	if (recording->tape != NULL)
		tape_close(recording->tape);
	if (recording->directory_fd >= 0) {
		remove_files(recording->directory_fd);
		close(recording->directory_fd);
	}
	rmdir(recording->directory);
}
