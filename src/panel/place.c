/* SPDX-License-Identifier: MIT */
/*
 * place.c - where the panel is to be: the network it is for, the start of the system, the directory.
 *
 * Part of panel_open(): one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "panel/network.h"
#include "panel/opening.h"

/* The program learns it from its first socket, a tool has one of its own for that; see network.h. */
static bool leave_to_sockets(const struct opening *opening, struct panel *panel)
{
	uint64_t network;

	if (!network_is_told_by_sockets())
		return false;
	if (opening->access == PANEL_USE) {
		panel->network_unknown = true;
	} else if (network_of_process(&network)) {
		panel->netns = network;
		network_of_namespace(&panel->netns_by_name);
	}
	return true;
}

enum opening_result opening_find_network(struct opening *opening, struct panel *panel)
{
	static const char path[] = "/proc/self/ns/net";
	struct stat found;

	if (leave_to_sockets(opening, panel))
		return OPENING_OK;
	if (stat(path, &found) == 0)
		panel->netns = found.st_ino;
	else if (opening->access == PANEL_USE)
		return opening_refuse(opening, path, "cannot be read", errno);
	return OPENING_OK;
}

enum opening_result opening_find_boot_id(struct opening *opening)
{
	static const char path[] = "/proc/sys/kernel/random/boot_id";
	ssize_t length;
	int fd, error;

	if (opening->boot_id[0] != '\0')
		return OPENING_OK;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, opening->boot_id, PANEL_BOOT_ID_LENGTH);
	error = length < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	if (length != PANEL_BOOT_ID_LENGTH)
		return opening_refuse(opening, path, "cannot be read", error);
	return OPENING_OK;
}

/* "/a/b/panel" is name "panel" in "/a/b". A slash at the directory's end would follow a symbolic link. */
enum opening_result opening_split_path(struct opening *opening)
{
	const char *slash = strrchr(opening->path, '/');
	struct text text;

	if (opening->path[0] != '/')
		return opening_refuse(opening, opening->path, "is not an absolute path", 0);
	if (strlen(opening->path) >= OPENING_PATH_MAX)
		return opening_refuse(opening, opening->path, "is too long", 0);
	opening->name = slash + 1;
	if (strcmp(opening->name, "") == 0 || strcmp(opening->name, ".") == 0 || strcmp(opening->name, "..") == 0)
		return opening_refuse(opening, opening->path, "is not the name of a file", 0);
	while (slash > opening->path && slash[-1] == '/')
		slash--;
	text_init(&text, opening->directory, sizeof(opening->directory));
	text_put_bytes(&text, opening->path, slash > opening->path ? (size_t)(slash - opening->path) : 1);
	return OPENING_OK;
}

static int open_directory_fd(const struct opening *opening)
{
	return open(opening->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Whoever makes it first; the umask may have taken bits of 0700. */
static void make_directory(struct opening *opening)
{
	if (mkdir(opening->directory, 0700) != 0)
		return;
	opening->directory_fd = open_directory_fd(opening);
	if (opening->directory_fd >= 0)
		fchmod(opening->directory_fd, 0700);
	else
		chmod(opening->directory, 0700);
}

enum opening_result opening_find_directory(struct opening *opening)
{
	struct stat found;

	opening->directory_fd = open_directory_fd(opening);
	if (opening->directory_fd < 0 && errno == ENOENT && opening->is_default && opening->access == PANEL_USE) {
		make_directory(opening);
		if (opening->directory_fd < 0)
			opening->directory_fd = open_directory_fd(opening);
	}
	if (opening->directory_fd < 0) {
		int error = errno;

		if (lstat(opening->directory, &found) == 0 && S_ISLNK(found.st_mode))
			return opening_refuse(opening, opening->directory, "is a symbolic link", 0);
		return opening_refuse(opening, opening->directory,
				      error == ENOTDIR ? "is not a directory" : "cannot be opened", error);
	}
	if (!opening_look(opening->directory_fd, &found))
		return opening_refuse(opening, opening->directory, "cannot be looked at", errno);
	return opening_check_directory(opening, &found);
}
