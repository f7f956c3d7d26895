/* SPDX-License-Identifier: MIT */
/*
 * walk_socket.c - steps of walk.c: sockets, connects, options, what a socket says about itself.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "walk.h"

#ifdef __GLIBC__
/* Public in glibc, in none of its headers. */
extern int __connect(int fd, const struct sockaddr *address, socklen_t length);
#else
#define __connect connect
#endif

/* Small segments leave at once, so that a walk need not wait for them. */
static void hurry(int fd)
{
	const int on = 1;

	syscall(SYS_setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static int some_family(void)
{
	static const int families[] = { AF_INET, AF_INET, AF_INET, AF_INET6, AF_INET6, AF_UNIX };

	return families[below(6)];
}

static int some_type(void)
{
	int type = once_in(5) ? SOCK_DGRAM : SOCK_STREAM;

	return type | (below(2) ? SOCK_NONBLOCK : 0) | (once_in(4) ? SOCK_CLOEXEC : 0);
}

static void make_socket(void)
{
	int family = some_family(), type = some_type(), fd;

	begin("socket %d %x", family, (unsigned)type);
	fd = socket(family, type, 0);
	returned(fd);
	hurry(fd);
}

static void make_odd_socket(void)
{
	static const int odd[][3] = {
		{ AF_NETLINK, SOCK_RAW, 0 }, { AF_INET, SOCK_STREAM, IPPROTO_UDP }, { 999, SOCK_STREAM, 0 },
		{ AF_INET, SOCK_STREAM, IPPROTO_TCP }, { AF_INET6, SOCK_DGRAM, IPPROTO_UDP },
		{ AF_INET, SOCK_STREAM, 262 /* MPTCP */ }, { AF_UNIX, SOCK_SEQPACKET, 0 }, { AF_INET, 77, 0 },
	};
	const int *one = odd[below(sizeof(odd) / sizeof(odd[0]))];
	int fd;

	begin("socket %d %d %d", one[0], one[1], one[2]);
	fd = socket(one[0], one[1], one[2]);
	returned(fd);
	hurry(fd);
}

static void make_socket_unseen(void)
{
	int family = some_family(), type = some_type();
	int fd = (int)syscall(SYS_socket, family, type, 0);

	say("unseen socket %d %x = %d", family, (unsigned)type, fd);
	hurry(fd);
}

static void connect_there(int fd, const struct place *place, socklen_t length)
{
	bool alias = once_in(8);
	int result;

	if (blocks(fd) && never_answers(fd, place)) /* else a signal would have to come while it is not waited for */
		begin_blocking("connect %d %s %u", fd, place->name, length == place->length ? 0 : length);
	else
		begin("connect %d %s %u", fd, place->name, length == place->length ? 0 : length);
	if (alias)
		result = __connect(fd, (const struct sockaddr *)&place->address, length);
	else
		result = connect(fd, (const struct sockaddr *)&place->address, length);
	returned(result);
	is_bound_for(fd, place);
}

static void connect_somewhere(void)
{
	static const socklen_t odd[] = { 0, 1, 2, 4, 15, 27, sizeof(struct sockaddr_storage), 1000 };
	int fd = some_socket();
	const struct place *place = some_place(fd);
	socklen_t length = place->length;

	if (place->length != 0 && once_in(12))
		length = odd[below(sizeof(odd) / sizeof(odd[0]))];
	connect_there(fd, place, length);
}

/* What programs do; the other steps find a connection more often then. */
static void make_connection(void)
{
	int family = some_family(), type = some_type() & ~SOCK_DGRAM, fd;

	type |= SOCK_STREAM;
	begin("socket %d %x", family, (unsigned)type);
	fd = socket(family, type, 0);
	returned(fd);
	hurry(fd);
	if (fd >= 0) {
		const struct place *place = some_place(fd);

		connect_there(fd, place, place->length);
	}
}

static void dissolve(void)
{
	struct sockaddr_storage nobody = { .ss_family = AF_UNSPEC };
	int fd = some_socket();
	socklen_t length = once_in(2) ? sizeof(struct sockaddr) : sizeof(struct sockaddr_in);

	begin("connect %d unspec %u", fd, length);
	returned(connect(fd, (struct sockaddr *)&nobody, length));
}

/* An address that is no memory at all kills the program under the object, where it is long enough: libcutout(7). */
static void connect_badly(void)
{
	const struct sockaddr *volatile bad = once_in(2) ? NULL : (void *)8;
	socklen_t length = bad ? 1 : once_in(3) ? (socklen_t)-1 : sizeof(struct sockaddr_in);
	int fd = some_socket();

	begin("connect %d %s %d", fd, bad ? "bad" : "NULL", (int)length);
	returned(connect(fd, bad, length));
}

static void listen_somewhere(void)
{
	struct sockaddr_in anywhere = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = some_socket(), result;

	begin("bind %d", fd);
	result = bind(fd, (struct sockaddr *)&anywhere, sizeof(anywhere));
	returned(result);
	if (result == 0 && once_in(2))
		return;
	begin("listen %d", fd);
	result = listen(fd, 8);
	returned(result);
	if (result == 0)
		remember_own(fd);
}

static void accept_one(void)
{
	int fd = some_socket(), result;

	if (blocks(fd))
		begin_blocking("accept %d", fd);
	else
		begin("accept %d", fd);
	result = accept4(fd, NULL, NULL, once_in(2) ? SOCK_NONBLOCK : 0);
	returned(result);
	hurry(result);
}

static void shut_down(void)
{
	static const int ways[] = { SHUT_RD, SHUT_WR, SHUT_RDWR, 7, -1 };
	int fd = some_socket(), how = ways[below(once_in(8) ? 5 : 3)];

	begin("shutdown %d %d", fd, how);
	returned(shutdown(fd, how));
}

static void ask_for_error(void)
{
	static const socklen_t lengths[] = { sizeof(int), sizeof(int), sizeof(int), 0, 2, 8, (socklen_t)-1 };
	int fd = some_socket(), result, error[2] = { 77, 77 };
	socklen_t length = lengths[below(sizeof(lengths) / sizeof(lengths[0]))];

	begin("getsockopt %d SO_ERROR %d", fd, (int)length);
	result = getsockopt(fd, SOL_SOCKET, SO_ERROR, error, &length);
	ended(result, "errno=%d %d %d", error[0], error[1], (int)length);
}

static void ask_for_error_badly(void)
{
	int error = 77, fd = some_socket(), result;
	socklen_t length = sizeof(error);
	bool no_length = once_in(2);

	begin("getsockopt %d SO_ERROR %s", fd, no_length ? "without a length" : "into nothing");
	result = getsockopt(fd, SOL_SOCKET, SO_ERROR, no_length ? (void *)&error : (void *)8, no_length ? (void *)8 : &length);
	ended(result, "%d %u", error, length);
}

static void ask(void)
{
	static const struct { int level, option; const char *name; } options[] = {
		{ SOL_SOCKET, SO_TYPE, "SO_TYPE" }, { SOL_SOCKET, SO_DOMAIN, "SO_DOMAIN" },
		{ SOL_SOCKET, SO_ACCEPTCONN, "SO_ACCEPTCONN" }, { SOL_SOCKET, SO_LINGER, "SO_LINGER" },
		{ SOL_SOCKET, SO_SNDTIMEO, "SO_SNDTIMEO" }, { SOL_SOCKET, SO_RCVTIMEO, "SO_RCVTIMEO" },
		{ SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE" }, { IPPROTO_TCP, TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT" },
		{ IPPROTO_TCP, TCP_SYNCNT, "TCP_SYNCNT" }, { IPPROTO_TCP, 999, "none" },
	};
	int fd = some_socket(), result, which = (int)below(sizeof(options) / sizeof(options[0]));
	unsigned char value[16] = { 0 };
	socklen_t length = sizeof(value);

	begin("getsockopt %d %s", fd, options[which].name);
	result = getsockopt(fd, options[which].level, options[which].option, value, &length);
	ended(result, "%u %08x", length, hash(value, sizeof(value)));
}

static void ask_for_state(void)
{
	struct tcp_info info = { 0 };
	socklen_t length = once_in(4) ? 1 : sizeof(info);
	int fd = some_socket(), result;

	begin("getsockopt %d TCP_INFO", fd);
	result = getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length);
	returned(result);
}

static void set(int fd, const char *name, int level, int option, const void *value, socklen_t length)
{
	begin("setsockopt %d %s %08x", fd, name, hash(value, length));
	returned(setsockopt(fd, level, option, value, length));
}

static void set_timeouts(void)
{
	struct timeval time = { 0, once_in(3) ? 0 : 8000 };
	int fd = some_socket();

	set(fd, "SO_RCVTIMEO", SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	set(fd, "SO_SNDTIMEO", SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

static void set_linger(void)
{
	const struct linger linger = { .l_onoff = below(2) };

	set(some_socket(), "SO_LINGER", SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static void set_number(void)
{
	static const struct { int level, option, value; const char *name; } options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE" }, { IPPROTO_TCP, TCP_USER_TIMEOUT, 20000, "TCP_USER_TIMEOUT" },
		{ IPPROTO_TCP, TCP_SYNCNT, 2, "TCP_SYNCNT" }, { IPPROTO_IPV6, IPV6_V6ONLY, 0, "IPV6_V6ONLY" },
		{ IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1, "TCP_FASTOPEN_CONNECT" }, { SOL_SOCKET, 999, 1, "none" },
		{ IPPROTO_TCP, TCP_DEFER_ACCEPT, 0, "TCP_DEFER_ACCEPT" },
	};
	unsigned which = below(sizeof(options) / sizeof(options[0]));

	set(some_socket(), options[which].name, options[which].level, options[which].option, &options[which].value, sizeof(int));
}

static void set_badly(void)
{
	int fd = some_socket();

	begin("setsockopt %d SO_LINGER badly", fd);
	returned(setsockopt(fd, SOL_SOCKET, SO_LINGER, (void *)8, once_in(2) ? 8 : 1));
}

static void ask_for_peer(void)
{
	static const socklen_t lengths[] = { sizeof(struct sockaddr_storage), sizeof(struct sockaddr_storage), 2, 0, (socklen_t)-1 };
	struct sockaddr_storage address = { 0 };
	socklen_t length = lengths[below(5)];
	bool whole = length == sizeof(address), bad = once_in(10);
	int fd = some_socket(), result;

	begin("getpeername %d %d%s", fd, (int)length, bad ? " bad" : "");
	result = getpeername(fd, bad ? (struct sockaddr *)8 : (struct sockaddr *)&address, &length);
	ended(result, "%d %s", (int)length, name_of_address(&address, length, whole && !bad && result == 0));
}

static void ask_for_name(void)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof(address);
	int fd = some_socket(), result;

	begin("getsockname %d", fd);
	result = getsockname(fd, (struct sockaddr *)&address, &length);
	ended(result, "%u family %d", length, address.ss_family);
}

static void look_up(void)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "::1", "127.0.0.1" };
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = once_in(2) ? AI_NUMERICHOST : 0 };
	const char *name = names[below(4)];
	struct addrinfo *found = NULL;
	int result, count = 0;

	begin("getaddrinfo %s", name);
	result = getaddrinfo(name, NULL, &hints, &found);
	errno = ERRNO_BEFORE; /* what libc does on its way is its own affair */
	for (struct addrinfo *one = found; one; one = one->ai_next)
		count++;
	ended(result, "%d", count);
	if (found)
		freeaddrinfo(found);
}

const struct step socket_steps[] = {
	{ 8, 0, make_socket },
	{ 1, 0, make_odd_socket },
	{ 2, 0, make_socket_unseen },
	{ 22, 0, make_connection },
	{ 16, 0, connect_somewhere },
	{ 3, 0, dissolve },
	{ 2, 0, connect_badly },
	{ 2, 0, listen_somewhere },
	{ 3, 0, accept_one },
	{ 5, 0, shut_down },
	{ 7, 0, ask_for_error },
	{ 1, 0, ask_for_error_badly },
	{ 2, 0, ask },
	{ 1, 0, ask_for_state },
	{ 4, 0, set_timeouts },
	{ 3, 0, set_linger },
	{ 3, 0, set_number },
	{ 1, 0, set_badly },
	{ 4, 0, ask_for_peer },
	{ 2, 0, ask_for_name },
	{ 1, NOT_IN_VFORK, look_up },
	{ 0, 0, NULL },
};
