/* SPDX-License-Identifier: MIT */
/*
 * process.c - /proc/PID: maps, environ, exe, comm and fd.
 *
 * A process may end, or load more, while it is looked at. Its files are opened through its own root. A panel is
 * known by its mapping: shared, writable, and as long as a panel is.
 */
#include "cli/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/closure.h"
#include "cli/finding.h"
#include "cli/say.h"
#include "panel/file.h"

enum { ENVIRONMENT_MAX = 4 << 20 };

static const char deleted[] = " (deleted)";

struct mapping {
	uint64_t length;
	char rights[5];
	const char *path; /* "": none */
};

static FILE *open_of(const struct process *process, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)process->pid, name);
	return fopen(path, "re");
}

static bool complain(const struct process *process, int error)
{
	if (error == ENOENT || error == ESRCH)
		say_error("no process %d", (int)process->pid);
	else if (error == EACCES || error == EPERM)
		say_error("process %d: %s: ask as its user, or as root", (int)process->pid, strerror(error));
	else
		say_error("process %d: %s", (int)process->pid, strerror(error));
	return false;
}

static bool read_link(const struct process *process, const char *name, char *to, size_t size)
{
	char path[96];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)process->pid, name);
	length = readlink(path, to, size - 1);
	to[length > 0 ? length : 0] = '\0';
	return length > 0;
}

static bool read_name(struct process *process)
{
	FILE *file = open_of(process, "comm");
	bool done;

	if (file == NULL)
		return complain(process, errno);
	done = fgets(process->name, sizeof(process->name), file) != NULL;
	fclose(file);
	if (!done)
		return complain(process, ESRCH);
	process->name[strcspn(process->name, "\n")] = '\0';
	make_printable(process->name);
	return true;
}

static bool read_program(struct process *process)
{
	if (read_link(process, "exe", process->program, sizeof(process->program)))
		return true;
	if (errno != ENOENT)
		return complain(process, errno);
	say_error("process %d (%s) runs no program: it is a kernel thread, or has ended", (int)process->pid,
		  process->name);
	return false;
}

static bool read_environment(struct process *process)
{
	FILE *file = open_of(process, "environ");

	if (file == NULL)
		return complain(process, errno);
	process->environment = malloc(ENVIRONMENT_MAX);
	if (process->environment != NULL) {
		process->environment_length = fread(process->environment, 1, ENVIRONMENT_MAX - 1, file);
		process->environment[process->environment_length] = '\0';
	}
	fclose(file);
	return true;
}

/* --- maps -------------------------------------------------------------------------------------- */

static bool parse_mapping(struct mapping *mapping, char *line)
{
	uint64_t from, to;
	int path = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %n", &from, &to, mapping->rights, &path) != 3 ||
	    path == 0 || to < from)
		return false;
	mapping->length = to - from;
	mapping->path = line + path;
	return true;
}

static bool is_panel(const struct mapping *mapping)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return mapping->rights[1] == 'w' && mapping->rights[3] == 's' &&
	       mapping->length == (sizeof(struct panel_file) + page - 1) / page * page;
}

static bool cut_end(char *path, const char *end)
{
	size_t length = strlen(path), less = strlen(end);

	if (length <= less || strcmp(path + length - less, end) != 0)
		return false;
	path[length - less] = '\0';
	return true;
}

static void take_mapping(struct process *process, const struct mapping *mapping, process_file *take, void *context)
{
	char path[PATH_MAX];
	char seen[PATH_MAX + 64];
	bool is_gone;

	snprintf(path, sizeof(path), "%s", mapping->path);
	is_gone = cut_end(path, deleted);
	if (is_panel(mapping) && path[0] == '/')
		snprintf(process->panel, sizeof(process->panel), "%s",
			 is_gone && strcmp(path, "/dev/zero") == 0 ? "private" : mapping->path);
	if (mapping->rights[2] != 'x' || path[0] != '/')
		return;
	if (strncmp(last_part(path), "libcutout.so", 12) == 0) {
		snprintf(process->object, sizeof(process->object), "%s", path);
		process->object_is_replaced = is_gone;
	} else if (!is_gone) {
		snprintf(seen, sizeof(seen), "/proc/%d/root%s", (int)process->pid, path);
		take(context, path, seen);
	}
}

static bool read_maps(struct process *process, process_file *take, void *context)
{
	FILE *file = open_of(process, "maps");
	char line[PATH_MAX + 128];
	struct mapping mapping;

	if (file == NULL)
		return complain(process, errno);
	while (fgets(line, sizeof(line), file) != NULL)
		if (parse_mapping(&mapping, line))
			take_mapping(process, &mapping, take, context);
	fclose(file);
	return true;
}

static void look_for_io_uring(struct process *process)
{
	char path[64], target[64];
	const struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)process->pid);
	directory = opendir(path);
	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		char name[16];

		if (snprintf(name, sizeof(name), "fd/%s", entry->d_name) < (int)sizeof(name) &&
		    read_link(process, name, target, sizeof(target)) && strstr(target, "[io_uring]") != NULL)
			process->has_io_uring = true;
	}
	if (directory != NULL)
		closedir(directory);
}

bool process_read(struct process *process, pid_t pid, process_file *take, void *context)
{
	*process = (struct process){ .pid = pid };
	if (!read_name(process) || !read_program(process) || !read_environment(process) ||
	    !read_maps(process, take, context))
		return false;
	look_for_io_uring(process);
	return true;
}

void process_release(struct process *process)
{
	free(process->environment);
	process->environment = NULL;
}

const char *process_variable(const struct process *process, const char *name)
{
	const char *at = process->environment;
	size_t length = strlen(name);

	while (at != NULL && at < process->environment + process->environment_length) {
		if (strncmp(at, name, length) == 0 && at[length] == '=')
			return at[length + 1] != '\0' ? at + length + 1 : NULL;
		at += strlen(at) + 1;
	}
	return NULL;
}
