/* SPDX-License-Identifier: MIT */
/*
 * halfway.c - leaves a blocking connect half way.
 *
 *	halfway cancel|pace|jump SWALLOWING REFUSING OTHER
 *
 * A thread connects to an address that gives no answer, and is cancelled there, or jumps out of a signal handler. With
 * "pace" that address is one whose circuit is open, and which is refused only after a while.
 * Then the same thread (in its cleanup handler, or behind sigsetjmp) and the first one connect, three times each, to
 * an address of their own that refuses. Prints the send time-out that the left socket has, and the errno of each
 * connect.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "address.h"

static const char *swallowing, *refusing, *other;
static atomic_int stuck_in = -1;
static sigjmp_buf back;

static void connect_thrice(const char *who, const char *text)
{
	for (int i = 0; i < 3; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		int result = connect_to(fd, text);

		printf("%s %d errno=%d\n", who, result, errno);
		close(fd);
	}
}

static void show_what_is_left(void)
{
	struct timeval limit = { 0 };
	socklen_t length = sizeof(limit);

	getsockopt(stuck_in, SOL_SOCKET, SO_SNDTIMEO, &limit, &length);
	if (length == sizeof(limit))
		printf("limit %ld\n", (long)limit.tv_sec);
	else
		puts("limit untold");
}

static void at_cancellation(void *nothing)
{
	(void)nothing;
	show_what_is_left();
	connect_thrice("thread", refusing);
	close(stuck_in);
}

static void connect_in_vain(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	stuck_in = fd;
	connect_to(fd, swallowing);
	puts("the connect came back");
}

static void *until_cancelled(void *nothing)
{
	pthread_cleanup_push(at_cancellation, nothing);
	connect_in_vain();
	pthread_cleanup_pop(0);
	return NULL;
}

static void jump(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

static void *until_signalled(void *nothing)
{
	if (sigsetjmp(back, 1) == 0) {
		connect_in_vain();
	} else {
		show_what_is_left();
		connect_thrice("thread", refusing);
		close(stuck_in);
	}
	return nothing;
}

/* The connect is under way when the kernel has sent its SYN. */
static void wait_until_stuck(void)
{
	struct timespec pause = { .tv_nsec = 2000000 };
	struct tcp_info info = { 0 };
	socklen_t length;

	do {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		length = sizeof(info);
	} while (stuck_in < 0 || getsockopt(stuck_in, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 ||
		 info.tcpi_state != TCP_SYN_SENT);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

int main(int argc, char **argv)
{
	int pace = argc > 4 && !strcmp(argv[1], "pace");
	int cancel = pace || (argc > 4 && !strcmp(argv[1], "cancel"));
	pthread_t thread;

	if (argc < 5)
		return 64;
	setvbuf(stdout, NULL, _IONBF, 0);
	swallowing = argv[2];
	refusing = argv[3];
	other = argv[4];
	signal(SIGUSR1, jump);
	pthread_create(&thread, NULL, cancel ? until_cancelled : until_signalled, NULL);
	/* No SYN is sent: a cancellation that comes early is kept for the wait. */
	if (!pace)
		wait_until_stuck();
	if (cancel)
		pthread_cancel(thread);
	else
		pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	connect_thrice("main", other);
	return 0;
}
