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
#include <unistd.h>

#include "cli/image.h"
#include "cli/rights.h"
#include "cli/trail.h"

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

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

bool program_is_loader(const char *path)
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
		return program_is_loader(path) ? NULL : "statically linked";
	if (image->interpreter[0] != '\0' && is_musl(image) != is_musl(own))
		return is_musl(own) ? "not built for musl, as libcutout.so is"
				    : "built for musl, and libcutout.so is for glibc";
	return NULL;
}

static const char *reason_against(const struct trail *trail, const char *path)
{
	struct rights rights = rights_of(path);
	struct image own;

	if (rights.what != NULL && !rights.are_ours)
		return rights.what;
	if (trail->drops_preload)
		return "env takes LD_PRELOAD away";
	if (trail->image.kind != IMAGE_ELF)
		return NULL;
	image_read(&own, "/proc/self/exe");
	return own.kind == IMAGE_ELF && own.has_loader ? obstacle(&trail->image, &own, path) : NULL;
}

bool program_objection(const char *path, char *why, size_t size)
{
	const char *loaded, *reason;
	struct trail trail;

	if (!trail_follow(&trail, path))
		return false;
	loaded = trail.paths[trail.count - 1];
	reason = reason_against(&trail, loaded);
	if (reason == NULL)
		return false;
	snprintf(why, size, "%s: %s", loaded, reason);
	return true;
}
