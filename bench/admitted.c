/* SPDX-License-Identifier: MIT */
/*
 * admitted.c - a blocking connect() that succeeds, and close(), on loopback: "NS" for the two together.
 *
 * One process is client and server: the kernel finishes a handshake on loopback within connect(), without
 * the server's help, so nothing waits for a scheduler. Sockets are made before the clock starts, and
 * what the server has to take in is taken in after it stops. The client resets instead of
 * closing in order, so that no port stays behind in TIME_WAIT.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "timing.h"

enum { BATCH = 100 };

static int listen_on(struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)address, length) != 0 || listen(fd, BATCH + 1) != 0 ||
	    getsockname(fd, (struct sockaddr *)address, &length) != 0)
		timing_give_up("listen");
	return fd;
}

static void make_sockets(int fds[BATCH])
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	for (int i = 0; i < BATCH; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		if (fds[i] < 0 || setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) != 0)
			timing_give_up("socket");
	}
}

static uint64_t connect_and_close(const int fds[BATCH], const struct sockaddr_in *address)
{
	uint64_t began = timing_now();

	for (int i = 0; i < BATCH; i++) {
		if (connect(fds[i], (const struct sockaddr *)address, sizeof(*address)) != 0)
			timing_give_up("connect");
		close(fds[i]);
	}
	return timing_now() - began;
}

static void take_in(int listener)
{
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	unsigned long batches = timing_rounds(argc, argv, 10000) / BATCH;
	struct sockaddr_in address;
	int listener = listen_on(&address);
	int fds[BATCH];
	uint64_t spent = 0;

	if (batches == 0)
		batches = 1;
	for (unsigned long i = 0; i <= batches; i++) {
		uint64_t batch;

		make_sockets(fds);
		batch = connect_and_close(fds, &address);
		take_in(listener);
		if (i > 0) /* the first one warms up */
			spent += batch;
	}
	printf("%.1f\n", (double)spent / (double)(batches * BATCH));
	return 0;
}
