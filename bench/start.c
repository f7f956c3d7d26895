/* SPDX-License-Identifier: MIT */
/*
 * start.c - from vfork() to the end of a program that does nothing: "BARE PRELOADED OVER", nanoseconds.
 *
 * usage: start PAIRS PROGRAM NAME=VALUE…
 *
 * PROGRAM is started with an empty environment and with the one given, by turns, first one and then the other
 * in front; medians of both and of the differences within a pair. Run it bare.
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "timing.h"

static char **given;
static char *none[] = { NULL };

static double start(char *program, char **environment)
{
	char *arguments[] = { program, NULL };
	uint64_t began = timing_now();
	pid_t child = vfork();
	int status;

	if (child == 0) {
		execve(program, arguments, environment);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		timing_give_up(program);
	return (double)(timing_now() - began);
}

int main(int argc, char **argv)
{
	size_t pairs = timing_rounds(argc, argv, 1000);
	double *bare = timing_room(pairs);
	double *loaded = timing_room(pairs);
	double *over = timing_room(pairs);

	if (argc < 4 || pairs == 0) {
		fprintf(stderr, "usage: start PAIRS PROGRAM NAME=VALUE...\n");
		return 2;
	}
	given = argv + 3;
	for (size_t i = 0; i < pairs; i++) {
		if (i % 2)
			bare[i] = start(argv[2], none);
		loaded[i] = start(argv[2], given);
		if (i % 2 == 0)
			bare[i] = start(argv[2], none);
		over[i] = loaded[i] - bare[i];
	}
	printf("%.0f %.0f %.0f\n", timing_median(bare, pairs), timing_median(loaded, pairs), timing_median(over, pairs));
	return 0;
}
