/* SPDX-License-Identifier: MIT */
/*
 * closure.c - breadth first, as the loader does it: its order is the order in which symbols are searched.
 *
 * An object is loaded once, under whatever names it is asked for: by the name, by its DT_SONAME, or by the file.
 */
#include "cli/closure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/finding.h"
#include "cli/hooked.h"

enum { LOADED_MAX = 2048 };

const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static const char *kept(struct closure *closure, const char *text)
{
	char *copy = arena_copy(&closure->arena, text, strlen(text));

	return copy != NULL ? copy : "";
}

/* libc.so.6, ld-linux-x86-64.so.2, libpthread.so.0, libc.musl-x86_64.so.1 */
static bool is_part_of_libc(const char *name)
{
	static const char *const parts[] = { "libc.so", "libc.musl-", "libpthread.so.0", "ld-linux", "ld-musl-",
					     "ld64.so", "libdl.so.2", "librt.so.1", "libm.so.6", "libresolv.so.2",
					     "libanl.so.1", "libutil.so.1", "libnss_" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strncmp(name, parts[i], strlen(parts[i])) == 0)
			return true;
	return false;
}

static struct loaded *add(struct closure *closure, const char *name)
{
	struct loaded **list = realloc(closure->list, (closure->count + 1) * sizeof(struct loaded *));
	struct loaded *loaded;
	char *copy;

	if (list == NULL)
		return NULL;
	closure->list = list;
	loaded = closure->count < LOADED_MAX ? arena_take(&closure->arena, sizeof(*loaded)) : NULL;
	copy = loaded != NULL ? arena_copy(&closure->arena, name, strlen(name)) : NULL;
	if (copy == NULL)
		return NULL;
	loaded->name = make_printable(copy);
	loaded->is_libc = is_part_of_libc(name);
	loaded->elf.fd = -1;
	list[closure->count++] = loaded;
	return loaded;
}

static enum elf_result read_file(struct closure *closure, struct loaded *loaded, const char *path)
{
	enum elf_result result = elf_open(&loaded->elf, path, &closure->arena, is_telling);
	int error = errno;
	struct stat status;

	loaded->path = kept(closure, path);
	loaded->origin = (struct search_origin){ &loaded->elf, loaded->path, NULL };
	loaded->is_read = result == ELF_OPEN;
	if (stat(path, &status) == 0) {
		loaded->device = status.st_dev;
		loaded->inode = status.st_ino;
	}
	errno = error;
	return result;
}

/* $ORIGIN of a program is where it is, not where a link to it is. */
enum elf_result closure_begin(struct closure *closure, const char *name, const char *path)
{
	char resolved[PATH_MAX];
	struct loaded *program = add(closure, name);
	enum elf_result result;

	if (program == NULL)
		return ELF_UNREADABLE;
	program->is_libc = false;
	result = read_file(closure, program, path);
	if (result == ELF_OPEN && realpath(path, resolved) != NULL)
		program->origin.path = kept(closure, resolved);
	return result;
}

static bool is_loaded_as(const struct loaded *loaded, const char *name)
{
	return strcmp(loaded->name, name) == 0 ||
	       (loaded->is_read && loaded->elf.soname != NULL && strcmp(loaded->elf.soname, name) == 0) ||
	       (loaded->path != NULL && strcmp(loaded->path, name) == 0);
}

static bool has_name(const struct closure *closure, const char *name)
{
	for (size_t i = 1; i < closure->count; i++)
		if (is_loaded_as(closure->list[i], name))
			return true;
	return false;
}

static bool has_file(const struct closure *closure, const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return false;
	for (size_t i = 0; i < closure->count; i++)
		if (closure->list[i]->is_read && closure->list[i]->device == status.st_dev &&
		    closure->list[i]->inode == status.st_ino)
			return true;
	return false;
}

/* musl is one file, which answers for all parts of libc. */
static bool is_in_loader(const struct search *search, const char *name)
{
	return search->libc == LIBC_MUSL && is_part_of_libc(name);
}

/* NULL: it is there already, or there is no memory. */
static struct loaded *add_file(struct closure *closure, const char *name, const char *path)
{
	struct loaded *loaded = has_file(closure, path) ? NULL : add(closure, name);

	if (loaded == NULL)
		return NULL;
	read_file(closure, loaded, path);
	elf_close(&loaded->elf);
	return loaded;
}

/* `path`: where it was found; NULL: nowhere. */
static void add_found(struct closure *closure, const struct loaded *asks, const char *needed_by, const char *name,
		      const char *path)
{
	struct loaded *loaded = path != NULL ? add_file(closure, name, path) : add(closure, name);

	if (loaded == NULL)
		return;
	loaded->needed_by = needed_by;
	if (path != NULL)
		loaded->origin.loaded_by = &asks->origin;
}

static void add_needed(struct closure *closure, const struct search *search, const struct loaded *asks)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < asks->elf.needed_count; i++) {
		const char *name = asks->elf.needed[i];

		if (has_name(closure, name) || is_in_loader(search, name))
			continue;
		add_found(closure, asks, asks->name, name,
			  search_find(search, &asks->origin, name, path) ? path : NULL);
	}
}

/* Those that are not found are ignored, by the loader too. */
static void add_preloaded(struct closure *closure, const struct search *search)
{
	const char *list = getenv("LD_PRELOAD");
	char name[PATH_MAX], path[PATH_MAX];
	size_t length;

	for (; list != NULL && *list != '\0'; list += length) {
		list += strspn(list, " :");
		length = strcspn(list, " :");
		if (length == 0 || length >= sizeof(name))
			continue;
		memcpy(name, list, length);
		name[length] = '\0';
		if (strncmp(last_part(name), "libcutout.so", 12) != 0 && !has_name(closure, name) &&
		    search_find(search, &closure->list[0]->origin, name, path))
			add_found(closure, closure->list[0], "LD_PRELOAD", last_part(name), path);
	}
}

void closure_complete(struct closure *closure, bool is_secure)
{
	struct search search;

	search_start(&search, &closure->list[0]->elf, is_secure);
	if (!is_secure)
		add_preloaded(closure, &search);
	for (size_t i = 0; i < closure->count; i++)
		if (closure->list[i]->is_read && (i == 0 || !closure->list[i]->is_libc))
			add_needed(closure, &search, closure->list[i]);
	search_end(&search);
}

void closure_add_file(struct closure *closure, const char *name, const char *path)
{
	add_file(closure, name, path);
}

void closure_release(struct closure *closure)
{
	if (closure->count > 0)
		elf_close(&closure->list[0]->elf);
	free(closure->list);
	arena_release(&closure->arena);
	*closure = CLOSURE_EMPTY;
}
