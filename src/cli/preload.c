/* SPDX-License-Identifier: MIT */
/*
 * preload.c - the list of LD_PRELOAD with one object more.
 *
 * ld.so takes colons and blanks as separators (ld.so(8)); the new list has colons only.
 */
#include "cli/preload.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char separators[] = ": \t\n";

bool preload_can_hold(const char *object)
{
	return strpbrk(object, separators) == NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat first, second;

	if (strcmp(a, b) == 0)
		return true;
	if (strchr(a, '/') == NULL || stat(a, &first) != 0 || stat(b, &second) != 0)
		return false;
	return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* "libcutout.so", "libcutout.so.0" */
static bool is_cutout(const char *entry)
{
	static const char name[] = "libcutout.so";

	entry = base_name(entry);
	return strncmp(entry, name, sizeof(name) - 1) == 0 &&
	       (entry[sizeof(name) - 1] == '\0' || entry[sizeof(name) - 1] == '.');
}

/* "libasan.so.8", "libclang_rt.tsan-x86_64.so" */
static bool is_sanitizer(const char *entry)
{
	static const char *const names[] = { "libasan.", "libtsan.", "libubsan.", "liblsan.", "libhwasan.",
					     "libclang_rt." };

	entry = base_name(entry);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(entry, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static void append(char *list, const char *entry)
{
	if (*list != '\0')
		strcat(list, ":");
	strcat(list, entry);
}

/* True when `object` itself is among the entries. `scratch` is as large as `existing`. */
static bool is_listed(const char *existing, const char *object, char *scratch)
{
	char *rest = strcpy(scratch, existing);
	char *entry;

	while ((entry = strtok_r(rest, separators, &rest)) != NULL)
		if (is_same_file(entry, object))
			return true;
	return false;
}

static void fill(char *list, const char *existing, const char *object, char *scratch)
{
	bool is_in_place = is_listed(existing, object, scratch);
	bool is_placed = false;
	char *rest = strcpy(scratch, existing);
	char *entry;

	while ((entry = strtok_r(rest, separators, &rest)) != NULL) {
		bool is_itself = is_same_file(entry, object);

		if (is_in_place ? is_itself && !is_placed : !is_placed && !is_sanitizer(entry)) {
			append(list, object);
			is_placed = true;
		}
		if (!is_itself && !is_cutout(entry))
			append(list, entry);
	}
	if (!is_placed)
		append(list, object);
}

char *preload_with(const char *existing, const char *object)
{
	size_t length;
	char *list, *scratch;

	if (existing == NULL)
		existing = "";
	length = strlen(existing);
	list = calloc(1, length + strlen(object) + 2);
	scratch = malloc(length + 1);
	if (list != NULL && scratch != NULL) {
		fill(list, existing, object, scratch);
	} else {
		free(list);
		list = NULL;
	}
	free(scratch);
	return list;
}
