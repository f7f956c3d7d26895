/* SPDX-License-Identifier: MIT */
/*
 * admitted.c - a blocking connect() that succeeds, and close(), on loopback: "LIBC CALLED", nanoseconds for the two.
 *
 * LIBC is libc's own functions, whatever is preloaded; CALLED is what a program reaches. Blocks of both take turns
 * within one process, and the median of the differences within a pair counts. That process is client and server: the
 * kernel finishes a handshake on loopback within connect(), without the server's help, so nothing waits for a scheduler.
 * Sockets are made before the clock starts, and what the server has to take in is taken in after it stops. The client
 * resets instead of closing in order, so that no port stays behind in TIME_WAIT.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "timing.h"

enum { BLOCK = 20, WARM_UP = 4 };

struct functions {
	int (*socket)(int family, int type, int protocol);
	int (*connect)(int fd, const struct sockaddr *address, socklen_t length);
	int (*close)(int fd);
};

static void find(void *handle, const char *name, void *function)
{
	void *found = dlsym(handle, name);

	if (!found) {
		fprintf(stderr, "admitted: %s\n", dlerror());
		exit(1);
	}
	memcpy(function, &found, sizeof(found));
}

static struct functions find_all(void *handle)
{
	struct functions functions;

	find(handle, "socket", &functions.socket);
	find(handle, "connect", &functions.connect);
	find(handle, "close", &functions.close);
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

static double block(const struct functions *with, const struct functions *libc, int listener,
		    const struct sockaddr_in *address)
{
	int fds[BLOCK];
	uint64_t began, spent;

	make_sockets(with, fds);
	began = timing_now();
	for (int i = 0; i < BLOCK; i++) {
		if (with->connect(fds[i], (const struct sockaddr *)address, sizeof(*address)) != 0)
			timing_give_up("connect");
		with->close(fds[i]);
	}
	spent = timing_now() - began;
	take_in(libc, listener);
	return (double)spent / BLOCK;
}

int main(int argc, char **argv)
{
	size_t blocks = timing_rounds(argc, argv, 20000) / BLOCK + 1;
	void *handle = dlopen("libc.so.6", RTLD_LAZY);
	const struct functions libc = find_all(handle ? handle : RTLD_NEXT), called = find_all(RTLD_DEFAULT);
	double *bare = timing_room(blocks), *over = timing_room(blocks), typical;
	struct sockaddr_in address;
	int listener = listen_on(&address);

	for (int i = 0; i < WARM_UP; i++)
		block(i % 2 ? &libc : &called, &libc, listener, &address);
	for (size_t i = 0; i < blocks; i++) {
		bool first = i % 2;
		double one = block(first ? &libc : &called, &libc, listener, &address);
		double other = block(first ? &called : &libc, &libc, listener, &address);

		bare[i] = first ? one : other;
		over[i] = (first ? other : one) - bare[i];
	}
	typical = timing_median(bare, blocks);
	printf("%.1f %.1f\n", typical, typical + timing_median(over, blocks));
	return 0;
}
