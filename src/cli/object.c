/* SPDX-License-Identifier: MIT */
/*
 * object.c - where libcutout.so is.
 *
 * In this order, the first that can be read: where libtool has built it (so that a build tree never takes an
 * installed one); beside the running binary (so that both can be copied into one directory); from there by
 * the way that leads from $(bindir) to $(libdir)/cutout (so that a prefix may be moved as a whole);
 * where it was to be installed.
 */
#include "cli/object.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"

/* Both come from the build: CUTOUT_BINDIR without, LIBCUTOUT_PATH with the object's file name. */
static const char built_bindir[] = CUTOUT_BINDIR;
static const char built_path[] = LIBCUTOUT_PATH;

/* Directory of the running binary, without a final slash. */
static bool own_directory(char *directory, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", directory, size - 1);
	char *slash;

	if (length <= 0 || (size_t)length == size - 1)
		return false;
	directory[length] = '\0';
	slash = strrchr(directory, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	return true;
}

/* How many bytes of both are the same directories: "/usr/" of "/usr/bin" and "/usr/lib/…". */
static size_t common_directories(const char *a, const char *b)
{
	size_t common = 0;

	for (size_t i = 0; a[i] != '\0' && a[i] == b[i]; i++)
		if (a[i] == '/')
			common = i + 1;
	return common;
}

/* "../lib/x86_64-linux-gnu/cutout/libcutout.so" */
static void way_from_bindir(char *way, size_t size)
{
	size_t common = common_directories(built_bindir, built_path);
	size_t used = 0;

	way[0] = '\0';
	for (const char *at = built_bindir + common; *at != '\0'; at++)
		if ((at == built_bindir + common || at[-1] == '/') && *at != '/' && used + 3 < size)
			used += (size_t)snprintf(way + used, size - used, "../");
	snprintf(way + used, size - used, "%s", built_path + common);
}

/* Tries DIRECTORY/FILE. */
static bool is_there(char *path, size_t size, const char *directory, const char *file)
{
	char joined[2 * PATH_MAX];
	char resolved[PATH_MAX];

	snprintf(joined, sizeof(joined), "%s/%s", directory, file);
	if (access(joined, R_OK) != 0 || realpath(joined, resolved) == NULL)
		return false;
	return (size_t)snprintf(path, size, "%s", resolved) < size;
}

bool object_find(char *path, size_t size)
{
	char directory[PATH_MAX];
	char way[PATH_MAX];

	if (own_directory(directory, sizeof(directory))) {
		if (is_there(path, size, directory, ".libs/libcutout.so"))
			return true;
		if (is_there(path, size, directory, "libcutout.so"))
			return true;
		way_from_bindir(way, sizeof(way));
		if (is_there(path, size, directory, way))
			return true;
	}
	if (access(built_path, R_OK) == 0)
		return (size_t)snprintf(path, size, "%s", built_path) < size;
	say_error("libcutout.so is not there: neither %s nor one beside this command", built_path);
	return false;
}
