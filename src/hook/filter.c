/* SPDX-License-Identifier: MIT */
/*
 * filter.c - who is behind which filter (filter.h). proc_pid_status(5) has the file.
 */
#include "hook/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "hook/real.h"

enum { ANCESTORS_MAX = 64, PIECE = 1024, PATH = 40 };

/* What is read of a process. */
struct status {
	uint32_t parent;  /* 0: it has none in its pid namespace */
	uint32_t mode;    /* 0: it is behind no filter */
	uint32_t filters; /* since Linux 5.9; else 0 */
	bool is_systemd;
};

/* A number behind "KEY:\t"; what else the line is leaves *value alone. */
static void take_number(const char *line, const char *key, uint32_t *value)
{
	size_t length = strlen(key);
	uint32_t number = 0;

	if (strncmp(line, key, length) != 0)
		return;
	for (line += length; *line >= '0' && *line <= '9'; line++)
		number = 10 * number + (uint32_t)(*line - '0');
	*value = number;
}

static void take_line(struct status *status, const char *line)
{
	take_number(line, "PPid:\t", &status->parent);
	take_number(line, "Seccomp:\t", &status->mode);
	take_number(line, "Seccomp_filters:\t", &status->filters);
	if (strcmp(line, "Name:\tsystemd") == 0)
		status->is_systemd = true;
}

/* All lines but the last, of which there may be more to come; returns how much that is. A line without an end is none. */
static size_t take_lines(struct status *status, char *piece, size_t length)
{
	char *at = piece, *end;

	while ((end = memchr(at, '\n', (size_t)(piece + length - at))) != NULL) {
		*end = '\0';
		take_line(status, at);
		at = end + 1;
	}
	length -= (size_t)(at - piece);
	if (length == PIECE)
		return 0;
	memmove(piece, at, length);
	return length;
}

static bool take_file(struct status *status, const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	char piece[PIECE];
	size_t kept = 0;
	ssize_t got;

	if (file < 0)
		return false;
	*status = (struct status){ 0 };
	while ((got = real.read(file, piece + kept, PIECE - kept)) > 0)
		kept = take_lines(status, piece, kept + (size_t)got);
	real.close(file);
	return got == 0;
}

static bool look_at(struct status *status, uint32_t pid)
{
	char path[PATH];
	struct text text;

	text_init(&text, path, sizeof(path));
	text_put(&text, "/proc/");
	if (pid != 0)
		text_put_number(&text, pid);
	else
		text_put(&text, "self");
	text_put(&text, "/status");
	return take_file(status, path);
}

static bool is_behind_fewer(const struct status *other, const struct status *own)
{
	return other->mode == 0 || other->filters < own->filters;
}

static bool compare_with_ancestors(const struct status *own)
{
	uint32_t parent = own->parent;
	struct status other;

	for (int i = 0; i < ANCESTORS_MAX && parent != 0; i++) {
		if (!look_at(&other, parent))
			return true;
		if (is_behind_fewer(&other, own))
			return !other.is_systemd;
		parent = other.parent;
	}
	return parent != 0;
}

bool filter_may_kill(void)
{
	int saved = errno, cancel;
	struct status own;
	bool may;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	may = look_at(&own, 0) && own.mode != 0 && compare_with_ancestors(&own);
	pthread_setcancelstate(cancel, NULL);
	errno = saved;
	return may;
}
