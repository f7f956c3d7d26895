/* SPDX-License-Identifier: MIT */
/*
 * write.c - write() of one byte to /dev/null: "LIBC CALLED", nanoseconds each.
 *
 * LIBC is libc's own function, whatever is preloaded; CALLED is what a program reaches that calls
 * write(). Short blocks of both take turns within one process, since a difference of a nanosecond drowns
 * in what distinguishes two processes. Medians over the blocks.
 */
#include <fcntl.h>
#include <unistd.h>

#include "paired.h"

enum { BLOCKS = 301 };

typedef ssize_t writer(int fd, const void *data, size_t size);

static double block(writer *function, int fd, unsigned long rounds)
{
	uint64_t began = timing_now();

	for (unsigned long i = 0; i < rounds; i++)
		if (function(fd, "", 1) != 1)
			timing_give_up("write");
	return (double)(timing_now() - began) / (double)rounds;
}

int main(int argc, char **argv)
{
	unsigned long rounds = timing_rounds(argc, argv, 5000);
	writer *libc_write, *called_write;
	static double of_libc[BLOCKS], of_called[BLOCKS];
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		timing_give_up("/dev/null");
	paired_find(paired_libc(), "write", &libc_write);
	paired_find(RTLD_DEFAULT, "write", &called_write);
	for (int i = 0; i < BLOCKS; i++) {
		of_libc[i] = block(libc_write, fd, rounds);
		of_called[i] = block(called_write, fd, rounds);
	}
	printf("%.2f %.2f\n", timing_median(of_libc, BLOCKS), timing_median(of_called, BLOCKS));
	return 0;
}
