/* SPDX-License-Identifier: MIT */
/*
 * command.c - a command of the user's, run to its end or for as long as it may take.
 *
 * It is a process group of its own, so that all of it can be killed. Its input is in the pipe before it begins:
 * whether it reads or not is its own affair.
 */
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cli/say.h"

enum { WAIT_MIN_MS = 1, WAIT_MAX_MS = 20, CANNOT_PREPARE = 125, CANNOT_EXECUTE = 127 };

/* The read end, filled and at its end of file; -1. */
static int input_of(const char *text)
{
	size_t length = strlen(text);
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	fcntl(ends[1], F_SETFL, O_NONBLOCK); /* what does not fit is cut off */
	if (write(ends[1], text, length) < 0 && length > 0) {
		close(ends[0]);
		ends[0] = -1;
	}
	close(ends[1]);
	return ends[0];
}

__attribute__((noreturn)) static void become(const struct command *command, int input)
{
	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(input, STDIN_FILENO);
	if (input == STDIN_FILENO)
		fcntl(input, F_SETFD, 0);
	if (!command->prepare(command->context))
		_exit(CANNOT_PREPARE);
	execl("/bin/sh", "sh", "-c", command->text, (char *)NULL);
	_exit(CANNOT_EXECUTE);
}

static void pause_for(unsigned milliseconds)
{
	nanosleep(&(struct timespec){ .tv_nsec = (long)(milliseconds * NSEC_PER_MSEC) }, NULL);
}

/* True when it has ended by itself. */
static bool wait_for(pid_t pid, const struct command *command, const volatile sig_atomic_t *stop, int *status)
{
	uint64_t began = clock_now();

	for (unsigned milliseconds = WAIT_MIN_MS; waitpid(pid, status, WNOHANG) != pid;) {
		if (*stop || clock_now() - began >= command->limit)
			return false;
		pause_for(milliseconds);
		if (milliseconds < WAIT_MAX_MS)
			milliseconds *= 2;
	}
	return true;
}

static void tell(const struct command *command, int status)
{
	if (WIFSIGNALED(status))
		say_warning("\"%s\": killed by signal %d", command->text, WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		say_warning("\"%s\": exit status %d", command->text, WEXITSTATUS(status));
}

static void kill_all(const struct command *command, pid_t pid, bool is_late)
{
	char limit[32];
	int status;

	kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	duration_format_short(command->limit, limit, sizeof(limit));
	if (is_late)
		say_warning("\"%s\": killed, not done within %s", command->text, limit);
}

bool command_run(const struct command *command, const volatile sig_atomic_t *stop)
{
	int input = input_of(command->input);
	int status;
	pid_t pid;

	fflush(stdout);
	pid = input >= 0 ? fork() : -1;
	if (pid == 0)
		become(command, input);
	if (pid < 0)
		say_warning("\"%s\": %s", command->text, strerror(errno));
	if (input >= 0)
		close(input);
	if (pid < 0)
		return !*stop;
	setpgid(pid, pid); /* whoever is faster */
	if (wait_for(pid, command, stop, &status))
		tell(command, status);
	else
		kill_all(command, pid, !*stop);
	return !*stop;
}
