/* SPDX-License-Identifier: MIT */
/*
 * crowd.c - connects of a program that has a great many of something.
 *
 *	crowd descriptors COUNT ADDRESS
 *	crowd threads COUNT ADDRESS
 *	crowd connects COUNT REFUSED DENIED
 *
 * descriptors: opens so many first (77: they may not be had here), then connects beside them, and once more after
 * closing them all at once. threads: so many connect at the same time; how often came which errno. connects: so many,
 * one after the other: to 250 addresses that refuse, blocking and not, to a listener of its own, and to what is
 * DENIED; what the process has after a thousand and in the end: descriptors, threads, mappings, and kB of memory.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "address.h"

enum { ERRORS = 200, ROUNDS = 20, MANY = 200, FEW = 250 };

static const char *destination;
static pthread_barrier_t together;
static _Atomic unsigned seen[ERRORS];

static void need(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(70);
}

static int error_of(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	need(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0, "SO_ERROR");
	return error;
}

static int outcome(int fd, int result)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };

	if (result == 0 || errno != EINPROGRESS)
		return result ? errno : 0;
	need(poll(&ready, 1, 30000) == 1, "poll");
	return error_of(fd);
}

static int try_once(int flags)
{
	int fd = socket(AF_INET, SOCK_STREAM | flags, 0), error;

	need(fd >= 0, "socket");
	error = outcome(fd, connect_to(fd, destination));
	close(fd);
	return error;
}

static void tell(const char *what)
{
	printf("%s:", what);
	for (int i = 0; i < ERRORS; i++) {
		if (seen[i])
			printf(" errno=%d %u", i, seen[i]);
		seen[i] = 0;
	}
	printf("\n");
}

/* --- descriptors --- */

static void fill(int count)
{
	struct rlimit room = { (rlim_t)count + MANY + 100, (rlim_t)count + MANY + 100 };
	int first = open("/dev/null", O_RDWR);

	if (setrlimit(RLIMIT_NOFILE, &room) != 0)
		exit(77);
	for (int fd = first; fd < count;) {
		fd = dup(first);
		if (fd < 0)
			exit(77);
	}
}

/* Begun together, waited for with all that is open. */
static void connect_many(int count)
{
	struct pollfd *all = calloc((size_t)count + MANY, sizeof(*all));

	need(all != NULL, "calloc");
	for (int i = 0; i < count; i++)
		all[i].fd = i;
	for (int i = count; i < count + MANY; i++) {
		all[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		all[i].events = POLLOUT;
		need(all[i].fd > count, "socket");
		if (connect_to(all[i].fd, destination) != 0 && errno != EINPROGRESS)
			seen[errno]++;
		else
			while (poll(all, (nfds_t)count + MANY, 30000) < 1 || !all[i].revents)
				;
		seen[error_of(all[i].fd)]++;
	}
	free(all);
}

/* One by one: close_range() is not in every libc. */
static void close_all(int count)
{
	for (int fd = 3; fd < count + MANY + 100; fd++)
		close(fd);
}

static void descriptors(int count)
{
	fill(count);
	for (int i = 0; i < 8; i++)
		seen[try_once(0)]++;
	tell("blocking");
	connect_many(count);
	tell("not blocking");
	close_all(count);
	seen[try_once(0)]++;
	seen[try_once(SOCK_NONBLOCK)]++;
	tell("afterwards");
}

/* --- threads --- */

static void *connect_often(void *unused)
{
	pthread_barrier_wait(&together);
	for (int i = 0; i < ROUNDS; i++)
		seen[try_once(i % 2 ? SOCK_NONBLOCK : 0)]++;
	return unused;
}

static void threads(int count)
{
	pthread_t *thread = calloc((size_t)count, sizeof(*thread));
	pthread_attr_t small;

	need(thread != NULL, "calloc");
	need(pthread_attr_init(&small) == 0 && pthread_attr_setstacksize(&small, 1 << 17) == 0, "attributes");
	pthread_barrier_init(&together, NULL, (unsigned)count);
	for (int i = 0; i < count; i++)
		if (pthread_create(&thread[i], &small, connect_often, NULL) != 0)
			exit(77);
	for (int i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
	tell("all");
}

/* --- connects --- */

static struct sockaddr_in own; /* of our listener */

static int listen_somewhere(void)
{
	socklen_t size = sizeof(own);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	own = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	need(bind(fd, (struct sockaddr *)&own, sizeof(own)) == 0 && listen(fd, 16) == 0, "listen");
	need(getsockname(fd, (struct sockaddr *)&own, &size) == 0, "getsockname");
	return fd;
}

/* Both ends go with a reset, or a million of them would wait for the last packet of the other. */
static void drop(int fd)
{
	struct linger at_once = { 1, 0 };

	need(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) == 0, "SO_LINGER");
	close(fd);
}

static void connect_once(unsigned i, int listener, struct sockaddr_in *refusing, struct sockaddr_in *denied)
{
	struct sockaddr_in *to[] = { refusing, &own, refusing, denied };
	int fd = socket(AF_INET, SOCK_STREAM | (i % 4 == 2 ? SOCK_NONBLOCK : 0), 0), error;

	refusing->sin_addr.s_addr = htonl(0x7f010000 + i % FEW);
	error = outcome(fd, connect(fd, (struct sockaddr *)to[i % 4], sizeof(own)));
	seen[error]++;
	if (error == 0)
		drop(accept(listener, NULL, NULL));
	drop(fd);
}

static unsigned entries(const char *path)
{
	DIR *directory = opendir(path);
	unsigned count = 0;

	need(directory != NULL, path);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static unsigned lines(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned count = 0;

	need(file != NULL, path);
	for (int c = getc(file); c != EOF; c = getc(file))
		count += c == '\n';
	fclose(file);
	return count;
}

/* Of memory what is the process's own: pages of files, the panel's among them, come as they are touched. */
static void take_stock(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long size = 0, resident = 0, shared = 0;

	need(file && fscanf(file, "%ld %ld %ld", &size, &resident, &shared) == 3, "statm");
	fclose(file);
	printf("%u %u %u %ld %ld\n", entries("/proc/self/fd"), entries("/proc/self/task"), lines("/proc/self/maps"),
	       size * (getpagesize() / 1024), (resident - shared) * (getpagesize() / 1024));
}

static void connects(unsigned count, const char *refused, const char *denied)
{
	struct sockaddr_storage refusing, denying;
	int listener = listen_somewhere();

	address_of(refused, &refusing);
	address_of(denied, &denying);
	for (unsigned i = 0; i < count; i++) {
		if (i == 4 * FEW)
			take_stock();
		connect_once(i, listener, (struct sockaddr_in *)&refusing, (struct sockaddr_in *)&denying);
	}
	take_stock();
	tell("all");
}

int main(int argc, char **argv)
{
	int count = argc > 3 ? atoi(argv[2]) : 0;

	if (argc < 4)
		return 64;
	destination = argv[3];
	setvbuf(stdout, NULL, _IONBF, 0);
	if (!strcmp(argv[1], "descriptors"))
		descriptors(count);
	else if (!strcmp(argv[1], "threads"))
		threads(count);
	else if (argc > 4)
		connects((unsigned)count, argv[3], argv[4]);
	return 0;
}
