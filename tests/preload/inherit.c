/* SPDX-License-Identifier: MIT */
/*
 * inherit.c - executes a program behind a filter that was put up around itself, by confine.c.
 *
 *	inherit PROGRAM ARGUMENT...
 *
 * INHERIT_NAME=VALUE becomes NAME=VALUE for the program: what is not for this one (LD_PRELOAD). Behind the filter it
 * makes no system call of its own but execve().
 */
#include <string.h>
#include <unistd.h>

extern char **environ;

static const char prefix[] = "INHERIT_";

int main(int argc, char **argv)
{
	char *given[256];
	size_t count = 0;

	if (argc < 2)
		return 64;
	for (char **at = environ; *at && count < sizeof(given) / sizeof(given[0]) - 1; at++)
		given[count++] = strncmp(*at, prefix, sizeof(prefix) - 1) ? *at : *at + sizeof(prefix) - 1;
	given[count] = NULL;
	execve(argv[1], argv + 1, given);
	return 127;
}
