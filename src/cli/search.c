/* SPDX-License-Identifier: MIT */
/*
 * search.c - the loader's rules, step by step.
 *
 * glibc: RPATH of the object that asks and of those that loaded it, unless it has a RUNPATH; LD_LIBRARY_PATH;
 * its RUNPATH; the cache, or where there is none the directories of ld.so.conf; the default directories.
 * musl: LD_LIBRARY_PATH; RUNPATH or RPATH, both inherited; the directories of its file, or its defaults.
 * Variants for certain processors (glibc-hwcaps) are not looked for: they import what the plain one imports.
 */
#include "cli/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "cli/image.h"
#include "cli/ldconf.h"

enum libc_kind libc_of_loader(const char *loader)
{
	const char *name = loader != NULL ? strrchr(loader, '/') : NULL;

	if (loader == NULL)
		return LIBC_NONE;
	name = name != NULL ? name + 1 : loader;
	if (strncmp(name, "ld-musl-", 8) == 0)
		return LIBC_MUSL;
	if (strncmp(name, "ld-linux", 8) == 0 || strncmp(name, "ld64.so", 7) == 0 || strncmp(name, "ld.so", 5) == 0 ||
	    strncmp(name, "ld-2.", 5) == 0)
		return LIBC_GLIBC;
	return LIBC_OTHER;
}

const char *libc_name(enum libc_kind libc)
{
	static const char *const names[] = {
		[LIBC_NONE] = "none", [LIBC_GLIBC] = "glibc", [LIBC_MUSL] = "musl", [LIBC_OTHER] = "other",
	};

	return names[libc];
}

/* $LIB is where the loader itself is, seen from /usr or from the root. */
static void find_lib(struct search *search)
{
	const char *loader = search->program->loader;
	char resolved[PATH_MAX];
	char *slash;

	strcpy(search->lib, sizeof(void *) == 8 ? "lib64" : "lib");
	if (loader == NULL || realpath(loader, resolved) == NULL)
		return;
	slash = strrchr(resolved, '/');
	*slash = '\0';
	snprintf(search->lib, sizeof(search->lib), "%s",
		 strncmp(resolved, "/usr/", 5) == 0 ? resolved + 5 : resolved + (resolved[0] == '/'));
}

/* /etc/ld-musl-x86_64.path beside /lib/ld-musl-x86_64.so.1 */
static char *musl_directories(const char *loader)
{
	const char *name = strrchr(loader, '/');
	char path[PATH_MAX];

	name = name != NULL ? name + 1 : loader;
	snprintf(path, sizeof(path), "/etc/%.*s.path", (int)strcspn(name, "."), name);
	return ldconf_read_list(path);
}

void search_start(struct search *search, const struct elf_file *program, bool is_secure)
{
	*search = (struct search){ .libc = libc_of_loader(program->loader), .program = program };
	search->library_path = is_secure ? NULL : getenv("LD_LIBRARY_PATH");
	find_lib(search);
	if (search->libc == LIBC_MUSL)
		search->directories = musl_directories(program->loader);
	else if (!ldcache_read(&search->cache, "/etc/ld.so.cache"))
		search->directories = ldconf_read("/etc/ld.so.conf");
}

void search_end(struct search *search)
{
	ldcache_release(&search->cache);
	free(search->directories);
	search->directories = NULL;
}

static bool fits(const struct search *search, const char *path)
{
	struct image image;

	if (access(path, R_OK) != 0)
		return false;
	image_read(&image, path);
	return image.kind == IMAGE_ELF && image.elf_class == search->program->elf_class &&
	       image.data == search->program->data && image.machine == search->program->machine;
}

/* The value of "$NAME" or "${NAME}" at `at`; NULL where none of the loader's stands there. */
static const char *token_at(const struct search *search, const char *origin, const char *at, size_t *length)
{
	static const char *const names[] = { "ORIGIN", "LIB", "PLATFORM" };
	const char *platform = (const char *)getauxval(AT_PLATFORM); /* NOLINT: a number that is an address */
	const char *const values[] = { origin, search->lib, platform != NULL ? platform : "" };
	bool has_braces = at[1] == '{';

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t name = strlen(names[i]);

		if (strncmp(at + 1 + has_braces, names[i], name) != 0 || (has_braces && at[2 + name] != '}'))
			continue;
		*length = 1 + name + 2 * (size_t)has_braces;
		return values[i];
	}
	return NULL;
}

/* The directory with its tokens replaced; false when it gets too long. An empty one is the present. */
static bool expand(const struct search *search, const char *origin, const char *from, size_t length,
		   char to[PATH_MAX])
{
	size_t used = 0;

	for (size_t i = 0; i < length;) {
		size_t token = 1;
		const char *value = from[i] == '$' ? token_at(search, origin, from + i, &token) : NULL;
		int more = value != NULL ? snprintf(to + used, PATH_MAX - used, "%s", value)
					 : snprintf(to + used, PATH_MAX - used, "%c", from[i]);

		i += value != NULL ? token : 1;
		used += (size_t)more;
		if (used >= PATH_MAX)
			return false;
	}
	if (length == 0)
		strcpy(to, ".");
	return true;
}

static bool search_list(const struct search *search, const char *list, const char *separators,
			const struct search_origin *origin, const char *name, char path[PATH_MAX])
{
	char directory[PATH_MAX], own[PATH_MAX];
	char *slash;

	if (list == NULL)
		return false;
	snprintf(own, sizeof(own), "%s", origin->path);
	slash = strrchr(own, '/');
	if (slash != NULL)
		*slash = '\0';
	for (;;) {
		size_t length = strcspn(list, separators);

		if (expand(search, slash != NULL ? own : ".", list, length, directory) &&
		    snprintf(path, PATH_MAX, "%s/%s", directory, name) < PATH_MAX && fits(search, path))
			return true;
		if (list[length] == '\0')
			return false;
		list += length + 1;
	}
}

/* What an object hands on to those that it loads: with glibc an RPATH, unless it has a RUNPATH. */
static const char *inherited(const struct search *search, const struct elf_file *elf)
{
	if (search->libc == LIBC_MUSL)
		return elf->runpath != NULL ? elf->runpath : elf->rpath;
	return elf->runpath == NULL ? elf->rpath : NULL;
}

static bool search_rpath(const struct search *search, const struct search_origin *origin, const char *name,
			 char path[PATH_MAX])
{
	if (origin->elf->runpath != NULL && search->libc != LIBC_MUSL)
		return false;
	for (const struct search_origin *at = origin; at != NULL; at = at->loaded_by)
		if (search_list(search, inherited(search, at->elf), ":", at, name, path))
			return true;
	return false;
}

static bool search_cache(const struct search *search, const char *name, char path[PATH_MAX])
{
	bool found = false;
	const char *candidate;

	for (size_t at = 0; !found && (candidate = ldcache_next(&search->cache, name, &at)) != NULL;)
		found = fits(search, candidate) && snprintf(path, PATH_MAX, "%s", candidate) < PATH_MAX;
	return found;
}

static bool search_defaults(const struct search *search, const struct search_origin *origin, const char *name,
			    char path[PATH_MAX])
{
	static const char musl[] = "/lib:/usr/local/lib:/usr/lib";

	if (search->libc == LIBC_MUSL)
		return search_list(search, search->directories != NULL ? search->directories : musl, ":\n", origin,
				   name, path);
	if (origin->elf->has_own_directories_only)
		return false;
	return search_cache(search, name, path) ||
	       search_list(search, search->directories, ":", origin, name, path) ||
	       search_list(search, "/$LIB:/usr/$LIB:/lib:/usr/lib", ":", origin, name, path);
}

bool search_find(const struct search *search, const struct search_origin *origin, const char *name,
		 char path[PATH_MAX])
{
	const char *library_path = search->library_path;

	if (library_path != NULL && *library_path == '\0')
		library_path = NULL;
	if (strchr(name, '/') != NULL) {
		char expanded[PATH_MAX];

		return expand(search, ".", name, strlen(name), expanded) &&
		       snprintf(path, PATH_MAX, "%s", expanded) < PATH_MAX && fits(search, path);
	}
	if (search->libc == LIBC_MUSL)
		return search_list(search, library_path, ":\n", origin, name, path) ||
		       search_rpath(search, origin, name, path) || search_defaults(search, origin, name, path);
	return search_rpath(search, origin, name, path) ||
	       search_list(search, library_path, ":;", origin, name, path) ||
	       search_list(search, origin->elf->runpath, ":", origin, name, path) ||
	       search_defaults(search, origin, name, path);
}
