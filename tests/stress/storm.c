/* SPDX-License-Identifier: MIT */
/*
 * storm.c - a program that connects all the time, until it is killed; for test_storm.py, under the object.
 *
 *	storm PORT…
 *
 * Its threads connect to the ports on 127.0.0.1, blocking and not, and now and then to one of 4,096 destinations on
 * which nobody listens, so that a panel fills up. Of what they get nothing is printed: the reader of the panel judges.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4, PATIENCE_MS = 50, STUCK_US = 900000, PAUSE_NS = 12000000, CLOSED_PORT = 9, COLD = 4096 };

static unsigned port_count;
static char **ports;

/* Taken apart of the libc's, which has a lock. */
static uint64_t draw(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

static struct sockaddr_in pick(uint64_t *state)
{
	uint64_t random = draw(state);
	int cold = random % 4 == 0;

	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(cold ? 0x7f020000 + (uint32_t)(random >> 8) % COLD : INADDR_LOOPBACK),
		.sin_port = htons(cold ? CLOSED_PORT : (uint16_t)atoi(ports[(random >> 8) % port_count])),
	};
}

/* As most programs do: wait for a while, ask what came of it, close. */
static void connect_patiently(int fd, const struct sockaddr_in *address)
{
	struct pollfd waiting = { .fd = fd, .events = POLLOUT };
	socklen_t length = sizeof(int);
	int error;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 && poll(&waiting, 1, PATIENCE_MS) > 0)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
}

/* A stuck thread is not stuck for good. */
static void connect_and_wait(int fd, const struct sockaddr_in *address)
{
	const struct timeval limit = { .tv_usec = STUCK_US };

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	connect(fd, (const struct sockaddr *)address, sizeof(*address));
}

static void *work(void *seed)
{
	uint64_t state = (uintptr_t)seed * 7919 + (uint64_t)getpid();
	const struct linger reset = { .l_onoff = 1 };

	for (;;) {
		struct sockaddr_in address = pick(&state);
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (draw(&state) % 3 == 0)
			connect_patiently(fd, &address);
		else
			connect_and_wait(fd, &address);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
		nanosleep(&(struct timespec){ .tv_nsec = (long)(draw(&state) % PAUSE_NS) }, NULL);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	ports = argv + 1;
	port_count = (unsigned)argc - 1;
	for (uintptr_t i = 1; i < THREADS && port_count > 0; i++)
		pthread_create(&thread, NULL, work, (void *)i);
	if (port_count > 0)
		work(NULL);
	return 2;
}
