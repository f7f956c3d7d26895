/* SPDX-License-Identifier: MIT */
/*
 * walk_say.c - the transcript of walk.c, and the signals that end what blocks.
 *
 * A line is written at once, past the object. Everything is static: a vfork child says its lines, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "walk.h"

enum { INTERVAL_US = 3000 };

static char call[400];
static char where[32];
static bool interrupted;
static volatile sig_atomic_t pipe_signals;

static void write_line(const char *line)
{
	if (syscall(SYS_write, STDOUT_FILENO, line, strlen(line)) < 0)
		_exit(70);
}

void say_where_we_are(const char *mark)
{
	snprintf(where, sizeof(where), "%s", mark);
}

/* Again and again: the first one may come before the call blocks. */
static void interrupt_every(suseconds_t microseconds)
{
	struct itimerval often = { { 0, microseconds }, { 0, microseconds } };

	interrupted = microseconds != 0;
	setitimer(ITIMER_REAL, &often, NULL);
}

void begin(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(call, sizeof(call), format, arguments);
	va_end(arguments);
	errno = ERRNO_BEFORE;
}

void begin_blocking(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(call, sizeof(call), format, arguments);
	va_end(arguments);
	interrupt_every(INTERVAL_US);
	errno = ERRNO_BEFORE;
}

void ended(long result, const char *format, ...)
{
	int error = errno;
	char more[600], line[1200], changed[24] = "";
	va_list arguments;

	if (interrupted)
		interrupt_every(0);
	va_start(arguments, format);
	vsnprintf(more, sizeof(more), format, arguments);
	va_end(arguments);
	if (error != ERRNO_BEFORE)
		snprintf(changed, sizeof(changed), " errno=%d", error);
	snprintf(line, sizeof(line), "%s%s = %ld%s%s%s%s\n", where, call, result, changed, more[0] ? " " : "", more,
		 pipe_signals ? " SIGPIPE" : "");
	pipe_signals = 0;
	write_line(line);
}

void returned(long result)
{
	ended(result, "%s", "");
}

void say(const char *format, ...)
{
	char text[600], line[700];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(line, sizeof(line), "%s%s\n", where, text);
	write_line(line);
}

uint32_t hash(const void *data, size_t length)
{
	const unsigned char *bytes = data;
	uint32_t value = 2166136261;

	for (size_t i = 0; i < length; i++)
		value = (value ^ bytes[i]) * 16777619;
	return value;
}

static bool has_timeout(int fd)
{
	struct timeval time = { 0 };
	socklen_t length = sizeof(time);

	return syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &time, &length) == 0 && (time.tv_sec || time.tv_usec);
}

/* A descriptor that is none does not. */
bool blocks(int fd)
{
	long flags = syscall(SYS_fcntl, fd, F_GETFL);

	return flags >= 0 && !(flags & O_NONBLOCK) && !has_timeout(fd);
}

static void on_alarm(int number)
{
	(void)number;
}

static void on_pipe(int number)
{
	(void)number;
	pipe_signals = 1;
}

void prepare_signals(void)
{
	struct sigaction alarm = { .sa_handler = on_alarm }, broken = { .sa_handler = on_pipe };

	sigaction(SIGALRM, &alarm, NULL);
	sigaction(SIGPIPE, &broken, NULL);
}
