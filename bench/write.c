/* SPDX-License-Identifier: MIT */
/*
 * write.c - write() of one byte to /dev/null: "LIBC CALLED", nanoseconds each.
 *
 * LIBC is libc's own function, whatever is preloaded; CALLED is what a program reaches that calls
 * write(). Short blocks of both take turns within one process, since a difference of a nanosecond drowns
 * in what distinguishes two processes. Medians over the blocks.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "timing.h"

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

static writer *find(void *handle)
{
	void *found = dlsym(handle, "write");
	writer *function;

	if (!found) {
		fprintf(stderr, "write: %s\n", dlerror());
		exit(1);
	}
	memcpy(&function, &found, sizeof(function));
	return function;
}

int main(int argc, char **argv)
{
	unsigned long rounds = timing_rounds(argc, argv, 5000);
	void *libc = dlopen("libc.so.6", RTLD_LAZY);
	writer *libc_write = find(libc ? libc : RTLD_NEXT);
	writer *called_write = find(RTLD_DEFAULT);
	static double of_libc[BLOCKS], of_called[BLOCKS];
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		timing_give_up("/dev/null");
	for (int i = 0; i < BLOCKS; i++) {
		of_libc[i] = block(libc_write, fd, rounds);
		of_called[i] = block(called_write, fd, rounds);
	}
	printf("%.2f %.2f\n", timing_median(of_libc, BLOCKS), timing_median(of_called, BLOCKS));
	return 0;
}
