/* SPDX-License-Identifier: MIT */
/*
 * say.c - messages for people, and the last look at stdout.
 */
#include "cli/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char speaker[32] = "cutout";

void say_for(const char *command)
{
	snprintf(speaker, sizeof(speaker), "cutout %s", command);
}

const char *say_who(void)
{
	return speaker;
}

/* What was printed so far comes first where both go to one place. */
__attribute__((format(printf, 2, 0))) static void say(const char *kind, const char *format, va_list arguments)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s", speaker, kind);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

void say_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("", format, arguments);
	va_end(arguments);
}

bool say_out_of_memory(void)
{
	say_error("out of memory");
	return false;
}

bool say_file_error(const char *path, int error)
{
	say_error("%s: %s", *path != '\0' ? path : "\"\"", error != 0 ? strerror(error) : "write error");
	return false;
}

void say_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("warning: ", format, arguments);
	va_end(arguments);
}

void say_note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("", format, arguments);
	va_end(arguments);
}

void say_usage_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("", format, arguments);
	va_end(arguments);
	fprintf(stderr, "Try '%s --help'.\n", speaker);
}

void say_in_lines(void)
{
	setvbuf(stderr, NULL, _IOLBF, 0);
}

bool say_farewell(void)
{
	bool lost = ferror(stdout) != 0;

	errno = 0;
	if (fflush(stdout) != 0)
		lost = true;
	if (fclose(stdout) != 0 && errno != EBADF) /* started without a stdout, and printed nothing */
		lost = true;
	if (lost)
		say_file_error("standard output", errno);
	return !lost;
}
