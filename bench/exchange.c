/* SPDX-License-Identifier: MIT */
/*
 * exchange.c - a request of one byte and its answer on an established connection, on loopback: "LIBC CALLED",
 * nanoseconds each.
 *
 * LIBC is libc's own send() and recv(), whatever is preloaded; CALLED is what a program reaches that calls them. Short
 * blocks of both take turns within one process, and the median of the differences within a pair counts: what is looked
 * for is a hundredth of what the kernel takes. One process is client and server, so that nothing waits for a
 * scheduler; the server's end always uses libc's own.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "timing.h"

static int connect_to_oneself(int *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) != 0 ||
	    connect(client, (struct sockaddr *)&address, length) != 0)
		timing_give_up("connect");
	*server = accept(listener, NULL, NULL);
	close(listener);
	return client;
}

enum { BLOCK = 20 };

typedef ssize_t sender(int fd, const void *data, size_t size, int flags);
typedef ssize_t receiver(int fd, void *data, size_t size, int flags);

struct way {
	sender *send;
	receiver *recv;
};

static struct way find(void *handle)
{
	void *of_send = dlsym(handle, "send"), *of_recv = dlsym(handle, "recv");
	struct way way;

	if (!of_send || !of_recv) {
		fprintf(stderr, "exchange: %s\n", dlerror());
		exit(1);
	}
	memcpy(&way.send, &of_send, sizeof(of_send));
	memcpy(&way.recv, &of_recv, sizeof(of_recv));
	return way;
}

static void pass(const struct way *from_way, int from, const struct way *to_way, int to)
{
	char byte = 'x';

	if (from_way->send(from, &byte, 1, 0) != 1 || to_way->recv(to, &byte, 1, 0) != 1)
		timing_give_up("exchange");
}

static double block(const struct way *way, const struct way *libc, int client, int server)
{
	uint64_t began = timing_now();

	for (int i = 0; i < BLOCK; i++) {
		pass(way, client, libc, server);
		pass(libc, server, way, client);
	}
	return (double)(timing_now() - began) / BLOCK;
}

int main(int argc, char **argv)
{
	size_t blocks = timing_rounds(argc, argv, 40000) / BLOCK + 1;
	void *handle = dlopen("libc.so.6", RTLD_LAZY);
	const struct way libc = find(handle ? handle : RTLD_NEXT), called = find(RTLD_DEFAULT);
	double *bare = timing_room(blocks), *over = timing_room(blocks), typical;
	int server, client = connect_to_oneself(&server);

	for (size_t i = 0; i < blocks; i++) {
		bool first = i % 2;
		double one = block(first ? &libc : &called, &libc, client, server);
		double other = block(first ? &called : &libc, &libc, client, server);

		bare[i] = first ? one : other;
		over[i] = (first ? other : one) - bare[i];
	}
	typical = timing_median(bare, blocks);
	printf("%.1f %.1f\n", typical, typical + timing_median(over, blocks));
	return 0;
}
