/* SPDX-License-Identifier: MIT */
/*
 * admitted.c - a blocking connect() that succeeds, and close(), on loopback: "LIBC CALLED", nanoseconds for the two.
 *
 * By turns (paired.h). One process is client and server: the kernel finishes a handshake on loopback within connect(),
 * without the server's help, so nothing waits for a scheduler.
 * Sockets are made before the clock starts, and what the server has to take in is taken in after it stops. The client
 * resets instead of closing in order, so that no port stays behind in TIME_WAIT.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "paired.h"

enum { BLOCK = 20, WARM_UP = 4 };

struct functions {
	int (*socket)(int family, int type, int protocol);
	int (*connect)(int fd, const struct sockaddr *address, socklen_t length);
	int (*close)(int fd);
};

static struct functions find_all(void *handle)
{
	struct functions functions;

	paired_find(handle, "socket", &functions.socket);
	paired_find(handle, "connect", &functions.connect);
	paired_find(handle, "close", &functions.close);
	return functions;
}

static int listen_on(struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)address, length) != 0 || listen(fd, BLOCK + 1) != 0 ||
	    getsockname(fd, (struct sockaddr *)address, &length) != 0)
		timing_give_up("listen");
	return fd;
}

static void make_sockets(const struct functions *with, int fds[BLOCK])
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	for (int i = 0; i < BLOCK; i++) {
		fds[i] = with->socket(AF_INET, SOCK_STREAM, 0);
		if (fds[i] < 0 || setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) != 0)
			timing_give_up("socket");
	}
}

static void take_in(const struct functions *with, int listener)
{
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0)
		with->close(fd);
}

struct bench {
	struct functions libc, called;
	int listener;
	struct sockaddr_in address;
};

static double block(bool called, void *context)
{
	const struct bench *bench = context;
	const struct functions *with = called ? &bench->called : &bench->libc;
	int fds[BLOCK];
	uint64_t began, spent;

	make_sockets(with, fds);
	began = timing_now();
	for (int i = 0; i < BLOCK; i++) {
		if (with->connect(fds[i], (const struct sockaddr *)&bench->address, sizeof(bench->address)) != 0)
			timing_give_up("connect");
		with->close(fds[i]);
	}
	spent = timing_now() - began;
	take_in(&bench->libc, bench->listener);
	return (double)spent / BLOCK;
}

int main(int argc, char **argv)
{
	struct bench bench = { .libc = find_all(paired_libc()), .called = find_all(RTLD_DEFAULT) };

	bench.listener = listen_on(&bench.address);
	for (int i = 0; i < WARM_UP; i++)
		block(i % 2 == 0, &bench);
	paired_run(timing_rounds(argc, argv, 20000) / BLOCK + 1, block, &bench);
	return 0;
}
