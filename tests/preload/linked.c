/* SPDX-License-Identifier: MIT */
/*
 * linked.c - a program that was linked with libcutout.so, so that it is under it without LD_PRELOAD.
 *
 *	linked ADDRESS
 *
 * For runs with raised privileges, where the loader takes no preloads. Five connects, each with its errno.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "address.h"

int main(int argc, char **argv)
{
	if (argc < 2)
		return 64;
	for (int i = 0; i < 5; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		int result = connect_to(fd, argv[1]);

		printf("%d errno=%d\n", result, errno);
		close(fd);
	}
	return 0;
}
