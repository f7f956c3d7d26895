/* SPDX-License-Identifier: MIT */
/*
 * late.c - connects when main() is over: in an atexit function and in destructors, early and late.
 *
 *	late ADDRESS
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "address.h"

static const char *destination;

static void try_once(const char *when)
{
	int fd, result;

	if (!destination)
		return;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	result = connect_to(fd, destination);
	dprintf(STDOUT_FILENO, "%s %d errno=%d\n", when, result, errno);
	close(fd);
}

static void at_exit(void)
{
	try_once("atexit");
}

__attribute__((destructor(65535))) static void early_destructor(void)
{
	try_once("destructor");
}

__attribute__((destructor(101))) static void last_destructor(void)
{
	try_once("last");
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 64;
	destination = argv[1];
	atexit(at_exit);
	try_once("main");
	return 0;
}
