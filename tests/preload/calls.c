/* SPDX-License-Identifier: MIT */
/*
 * calls.c - makes the calls that its arguments name, one after the other, and prints what came of each.
 *
 *	calls socket=4,nonblock connect=127.0.0.1:80 poll=1000 soerror close
 *
 * A line of the transcript is the operation, what it returned and, where the call changed errno, its value.
 * Nothing in it differs between two runs that went the same way, so a run under the object can be compared
 * with a bare one. The operations are in the tables of the other calls_*.c, and here those that say how the
 * next one is made: `in-thread`, `in-fork`, `in-_Fork`, `in-vfork`, `in-clone`, `repeat=N`; `all=A B C` makes
 * several into one.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

extern pid_t _Fork(void) __attribute__((weak)); /* glibc 2.34 */

volatile size_t chunk = 64;

static int descriptors[10] = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 };
static int used;
static int transcript = STDOUT_FILENO;

int *current(void)
{
	return &descriptors[used];
}

int *numbered(const char *number)
{
	return &descriptors[(unsigned)atoi(number) % 10];
}

void transcript_to(int descriptor)
{
	transcript = descriptor;
}

static void write_line(const char *line)
{
	if (syscall(SYS_write, transcript, line, strlen(line)) < 0)
		_exit(70);
}

void said(const char *name, long returned, const char *format, ...)
{
	int error = errno;
	char more[256] = "", line[512], changed[32] = "";
	va_list arguments;

	if (format) {
		more[0] = ' ';
		va_start(arguments, format);
		vsnprintf(more + 1, sizeof(more) - 1, format, arguments);
		va_end(arguments);
	}
	if (error != ERRNO_BEFORE)
		snprintf(changed, sizeof(changed), " errno=%d", error);
	snprintf(line, sizeof(line), "%s %ld%s%s\n", name, returned, more, changed);
	write_line(line);
}

void say(const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	strcat(line, "\n");
	write_line(line);
}

static void run_use(const char *argument)
{
	used = (int)(numbered(argument) - descriptors);
}

/* Waits for a line on standard input, so that the test can change the world meanwhile. */
static void run_stop(const char *argument)
{
	char byte;

	(void)argument;
	say("stop");
	while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n')
		;
}

/* Seen by strace, and by nobody else. */
static void run_marker(const char *argument)
{
	syscall(SYS_write, -1, argument, strlen(argument));
}

static void run_sleep(const char *argument)
{
	usleep((useconds_t)atoi(argument) * 1000);
}

static void do_nothing(int number)
{
	(void)number;
}

/* A signal after that many milliseconds, which interrupts what blocks. */
static void run_interrupt(const char *argument)
{
	struct sigaction action = { .sa_handler = do_nothing };
	struct itimerval once = { .it_value = { atoi(argument) / 1000, atoi(argument) % 1000 * 1000 } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &once, NULL);
}

static void run_chunk(const char *argument)
{
	chunk = (size_t)atoi(argument);
}

static const struct operation own_operations[] = {
	{ "use", run_use },
	{ "stop", run_stop },
	{ "marker", run_marker },
	{ "sleep", run_sleep },
	{ "interrupt", run_interrupt },
	{ "chunk", run_chunk },
	{ NULL, NULL },
};

static const struct operation *const tables[] = {
	own_operations, socket_operations, wait_operations, data_operations, descriptor_operations, crowd_operations,
	lookup_operations,
};

static void perform(const char *word)
{
	size_t length = strcspn(word, "=");
	const char *argument = word[length] ? word + length + 1 : "";

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (const struct operation *operation = tables[i]; operation->name; operation++) {
			if (strlen(operation->name) == length && !strncmp(operation->name, word, length)) {
				errno = ERRNO_BEFORE;
				operation->run(argument);
				return;
			}
		}
	}
	say("calls: no operation %s", word);
	_exit(64);
}

/* Several operations, separated by spaces, as one. */
static void perform_all(const char *words)
{
	char *copy = strdup(words), *rest = NULL;

	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		perform(word);
	free(copy);
}

static void perform_one_or_all(const char *word)
{
	if (!strncmp(word, "all=", 4))
		perform_all(word + 4);
	else
		perform(word);
}

static void *perform_in_thread(void *word)
{
	perform_one_or_all(word);
	return NULL;
}

static void perform_in_a_thread(const char *word)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, perform_in_thread, (void *)word) == 0)
		pthread_join(thread, NULL);
}

static pid_t plain_clone(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void perform_in_child(pid_t (*fork_like)(void), const char *word)
{
	pid_t child = fork_like();

	if (child == 0) {
		perform_one_or_all(word);
		_exit(0);
	}
	if (child < 0)
		_exit(71);
	waitpid(child, NULL, 0);
}

/* Apart, because a child of vfork() must not return from the function that called it. */
__attribute__((noinline)) static void perform_in_vfork(const char *word)
{
	pid_t child = vfork();

	if (child == 0) {
		perform_one_or_all(word);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

/* False when `how` does not say how to make the next call. */
static int perform_specially(const char *how, const char *word)
{
	if (!strcmp(how, "in-thread"))
		perform_in_a_thread(word);
	else if (!strcmp(how, "in-fork"))
		perform_in_child(fork, word);
	else if (!strcmp(how, "in-_Fork"))
		perform_in_child(_Fork ? _Fork : plain_clone, word);
	else if (!strcmp(how, "in-clone"))
		perform_in_child(plain_clone, word);
	else if (!strcmp(how, "in-vfork"))
		perform_in_vfork(word);
	else if (!strncmp(how, "repeat=", 7))
		for (int left = atoi(how + 7); left > 0; left--)
			perform_one_or_all(word);
	else
		return 0;
	return 1;
}

/* Here and not between markers: whether something has grown the heap before depends on the libc. */
static void grow_heap(void)
{
	void *volatile some = malloc(1);

	free(some);
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	grow_heap();
	for (int i = 1; i < argc; i++) {
		if (i + 1 < argc && perform_specially(argv[i], argv[i + 1]))
			i++;
		else
			perform_one_or_all(argv[i]);
	}
	return 0;
}
