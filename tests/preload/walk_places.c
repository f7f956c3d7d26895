/* SPDX-License-Identifier: MIT */
/*
 * walk_places.c - where walk.c connects to: servers of several tempers, and places where nobody is.
 *
 * All sockets here are made past the object and moved to hidden numbers. The ports are the kernel's choice, so the
 * transcript calls a place by its name.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "walk.h"

/* Resets at once. */
static void dismiss(int peer)
{
	const struct linger reset = { .l_onoff = 1 };

	syscall(SYS_setsockopt, peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	syscall(SYS_close, peer);
}

/* Says its word and closes. */
static void say_hello(int peer)
{
	syscall(SYS_write, peer, "hello\n", 6);
	syscall(SYS_close, peer);
}

static void hang_up(int peer)
{
	syscall(SYS_close, peer);
}

enum { KEEPER = 0, MAPPED = 2, OWN = 18 };

struct place places[] = {
	{ "keeper", AF_INET, SOCK_STREAM, .fd = -1 },
	{ "keeper6", AF_INET6, SOCK_STREAM, .fd = -1 },
	{ "keeper-mapped", AF_INET6, SOCK_STREAM, .fd = -1 },
	{ "passed", AF_INET, SOCK_STREAM, .fd = -1 }, /* at 127.0.0.77 */
	{ "dismisser", AF_INET, SOCK_STREAM, .fd = -1, .greet = dismiss },
	{ "greeter", AF_INET, SOCK_STREAM, .fd = -1, .greet = say_hello },
	{ "closer6", AF_INET6, SOCK_STREAM, .fd = -1, .greet = hang_up },
	{ "nobody", AF_INET, SOCK_STREAM, .fd = -1 },
	{ "nobody6", AF_INET6, SOCK_STREAM, .fd = -1 },
	{ "full", AF_INET, SOCK_STREAM, .fd = -1 },
	{ "udp", AF_INET, SOCK_DGRAM, .fd = -1 },
	{ "udp6", AF_INET6, SOCK_DGRAM, .fd = -1 },
	{ "udp-nobody", AF_INET, SOCK_DGRAM, .fd = -1 },
	{ "unix", AF_UNIX, SOCK_STREAM, .fd = -1 },
	{ "unix-dgram", AF_UNIX, SOCK_DGRAM, .fd = -1 },
	{ "unix-hello", AF_UNIX, SOCK_STREAM, .fd = -1, .greet = say_hello },
	{ "unix-nobody", AF_UNIX, SOCK_STREAM, .fd = -1 },
	{ "unix-absent", AF_UNIX, SOCK_STREAM, .fd = -1 },
	{ "own", AF_INET, SOCK_STREAM, .fd = -1 }, /* the walk's own listener, once it has one */
};

const unsigned places_count = sizeof(places) / sizeof(places[0]);

static void need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "walk: %s: %s\n", what, strerror(errno));
	exit(71);
}

static int hidden_socket(int family, int type)
{
	int fd = (int)syscall(SYS_socket, family, type, 0);
	int hidden = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, HIDDEN_FD);

	need(hidden >= HIDDEN_FD, "socket");
	syscall(SYS_close, fd);
	return hidden;
}

static void set_address(struct place *place, const char *directory)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&place->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&place->address;
	struct sockaddr_un *path = (struct sockaddr_un *)&place->address;

	place->address.ss_family = (sa_family_t)place->family;
	if (place->family == AF_INET) {
		v4->sin_addr.s_addr = htonl(strcmp(place->name, "passed") ? INADDR_LOOPBACK : 0x7f00004d);
		place->length = sizeof(*v4);
	} else if (place->family == AF_INET6) {
		v6->sin6_addr = in6addr_loopback;
		place->length = sizeof(*v6);
	} else {
		snprintf(path->sun_path, sizeof(path->sun_path), "%s/%s", directory, place->name);
		place->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path->sun_path) + 1);
	}
}

static bool is(const struct place *place, const char *part)
{
	return strstr(place->name, part) != NULL;
}

/* Its queue has room for one, who is there already: no handshake ends. */
static void fill(const struct place *place)
{
	int first = hidden_socket(AF_INET, SOCK_STREAM);

	need(syscall(SYS_connect, first, &place->address, place->length) == 0, place->name);
}

static void open_place(struct place *place, const char *directory)
{
	const int on = 1;

	set_address(place, directory);
	if (is(place, "absent") || is(place, "own"))
		return;
	place->fd = hidden_socket(place->family, place->type | SOCK_NONBLOCK);
	if (place->family == AF_INET6)
		syscall(SYS_setsockopt, place->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	need(bind(place->fd, (struct sockaddr *)&place->address, place->length) == 0, place->name);
	if (place->family != AF_UNIX)
		getsockname(place->fd, (struct sockaddr *)&place->address, &place->length);
	if (place->type == SOCK_STREAM && !is(place, "nobody"))
		need(listen(place->fd, is(place, "full") ? 0 : 64) == 0, place->name);
	if (place->type == SOCK_DGRAM && is(place, "nobody"))
		need(syscall(SYS_close, place->fd) == 0, place->name);
	if (is(place, "full"))
		fill(place);
}

/* The same port as the keeper's, as an IPv4-mapped address. */
static void map_keeper(struct place *mapped)
{
	const struct sockaddr_in *v4 = (struct sockaddr_in *)&places[KEEPER].address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&mapped->address;

	v6->sin6_port = v4->sin_port;
	memset(&v6->sin6_addr, 0, sizeof(v6->sin6_addr));
	memset(&v6->sin6_addr.s6_addr[10], 0xff, 2);
	memcpy(&v6->sin6_addr.s6_addr[12], &v4->sin_addr, 4);
}

void open_places(const char *directory)
{
	for (unsigned i = 0; i < places_count; i++) {
		if (!is(&places[i], "mapped"))
			open_place(&places[i], directory);
		else {
			set_address(&places[i], directory);
			map_keeper(&places[i]);
		}
	}
}

void remember_own(int fd)
{
	struct place *own = &places[OWN];

	own->length = sizeof(own->address);
	getsockname(fd, (struct sockaddr *)&own->address, &own->length);
}

/* Mostly one that goes with the socket. */
struct place *some_place(int fd)
{
	int family = 0, type = 0;
	socklen_t length = sizeof(int);

	syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &family, &length);
	length = sizeof(int);
	syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &length);
	for (int tries = 0; tries < 60; tries++) {
		struct place *place = &places[below(places_count)];

		if (was_mapped(fd) && place->family == AF_INET6)
			place = &places[MAPPED];
		if ((place->family == family && place->type == type) || once_in(60))
			return place;
	}
	return &places[KEEPER];
}

static bool same_address(const void *one, const struct place *place, socklen_t length)
{
	const struct sockaddr_in *v4 = one, *place4 = (const struct sockaddr_in *)&place->address;
	const struct sockaddr_in6 *v6 = one, *place6 = (const struct sockaddr_in6 *)&place->address;
	const struct sockaddr_un *path = one, *place_path = (const struct sockaddr_un *)&place->address;

	if (v4->sin_family != place->family || length < sizeof(sa_family_t))
		return false;
	if (place->family == AF_INET)
		return v4->sin_port == place4->sin_port;
	if (place->family == AF_INET6)
		return v6->sin6_port == place6->sin6_port && !memcmp(&v6->sin6_addr, &place6->sin6_addr, sizeof(v6->sin6_addr));
	return length > offsetof(struct sockaddr_un, sun_path) && !strncmp(path->sun_path, place_path->sun_path, sizeof(path->sun_path));
}

/* `valid`: there is one. */
const char *name_of_address(const void *address, socklen_t length, bool valid)
{
	static char other[64];
	sa_family_t family = ((const struct sockaddr *)address)->sa_family;

	if (!valid)
		return "-";
	for (unsigned i = 0; i < places_count; i++)
		if (same_address(address, &places[i], length))
			return places[i].name;
	if (family == AF_INET || family == AF_INET6)
		snprintf(other, sizeof(other), "some port, %u, family %d", length, family);
	else
		snprintf(other, sizeof(other), "%u bytes, family %d", length, family);
	return other;
}
