/* SPDX-License-Identifier: MIT */
/*
 * rulefile.c - the file of CUTOUT_RULES=@FILE, read whole (rulefile.h).
 *
 * Whatever the path leads to, the program starts: opening a fifo or a terminal does not wait, and
 * nothing but a regular file of a sane size is read. Not mapped: who shortens the file must not kill us.
 */
#include "hook/rulefile.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/errname.h"
#include "base/text.h"
#include "hook/real.h"

struct why {
	struct text text;
	const char *path;
};

/* `cannot read "/etc/rules" (EACCES)`; `error` is 0 where there is none. Returns false, for its caller to return. */
static bool fail(struct why *why, const char *what, int error)
{
	const char *name = errname_of(error);

	text_put(&why->text, what);
	text_put(&why->text, " \"");
	text_put_bytes(&why->text, why->path, strnlen(why->path, 200));
	text_put_char(&why->text, '"');
	if (name) {
		text_put(&why->text, " (");
		text_put(&why->text, name);
		text_put_char(&why->text, ')');
	}
	return false;
}

/* At most `room` bytes, up to the end of the file; -1 with errno. */
static ssize_t read_all(int fd, char *at, size_t room)
{
	size_t length = 0;

	while (length < room) {
		ssize_t got = real.read(fd, at + length, room - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	return (ssize_t)length;
}

static bool read_open(struct arena *arena, int fd, struct rules_text *text, struct why *why)
{
	struct stat st;
	ssize_t length;
	char *bytes;

	if (fstat(fd, &st) != 0)
		return fail(why, "cannot read", errno);
	if (!S_ISREG(st.st_mode))
		return fail(why, "not a regular file:", 0);
	if (st.st_size > RULEFILE_MAX)
		return fail(why, "larger than 16 MiB:", 0);
	bytes = arena_take(arena, (size_t)st.st_size + 1);
	if (!bytes)
		return fail(why, "not enough memory for", 0);
	length = read_all(fd, bytes, (size_t)st.st_size);
	if (length < 0)
		return fail(why, "cannot read", errno);
	text->text = bytes;
	text->length = (size_t)length;
	return true;
}

bool rulefile_read(struct arena *arena, const char *path, struct rules_text *text, char *reason, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_LARGEFILE);
	struct why why = { .path = path };
	bool done;

	text_init(&why.text, reason, size);
	if (fd < 0)
		return fail(&why, "cannot open", errno);
	text->source = path;
	done = read_open(arena, fd, text, &why);
	real.close(fd);
	return done;
}
