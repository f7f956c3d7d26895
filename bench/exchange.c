/* SPDX-License-Identifier: MIT */
/*
 * exchange.c - a request of one byte and its answer on an established connection, on loopback: "LIBC CALLED",
 * nanoseconds each.
 *
 * By turns (paired.h): what is looked for is a hundredth of what the kernel takes. One process is client and server, so
 * that nothing waits for a scheduler; the server's end always uses libc's own.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "paired.h"

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
	struct way way;

	paired_find(handle, "send", &way.send);
	paired_find(handle, "recv", &way.recv);
	return way;
}

static void pass(const struct way *from_way, int from, const struct way *to_way, int to)
{
	char byte = 'x';

	if (from_way->send(from, &byte, 1, 0) != 1 || to_way->recv(to, &byte, 1, 0) != 1)
		timing_give_up("exchange");
}

struct bench {
	struct way libc, called;
	int client, server;
};

static double block(bool called, void *context)
{
	const struct bench *bench = context;
	const struct way *way = called ? &bench->called : &bench->libc;
	uint64_t began = timing_now();

	for (int i = 0; i < BLOCK; i++) {
		pass(way, bench->client, &bench->libc, bench->server);
		pass(&bench->libc, bench->server, way, bench->client);
	}
	return (double)(timing_now() - began) / BLOCK;
}

int main(int argc, char **argv)
{
	struct bench bench = { .libc = find(paired_libc()), .called = find(RTLD_DEFAULT) };

	bench.client = connect_to_oneself(&bench.server);
	paired_run(timing_rounds(argc, argv, 40000) / BLOCK + 1, block, &bench);
	return 0;
}
