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

#include "calm.h"

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

struct bench {
	char *program;
	double *bare, *loaded, *over;
};

static void start_both(size_t number, void *context)
{
	const struct bench *bench = context;
	bool bare_first = number % 2 != 0;
	double one = start(bench->program, bare_first ? none : given);
	double other = start(bench->program, bare_first ? given : none);

	bench->bare[number] = bare_first ? one : other;
	bench->loaded[number] = bare_first ? other : one;
	bench->over[number] = bench->loaded[number] - bench->bare[number];
}

int main(int argc, char **argv)
{
	size_t pairs = timing_rounds(argc, argv, 1000);
	struct bench bench = { argc > 2 ? argv[2] : NULL, timing_room(pairs), timing_room(pairs), timing_room(pairs) };

	if (argc < 4 || pairs == 0) {
		fprintf(stderr, "usage: start PAIRS PROGRAM NAME=VALUE...\n");
		return 2;
	}
	given = argv + 3;
	pairs = calm_run(pairs, start_both, &bench);
	printf("%.0f %.0f %.0f\n", timing_median(bench.bare, pairs), timing_median(bench.loaded, pairs),
	       timing_median(bench.over, pairs));
	return 0;
}
