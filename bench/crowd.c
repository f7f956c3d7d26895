/* SPDX-License-Identifier: MIT */
/*
 * crowd.c - connects a second, as the work grows: "RATE", of all processes together.
 *
 * usage: crowd CONNECTS PROCESSES DESTINATIONS
 *
 * Each process makes its share: a socket, a blocking connect to the next of the destinations, and close(), and takes
 * in what has come at the listener, which all share. Destinations are the addresses 127.0.0.1 and up, of one port: a
 * listener on 0.0.0.0 answers for all of them. The client resets, so that no port stays behind in TIME_WAIT. The
 * clock starts when all processes are there.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "timing.h"

enum { BATCH = 16, BACKLOG = 4096 };

static int listen_anywhere(struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	*address = (struct sockaddr_in){ .sin_family = AF_INET };
	if (fd < 0 || bind(fd, (struct sockaddr *)address, length) != 0 || listen(fd, BACKLOG) != 0 ||
	    getsockname(fd, (struct sockaddr *)address, &length) != 0)
		timing_give_up("listen");
	return fd;
}

static void take_in(int listener)
{
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0)
		close(fd);
}

/* Number `first` and on, round and round. */
static void make_connects(int listener, struct sockaddr_in address, unsigned long first, unsigned long count,
			  unsigned long destinations)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	for (unsigned long i = 0; i < count; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)((first + i) % destinations));
		if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) != 0 ||
		    connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
			timing_give_up("connect");
		close(fd);
		if (i % BATCH == 0)
			take_in(listener);
	}
}

int main(int argc, char **argv)
{
	unsigned long count = timing_rounds(argc, argv, 10000);
	unsigned long processes = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	unsigned long destinations = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
	struct sockaddr_in address;
	int listener = listen_anywhere(&address), status, failed = 0, gate[2];
	uint64_t began;
	char none;

	if (processes == 0 || destinations == 0 || pipe(gate) != 0)
		timing_give_up("crowd");
	count = count / processes + 1;
	for (unsigned long i = 0; i < processes; i++) {
		pid_t child = fork();

		if (child < 0)
			timing_give_up("fork");
		if (child > 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(gate[1]);
		if (read(gate[0], &none, 1) != 0) /* until the gate opens, which is its end */
			timing_give_up("gate");
		make_connects(listener, address, i * count, count, destinations);
		_exit(0);
	}
	began = timing_now();
	close(gate[1]);
	while (wait(&status) > 0)
		failed |= status;
	if (failed)
		return 1;
	printf("%.0f\n", (double)(count * processes) * 1e9 / (double)(timing_now() - began));
	return 0;
}
