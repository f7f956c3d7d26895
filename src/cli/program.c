/* SPDX-License-Identifier: MIT */
/*
 * program.c - the program that is to run, and why the object might not get into it.
 *
 * Our own binary is the measure: it was built with the object, for the same machine and libc.
 */
#include "cli/program.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cli/image.h"

/* The kernel follows as many interpreters of interpreters. */
enum { INTERPRETERS_MAX = 4 };

static bool is_program(const char *path)
{
	struct stat status;

	return access(path, X_OK) == 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool program_find(char *path, size_t size, const char *name)
{
	const char *at = getenv("PATH");
	char standard[256] = "/bin:/usr/bin";

	if (strchr(name, '/') != NULL)
		return (size_t)snprintf(path, size, "%s", name) < size && is_program(path);
	if (at == NULL) {
		confstr(_CS_PATH, standard, sizeof(standard));
		at = standard;
	}
	for (;;) {
		size_t length = strcspn(at, ":");
		int written = snprintf(path, size, "%.*s%s%s", (int)length, at, length > 0 ? "/" : "", name);

		if ((size_t)written < size && is_program(path))
			return true;
		if (at[length] == '\0')
			return false;
		at += length + 1;
	}
}

/* ld.so then ignores the preload: secure execution, ld.so(8). */
static const char *raised_rights(const char *path)
{
	struct stat status;
	struct statvfs volume;

	if (stat(path, &status) != 0 || (statvfs(path, &volume) == 0 && (volume.f_flag & ST_NOSUID) != 0))
		return NULL;
	if ((status.st_mode & S_ISUID) != 0 && status.st_uid != getuid())
		return "set-user-ID";
	if ((status.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && status.st_gid != getgid())
		return "set-group-ID";
	if (getuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0)
		return "has file capabilities";
	return NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* A loader is run with the program as its argument, and loads what is to be preloaded. */
static bool is_loader(const char *path)
{
	const char *name = base_name(path);

	return strncmp(name, "ld-", 3) == 0 || strncmp(name, "ld.so", 5) == 0 || strncmp(name, "ld64.so", 7) == 0;
}

static bool is_musl(const struct image *image)
{
	return strncmp(base_name(image->interpreter), "ld-musl-", 8) == 0;
}

/* What about the ELF image keeps the object out; NULL if nothing does. */
static const char *obstacle(const struct image *image, const struct image *own, const char *path)
{
	if (image->elf_class != own->elf_class)
		return image->elf_class == ELFCLASS32 ? "a 32-bit program, and libcutout.so is for 64-bit ones"
						      : "a 64-bit program, and libcutout.so is for 32-bit ones";
	if (!image_is_alike(image, own))
		return "built for another machine than libcutout.so";
	if (!image->has_loader)
		return is_loader(path) ? NULL : "statically linked";
	if (image->interpreter[0] != '\0' && is_musl(image) != is_musl(own))
		return is_musl(own) ? "not built for musl, as libcutout.so is"
				    : "built for musl, and libcutout.so is for glibc";
	return NULL;
}

/* Follows "#!" to the file that the kernel loads; false when it gets lost. */
static bool find_loaded(struct image *image, char *path, size_t size)
{
	for (int i = 0; i <= INTERPRETERS_MAX; i++) {
		image_read(image, path);
		if (image->kind != IMAGE_SCRIPT)
			return true;
		snprintf(path, size, "%s", image->interpreter);
	}
	return false;
}

static const char *reason_against(const struct image *image, const char *path)
{
	const char *reason = raised_rights(path);
	struct image own;

	if (reason != NULL || image->kind != IMAGE_ELF)
		return reason;
	image_read(&own, "/proc/self/exe");
	return own.kind == IMAGE_ELF && own.has_loader ? obstacle(image, &own, path) : NULL;
}

bool program_objection(const char *path, char *why, size_t size)
{
	char loaded[4096];
	struct image image;
	const char *reason;

	if ((size_t)snprintf(loaded, sizeof(loaded), "%s", path) >= sizeof(loaded) ||
	    !find_loaded(&image, loaded, sizeof(loaded)))
		return false;
	reason = reason_against(&image, loaded);
	if (reason == NULL)
		return false;
	snprintf(why, size, "%s: %s", loaded, reason);
	return true;
}
