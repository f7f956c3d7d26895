/* SPDX-License-Identifier: MIT */
/*
 * wander.c - a program that connects to very many destinations, each once.
 *
 *	wander COUNT PORT BROKEN…
 *
 * Connects twice to each BROKEN address, then to COUNT destinations of 127.0.0.0/8, one in ten of them at PORT, the
 * others at ports on which nobody listens, then once more to each BROKEN address. Prints the errno of each of the last
 * ones, how many of the many connects succeeded and were refused, the address space before and after, in pages,
 * and the nanoseconds of a connect among the first and among the last of them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "address.h"

/* The first so many, and the last. */
enum { MEASURED = 2000, CLOSED_PORT = 9 };

static unsigned succeeded, refused;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* A close that leaves nothing behind in the kernel. */
static void end(int fd)
{
	const struct linger reset = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

static void visit(unsigned number, uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x7f010000 + number),
		.sin_port = htons(number % 10 == 0 ? port : CLOSED_PORT),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		succeeded++;
	else if (errno == ECONNREFUSED)
		refused++;
	end(fd);
}

static void call(const char *broken, int shown)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int result = connect_to(fd, broken);

	if (shown)
		printf("%s errno=%d\n", broken, result == 0 ? 0 : errno);
	close(fd);
}

static long pages(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long size = -1;

	if (file == NULL || fscanf(file, "%ld", &size) != 1)
		size = -1;
	if (file != NULL)
		fclose(file);
	return size;
}

int main(int argc, char **argv)
{
	unsigned count = argc > 3 ? (unsigned)atoi(argv[1]) : 0;
	uint64_t first = 0, full = 0, last = 0, end_time;
	long before, after;

	for (int i = 3; i < 2 * argc - 3; i++)
		call(argv[3 + (i - 3) % (argc - 3)], 0);
	before = pages();
	for (unsigned i = 0; i < count; i++) {
		first = i == 0 ? now() : first;
		full = i == MEASURED ? now() : full;
		last = i == count - MEASURED ? now() : last;
		visit(i, (uint16_t)atoi(argv[2]));
	}
	end_time = now();
	after = pages();
	for (int i = 3; i < argc; i++)
		call(argv[i], 1);
	printf("succeeded %u refused %u pages %ld %ld\n", succeeded, refused, before, after);
	printf("nanoseconds %llu %llu\n", (unsigned long long)(full - first) / MEASURED,
	       (unsigned long long)(end_time - last) / MEASURED);
	return 0;
}
