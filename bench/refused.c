/* SPDX-License-Identifier: MIT */
/*
 * refused.c - connect() to a loopback port on which nobody listens: "NS".
 *
 * Bare, the kernel refuses. Under the object the first attempts open the circuit (with failures=5 a
 * handful is enough), and then the object does. The time is that of connect() alone, the median over
 * short blocks: the socket is made once, since a refused one can be used again.
 *
 * A call of getppid() stands before and after the measured rounds, so that a trace of the program shows
 * how many system calls are between them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calm.h"

enum { WARM_UP = 16, BLOCK = 20 };

/* A port that was free a moment ago: bound, asked for, and closed again. */
static struct sockaddr_in closed_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) != 0)
		timing_give_up("bind");
	close(fd);
	return address;
}

static void attempt(int fd, const struct sockaddr_in *address)
{
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno != ECONNREFUSED)
		timing_give_up("connect was not refused");
}

struct bench {
	struct sockaddr_in address;
	int fd;
	double *taken;
};

static void block(size_t number, void *context)
{
	const struct bench *bench = context;
	uint64_t began = timing_now();

	for (int i = 0; i < BLOCK; i++)
		attempt(bench->fd, &bench->address);
	bench->taken[number] = (double)(timing_now() - began) / BLOCK;
}

int main(int argc, char **argv)
{
	size_t blocks = timing_rounds(argc, argv, 20000) / BLOCK;
	struct bench bench = { closed_port(), socket(AF_INET, SOCK_STREAM, 0), timing_room(blocks) };

	if (bench.fd < 0 || blocks == 0)
		timing_give_up("socket");
	for (int i = 0; i < WARM_UP; i++)
		attempt(bench.fd, &bench.address);
	syscall(SYS_getppid);
	blocks = calm_run(blocks, block, &bench);
	syscall(SYS_getppid);
	printf("%.2f\n", timing_median(bench.taken, blocks));
	return 0;
}
