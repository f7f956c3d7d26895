/* SPDX-License-Identifier: MIT */
/*
 * child.c - a program that runs as a child.
 */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/duration.h"
#include "cli/launch.h"
#include "cli/say.h"

/* Handed on. SIGTSTP and its like are not among them: the terminal sends them to both. */
static const int handed_on[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGALRM };

static void blocked_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGPIPE); /* a reader that is gone is an error of writing */
	for (size_t i = 0; i < sizeof(handed_on) / sizeof(handed_on[0]); i++)
		sigaddset(set, handed_on[i]);
}

/* Does not return. Only a program that cannot be executed gets to write into the pipe: exec closes it. */
static void become(char **argv, const sigset_t *mask, int pipe)
{
	unsigned char status;

	sigprocmask(SIG_SETMASK, mask, NULL);
	status = (unsigned char)launch_become(argv);
	if (write(pipe, &status, 1) == 1)
		_exit(status);
	_exit(CMD_FAILED);
}

static enum cmd_status failed(void)
{
	say_error("%s", strerror(errno));
	return CMD_FAILED;
}

static enum cmd_status learn_start(int pipe)
{
	unsigned char status = CMD_OK;
	ssize_t count;

	do
		count = read(pipe, &status, 1);
	while (count < 0 && errno == EINTR);
	return (enum cmd_status)status;
}

enum cmd_status child_start(struct child *child, char **argv)
{
	sigset_t blocked, before;
	enum cmd_status status;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return failed();
	if (child->waits_for_all)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	blocked_signals(&blocked);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	child->pid = fork();
	if (child->pid == 0)
		become(argv, &before, ends[1]);
	close(ends[1]);
	status = child->pid > 0 ? learn_start(ends[0]) : failed();
	close(ends[0]);
	return status;
}

static void reap(struct child *child)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == child->pid) {
			child->has_ended = true;
			child->status = status;
		}
	}
	if (child->has_ended && (!child->waits_for_all || pid < 0))
		child->is_alone = true;
}

/* From the terminal it has it already, as has all of the process group. */
static void hand_on(struct child *child, const siginfo_t *info)
{
	if (info->si_signo == SIGPIPE)
		return;
	if (!child->has_ended && info->si_code <= 0)
		kill(child->pid, info->si_signo);
	else if (child->has_ended && info->si_signo != SIGCONT)
		child->is_told_to_stop = true;
}

void child_wait(struct child *child, uint64_t ns)
{
	const struct timespec timeout = { .tv_sec = (time_t)(ns / NSEC_PER_SEC), .tv_nsec = (long)(ns % NSEC_PER_SEC) };
	siginfo_t info;
	sigset_t set;

	blocked_signals(&set);
	if (sigtimedwait(&set, &info, &timeout) > 0 && info.si_signo != SIGCHLD)
		hand_on(child, &info);
	reap(child);
}

enum cmd_status child_end(const struct child *child)
{
	const struct rlimit no_core = { 0, 0 };
	sigset_t set;

	if (!WIFSIGNALED(child->status))
		return (enum cmd_status)WEXITSTATUS(child->status);
	/* One dump is enough. */
	setrlimit(RLIMIT_CORE, &no_core);
	fflush(stdout);
	signal(WTERMSIG(child->status), SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, WTERMSIG(child->status));
	raise(WTERMSIG(child->status));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return CMD_FAILED;
}
