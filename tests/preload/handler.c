/* SPDX-License-Identifier: MIT */
/*
 * handler.c - connects in a signal handler, while the program itself allocates, connects and forks.
 *
 *	handler ADDRESS
 *
 * Ends by itself when the handler has run often enough, and prints how many connects were tried.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "address.h"

enum { RUNS = 300 };

static const char *destination;
static atomic_int tried, ran;

static void try_once(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	connect_to(fd, destination);
	close(fd);
	tried++;
}

static void at_alarm(int number)
{
	int error = errno;

	(void)number;
	try_once();
	ran++;
	errno = error;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = at_alarm, .sa_flags = SA_RESTART };
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { { 0, 0 }, { 0, 0 } };

	if (argc < 2)
		return 64;
	destination = argv[1];
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (unsigned i = 0; ran < RUNS; i++) {
		void *volatile memory = malloc(i % 5000 + 1);

		try_once();
		free(memory);
		if (i % 64 == 0) {
			pid_t child = fork(); /* itimers are not inherited */

			if (child == 0)
				_exit(0);
			waitpid(child, NULL, 0);
		}
	}
	setitimer(ITIMER_REAL, &never, NULL);
	printf("%d\n", tried);
	return 0;
}
