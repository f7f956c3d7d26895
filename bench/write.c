/* SPDX-License-Identifier: MIT */
/*
 * write.c - write() of one byte to /dev/null: "LIBC CALLED", nanoseconds each. By turns (paired.h).
 */
#include <fcntl.h>
#include <unistd.h>

#include "paired.h"

enum { BLOCK = 1000 };

typedef ssize_t writer(int fd, const void *data, size_t size);

struct bench {
	writer *libc, *called;
	int fd;
};

static double block(bool called, void *context)
{
	const struct bench *bench = context;
	writer *function = called ? bench->called : bench->libc;
	uint64_t began = timing_now();

	for (int i = 0; i < BLOCK; i++)
		if (function(bench->fd, "", 1) != 1)
			timing_give_up("write");
	return (double)(timing_now() - began) / BLOCK;
}

int main(int argc, char **argv)
{
	struct bench bench = { .fd = open("/dev/null", O_WRONLY | O_CLOEXEC) };

	if (bench.fd < 0)
		timing_give_up("/dev/null");
	paired_find(paired_libc(), "write", &bench.libc);
	paired_find(RTLD_DEFAULT, "write", &bench.called);
	paired_run(timing_rounds(argc, argv, 1000000) / BLOCK + 1, block, &bench);
	return 0;
}
