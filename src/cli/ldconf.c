/* SPDX-License-Identifier: MIT */
/*
 * ldconf.c - /etc/ld.so.conf, with its "include", and musl's list of directories.
 *
 * A file that includes itself, and one of any length, end somewhere: depth and text are bounded.
 */
#include "cli/ldconf.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 8, TEXT_MAX = 64 << 10 };

struct gathering {
	char *text;
	size_t length;
	unsigned depth;
};

static void read_file(struct gathering *gathering, const char *path);

static void add(struct gathering *gathering, const char *directory, size_t length)
{
	char *more;

	if (length == 0 || gathering->length + length + 2 > TEXT_MAX)
		return;
	more = realloc(gathering->text, gathering->length + length + 2);
	if (more == NULL)
		return;
	gathering->text = more;
	if (gathering->length > 0)
		more[gathering->length++] = ':';
	memcpy(more + gathering->length, directory, length);
	gathering->length += length;
	more[gathering->length] = '\0';
}

/* A pattern that is relative is so to the file that includes. */
static void include(struct gathering *gathering, const char *from, const char *pattern)
{
	const char *slash = strrchr(from, '/');
	char path[PATH_MAX];
	glob_t found;

	snprintf(path, sizeof(path), "%.*s%s", pattern[0] != '/' && slash != NULL ? (int)(slash - from + 1) : 0, from,
		 pattern);
	if (glob(path, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		read_file(gathering, found.gl_pathv[i]);
	globfree(&found);
}

static void read_line(struct gathering *gathering, const char *path, char *line)
{
	size_t length;

	line[strcspn(line, "#\n")] = '\0';
	line += strspn(line, " \t");
	length = strlen(line);
	while (length > 0 && strchr(" \t\r", line[length - 1]) != NULL)
		line[--length] = '\0';
	if (strncmp(line, "include", 7) == 0 && (line[7] == ' ' || line[7] == '\t'))
		include(gathering, path, line + 7 + strspn(line + 7, " \t"));
	else if (strncmp(line, "hwcap", 5) != 0)
		add(gathering, line, length);
}

static void read_file(struct gathering *gathering, const char *path)
{
	FILE *file = gathering->depth < DEPTH_MAX ? fopen(path, "re") : NULL;
	char line[PATH_MAX];

	if (file == NULL)
		return;
	gathering->depth++;
	while (fgets(line, sizeof(line), file) != NULL)
		read_line(gathering, path, line);
	gathering->depth--;
	fclose(file);
}

char *ldconf_read(const char *path)
{
	struct gathering gathering = { NULL, 0, 0 };

	read_file(&gathering, path);
	return gathering.text;
}

char *ldconf_read_list(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t length;

	if (file == NULL)
		return NULL;
	text = malloc(TEXT_MAX);
	length = text != NULL ? fread(text, 1, TEXT_MAX - 1, file) : 0;
	if (text != NULL)
		text[length] = '\0';
	fclose(file);
	return text;
}
