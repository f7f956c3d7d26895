/* SPDX-License-Identifier: MIT */
/*
 * textfile.c - replace a file as a whole.
 */
#include "cli/textfile.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/say.h"

static bool write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		text += written;
		length -= (size_t)written;
	}
	return true;
}

/* Closes it whatever happens; errno is of what went wrong first. */
static bool fill(int fd, const char *text, size_t length)
{
	bool filled = write_all(fd, text, length) && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
	int error = errno;

	if (close(fd) != 0 && filled)
		return false;
	errno = error;
	return filled;
}

/* Only what is no file is no target: rename() would put a file in the place of a device. */
static bool is_replaceable(const char *path)
{
	struct stat found;

	if (stat(path, &found) != 0)
		return errno == ENOENT;
	if (S_ISREG(found.st_mode))
		return true;
	errno = S_ISDIR(found.st_mode) ? EISDIR : EINVAL;
	return false;
}

static bool replace(const char *target, const char *text, size_t length)
{
	char *beside;
	bool done = false;
	int fd, error;

	if (asprintf(&beside, "%s.XXXXXX", target) < 0)
		return false;
	fd = mkstemp(beside);
	if (fd >= 0) {
		done = fill(fd, text, length) && rename(beside, target) == 0;
		error = errno;
		if (!done)
			unlink(beside);
		errno = error;
	}
	error = errno;
	free(beside);
	errno = error;
	return done;
}

bool textfile_replace(const char *path, const char *text, size_t length)
{
	char *target;
	bool done;

	signal(SIGXFSZ, SIG_IGN); /* a limit of the file's size is an error like others */
	if (!is_replaceable(path)) {
		if (errno != EINVAL)
			return say_file_error(path, errno);
		say_error("%s: not a regular file", path);
		return false;
	}
	target = realpath(path, NULL);
	done = replace(target != NULL ? target : path, text, length);
	if (!done)
		say_file_error(path, errno);
	free(target);
	return done;
}
