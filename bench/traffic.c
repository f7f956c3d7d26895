/* SPDX-License-Identifier: MIT */
/*
 * traffic.c - one byte sent or received on a connection: "LIBC CALLED", nanoseconds each.
 *
 * usage: traffic ROUNDS read|write|send|recv tracked|untracked
 *
 * By turns (paired.h). Tracked is the end of the connection that connect() made, untracked the
 * one that accept() did, so that the kernel does the same for both. The other end is served by bare system calls.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "paired.h"

enum { BLOCK = 64 };

struct functions {
	ssize_t (*read)(int fd, void *data, size_t size);
	ssize_t (*write)(int fd, const void *data, size_t size);
	ssize_t (*send)(int fd, const void *data, size_t size, int flags);
	ssize_t (*recv)(int fd, void *data, size_t size, int flags);
};

static struct functions find_all(void *handle)
{
	struct functions functions;

	paired_find(handle, "read", &functions.read);
	paired_find(handle, "write", &functions.write);
	paired_find(handle, "send", &functions.send);
	paired_find(handle, "recv", &functions.recv);
	return functions;
}

/* Both ends of a connection: [0] made by connect(). */
static void connect_ends(int ends[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), now = 1;

	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) != 0 ||
	    connect(ends[0], (struct sockaddr *)&address, length) != 0)
		timing_give_up("connect");
	ends[1] = accept(listener, NULL, NULL);
	close(listener);
	for (int i = 0; i < 2; i++)
		if (ends[i] < 0 || setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY, &now, sizeof(now)) != 0)
			timing_give_up("accept");
}

static void put(int fd, long count)
{
	char bytes[BLOCK] = { 0 };

	if (syscall(SYS_sendto, fd, bytes, count, 0, NULL, 0) != count)
		timing_give_up("sendto");
}

static void take(int fd, long count)
{
	char bytes[BLOCK];

	if (syscall(SYS_recvfrom, fd, bytes, count, MSG_WAITALL, NULL, NULL) != count)
		timing_give_up("recvfrom");
}

/* What is sent leaves with the block, not byte by byte: a packet would cost more than all that is measured. */
static void cork(int fd, int on)
{
	setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}

static bool one(const struct functions *with, char what, int fd)
{
	char byte = 0;

	switch (what) {
	case 'r':
		return with->read(fd, &byte, 1) == 1;
	case 'w':
		return with->write(fd, &byte, 1) == 1;
	case 's':
		return with->send(fd, &byte, 1, 0) == 1;
	default:
		return with->recv(fd, &byte, 1, 0) == 1;
	}
}

static uint64_t one_way(const struct functions *with, char what, int fd, int other)
{
	bool sends = what == 'w' || what == 's';
	uint64_t began, spent;

	if (sends)
		cork(fd, 1);
	else
		put(other, BLOCK);
	began = timing_now();
	for (int i = 0; i < BLOCK; i++)
		if (!one(with, what, fd))
			timing_give_up("one byte");
	spent = timing_now() - began;
	if (sends) {
		cork(fd, 0);
		take(other, BLOCK);
	}
	return spent;
}

struct bench {
	struct functions libc, called;
	char what;
	int mine, other;
};

static double block(bool called, void *context)
{
	const struct bench *bench = context;

	return (double)one_way(called ? &bench->called : &bench->libc, bench->what, bench->mine, bench->other) / BLOCK;
}

int main(int argc, char **argv)
{
	struct bench bench = { .libc = find_all(paired_libc()), .called = find_all(RTLD_DEFAULT) };
	int ends[2];
	bool tracked;

	if (argc < 4) {
		fprintf(stderr, "usage: traffic ROUNDS read|write|send|recv tracked|untracked\n");
		return 2;
	}
	bench.what = strcmp(argv[2], "recv") == 0 ? 'c' : argv[2][0];
	tracked = strcmp(argv[3], "tracked") == 0;
	connect_ends(ends);
	bench.mine = ends[tracked ? 0 : 1];
	bench.other = ends[tracked ? 1 : 0];
	paired_run(timing_rounds(argc, argv, 100000) / BLOCK + 1, block, &bench);
	return 0;
}
