/* SPDX-License-Identifier: MIT */
/*
 * tape_file.c - makes a tape, and opens one: no descriptor stays open.
 *
 * What is opened is looked at as a panel is (check.c): the directory and the file must be the user's, and nobody else's to write.
 * Part of the constructor, or of the recorder: one thread.
 */
#include "panel/tape_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "panel/opening.h"

enum { INTERRUPTIONS_MAX = 100 };

static struct opening opening_of(const char *path, struct text *why)
{
	return (struct opening){
		.access = PANEL_USE, /* by programs, each user's own */
		.user = getuid(),
		.path = path,
		.size = sizeof(struct tape_file),
		.directory_fd = -1,
		.why = why,
	};
}

static struct tape_file *map(struct opening *opening, int fd)
{
	void *file = mmap(NULL, sizeof(struct tape_file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (file != MAP_FAILED)
		return file;
	opening_refuse(opening, opening->path, "cannot be mapped", errno);
	return NULL;
}

static bool is_tape(struct opening *opening, int fd)
{
	struct stat found;

	if (fstat(fd, &found) == 0)
		return opening_check_file(opening, &found) == OPENING_OK;
	opening_refuse(opening, opening->path, "cannot be looked at", errno);
	return false;
}

static struct tape_file *map_checked(struct opening *opening, int fd)
{
	struct tape_file *file = is_tape(opening, fd) ? map(opening, fd) : NULL;

	if (file == NULL || (file->header.magic == TAPE_MAGIC && file->header.layout == TAPE_LAYOUT))
		return file;
	tape_close(file);
	opening_refuse(opening, opening->path, "is no tape of this version", 0);
	return NULL;
}

/* A recording that is over has taken its directory away: nothing is said then. */
static struct tape_file *open_file(struct opening *opening)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	struct tape_file *file;
	int fd;

	if (opening_split_path(opening) != OPENING_OK)
		return NULL;
	if (access(opening->directory, F_OK) != 0 && errno == ENOENT)
		return NULL;
	if (opening_find_directory(opening) != OPENING_OK)
		return NULL;
	fd = openat(opening->directory_fd, opening->name, flags);
	if (fd < 0) {
		if (errno != ENOENT)
			opening_refuse(opening, opening->path, "cannot be opened", errno);
		return NULL;
	}
	file = map_checked(opening, fd);
	close(fd);
	return file;
}

struct tape_file *tape_open(const char *path, char *why, size_t size)
{
	struct text reason;
	struct opening opening = opening_of(path, &reason);
	struct tape_file *file;
	int saved = errno;

	text_init(&reason, why, size);
	file = open_file(&opening);
	if (opening.directory_fd >= 0)
		close(opening.directory_fd);
	errno = saved;
	return file;
}

void tape_close(struct tape_file *file)
{
	munmap(file, sizeof(*file));
}

/* --- a new one --- */

/* A file with holes on a full file system would kill its writers. */
static int reserve(int fd)
{
	struct rlimit limit;
	int error = EINTR;

	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < sizeof(struct tape_file))
		return EFBIG;
	for (int i = 0; i < INTERRUPTIONS_MAX && error == EINTR; i++)
		error = posix_fallocate(fd, 0, sizeof(struct tape_file));
	return error;
}

static void fill(struct tape_header *header)
{
	struct stat namespace;

	header->magic = TAPE_MAGIC;
	header->layout = TAPE_LAYOUT;
	header->size = sizeof(struct tape_file);
	header->pid_namespace = stat("/proc/self/ns/pid", &namespace) == 0 ? namespace.st_ino : 0;
}

static struct tape_file *create(struct opening *opening, int fd)
{
	int error = reserve(fd);
	struct tape_file *file;

	if (error == 0 && fchmod(fd, 0600) != 0)
		error = errno;
	if (error != 0) {
		opening_refuse(opening, opening->path, "cannot be written", error);
		return NULL;
	}
	file = map(opening, fd);
	if (file != NULL)
		fill(&file->header);
	return file;
}

struct tape_file *tape_create(const char *path, char *why, size_t size)
{
	struct text reason;
	struct opening opening = opening_of(path, &reason);
	struct tape_file *file = NULL;
	int fd;

	text_init(&reason, why, size);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		opening_refuse(&opening, path, "cannot be created", errno);
		return NULL;
	}
	file = create(&opening, fd);
	close(fd);
	if (file == NULL)
		unlink(path);
	return file;
}
