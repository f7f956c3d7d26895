/* SPDX-License-Identifier: MIT */
/*
 * walk_peers.c - steps of walk.c: what the other ends of its connections do, all of it past the object.
 */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "walk.h"


static bool is_listener(int fd)
{
	int listens = 0;
	socklen_t length = sizeof(listens);

	return syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) != 0 || listens;
}

static bool is_peer(int fd)
{
	for (unsigned i = 0; i < places_count; i++)
		if (places[i].fd == fd)
			return false;
	return !is_listener(fd);
}

static int some_peer(void)
{
	int found[END_HIDDEN_FD - HIDDEN_FD];
	unsigned number = 0;

	for (int fd = HIDDEN_FD; fd < END_HIDDEN_FD; fd++)
		if (is_peer(fd))
			found[number++] = fd;
	return number ? found[below(number)] : -1;
}

/* From the raw system calls: negative errno is not told apart here. */
static void tell(const char *what, int fd, long result)
{
	say("peer %s %d = %ld", what, fd, result);
}

static void peer_sends(void)
{
	static const size_t sizes[] = { 1, 5, 64, 700 };
	static char data[ROOM];
	int fd = some_peer();

	memset(data, 'p', sizeof(data));
	tell("sends", fd, syscall(SYS_sendto, fd, data, sizes[below(4)], MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0));
}

static void peer_receives(void)
{
	static char data[4 * ROOM];
	int fd = some_peer();

	tell("receives", fd, syscall(SYS_recvfrom, fd, data, once_in(3) ? 5 : sizeof(data), MSG_DONTWAIT, NULL, NULL));
}

static void peer_shuts_down(void)
{
	int fd = some_peer();

	tell("shuts down", fd, syscall(SYS_shutdown, fd, SHUT_WR));
}

static void peer_closes(void)
{
	int fd = some_peer();

	tell("closes", fd, syscall(SYS_close, fd));
}

static void peer_resets(void)
{
	const struct linger reset = { .l_onoff = 1 };
	int fd = some_peer();

	syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	tell("resets", fd, syscall(SYS_close, fd));
}

/* What came to one of the places for datagrams goes back to whom it came from. */
static void datagram_answered(void)
{
	static char data[ROOM];
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);

	for (unsigned i = 0; i < places_count; i++) {
		long got;

		if (places[i].type != SOCK_DGRAM || strstr(places[i].name, "nobody"))
			continue;
		length = sizeof(from);
		got = syscall(SYS_recvfrom, places[i].fd, data, sizeof(data), MSG_DONTWAIT, &from, &length);
		if (got < 0)
			continue;
		say("%s answers %ld", places[i].name, got);
		syscall(SYS_sendto, places[i].fd, data, (size_t)got, MSG_NOSIGNAL | MSG_DONTWAIT, &from, length);
	}
}

const struct step peer_steps[] = {
	{ 14, NOT_IN_CHILD, peer_sends },
	{ 6, NOT_IN_CHILD, peer_receives },
	{ 2, NOT_IN_CHILD, peer_shuts_down },
	{ 3, NOT_IN_CHILD, peer_closes },
	{ 2, NOT_IN_CHILD, peer_resets },
	{ 5, NOT_IN_CHILD, datagram_answered },
	{ 0, 0, NULL },
};
