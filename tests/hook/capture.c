/* SPDX-License-Identifier: MIT */
/*
 * capture.c - a file under number 2, and what was written to it (capture.h).
 */
#include "capture.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

void end_in_time(void)
{
	struct sigevent kill = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };
	struct itimerspec in_time = { .it_value.tv_sec = 20 };
	timer_t timer;

	cr_assert_eq(timer_create(CLOCK_MONOTONIC, &kill, &timer), 0);
	cr_assert_eq(timer_settime(timer, 0, &in_time, NULL), 0);
}

/* As one that was executed by its descriptor: then the kernel is asked (self.c). */
void be_named(const char *name)
{
	strcpy((char *)getauxval(AT_EXECFN), "/dev/fd/");
	prctl(PR_SET_NAME, name);
}

void capture_stderr(void)
{
	char path[] = "/tmp/cutout-unit-XXXXXX";
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	unlink(path);
	cr_assert_eq(dup2(fd, 2), 2);
	if (fd != 2)
		close(fd);
}

const char *captured_from(int fd)
{
	static char text[16384];
	ssize_t length = pread(fd, text, sizeof(text) - 1, 0);

	cr_assert_geq(length, 0);
	text[length] = '\0';
	return text;
}

const char *captured(void)
{
	return captured_from(2);
}
