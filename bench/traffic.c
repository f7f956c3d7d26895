/* SPDX-License-Identifier: MIT */
/*
 * traffic.c - one byte sent or received on a connection: "LIBC CALLED", nanoseconds each.
 *
 * usage: traffic ROUNDS read|write|send|recv tracked|untracked
 *
 * LIBC is libc's own function, whatever is preloaded; CALLED is what a program reaches. Blocks of both take turns
 * within one process, medians over the blocks. Tracked is the end of the connection that connect() made, untracked the
 * one that accept() did, so that the kernel does the same for both. The other end is served by bare system calls.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "timing.h"

enum { BLOCK = 64 };

struct functions {
	ssize_t (*read)(int fd, void *data, size_t size);
	ssize_t (*write)(int fd, const void *data, size_t size);
	ssize_t (*send)(int fd, const void *data, size_t size, int flags);
	ssize_t (*recv)(int fd, void *data, size_t size, int flags);
};

static void find(void *handle, const char *name, void *function)
{
	void *found = dlsym(handle, name);

	if (!found)
		timing_give_up(name);
	memcpy(function, &found, sizeof(found));
}

static struct functions find_all(void *handle)
{
	struct functions functions;

	find(handle, "read", &functions.read);
	find(handle, "write", &functions.write);
	find(handle, "send", &functions.send);
	find(handle, "recv", &functions.recv);
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

static double block(const struct functions *with, const char *what, int fd, int other)
{
	char letter = strcmp(what, "recv") == 0 ? 'c' : what[0];

	return (double)one_way(with, letter, fd, other) / BLOCK;
}

int main(int argc, char **argv)
{
	size_t blocks = timing_rounds(argc, argv, 100000) / BLOCK + 1;
	void *libc = dlopen("libc.so.6", RTLD_LAZY);
	struct functions of_libc = find_all(libc ? libc : RTLD_NEXT), called = find_all(RTLD_DEFAULT);
	double *bare = timing_room(blocks), *over = timing_room(blocks);
	int ends[2], mine;

	if (argc < 4) {
		fprintf(stderr, "usage: traffic ROUNDS read|write|send|recv tracked|untracked\n");
		return 2;
	}
	mine = strcmp(argv[3], "tracked") == 0 ? 0 : 1;
	connect_ends(ends);
	for (size_t i = 0; i < blocks; i++) {
		bool first = i % 2;
		double one = block(first ? &of_libc : &called, argv[2], ends[mine], ends[1 - mine]);
		double other = block(first ? &called : &of_libc, argv[2], ends[mine], ends[1 - mine]);

		bare[i] = first ? one : other;
		over[i] = (first ? other : one) - bare[i];
	}
	printf("%.2f ", timing_median(bare, blocks));
	printf("%.2f\n", bare[blocks / 2] + timing_median(over, blocks));
	return 0;
}
