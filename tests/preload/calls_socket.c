/* SPDX-License-Identifier: MIT */
/*
 * calls_socket.c - operations of calls.c: sockets, connects, options, what a socket says about itself.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "calls.h"

/* Public in glibc, in none of its headers. */
extern int __connect(int fd, const struct sockaddr *address, socklen_t length);

static int family_of(const char *argument)
{
	if (!strncmp(argument, "6", 1))
		return AF_INET6;
	return !strncmp(argument, "unix", 4) ? AF_UNIX : AF_INET;
}

/* `raw`: a raw socket that says it is TCP's, when asked for its protocol. */
static int type_of(const char *argument, int *protocol)
{
	*protocol = strstr(argument, "raw") ? IPPROTO_TCP : 0;
	return *protocol ? SOCK_RAW : strstr(argument, "udp") ? SOCK_DGRAM : SOCK_STREAM;
}

static void run_socket(const char *argument)
{
	int protocol, type = type_of(argument, &protocol);

	if (!strncmp(argument, "netlink", 7)) {
		*current() = socket(AF_NETLINK, SOCK_RAW, 0);
	} else {
		if (strstr(argument, "nonblock"))
			type |= SOCK_NONBLOCK;
		if (strstr(argument, "cloexec"))
			type |= SOCK_CLOEXEC;
		*current() = socket(family_of(argument), type, protocol);
	}
	said("socket", *current() < 0 ? -1 : 0, NULL);
}

/* Past libc: a socket that the object did not see created. */
static void run_raw_socket(const char *argument)
{
	int protocol, type = type_of(argument, &protocol) | (strstr(argument, "nonblock") ? SOCK_NONBLOCK : 0);

	*current() = (int)syscall(SYS_socket, family_of(argument), type, protocol);
	said("raw-socket", *current() < 0 ? -1 : 0, NULL);
}

static void run_connect(const char *argument)
{
	struct sockaddr_storage address;
	socklen_t length = address_of(argument, &address);

	errno = ERRNO_BEFORE;
	said("connect", connect(*current(), (struct sockaddr *)&address, length), NULL);
}

static void run_connect_alias(const char *argument)
{
	struct sockaddr_storage address;
	socklen_t length = address_of(argument, &address);

	errno = ERRNO_BEFORE;
	said("connect", __connect(*current(), (struct sockaddr *)&address, length), NULL);
}

static void run_connect_short(const char *argument)
{
	struct sockaddr_storage address;

	address_of(argument, &address);
	said("connect-short", connect(*current(), (struct sockaddr *)&address, 4), NULL);
}

static void run_connect_null(const char *argument)
{
	const struct sockaddr *volatile nothing = NULL;

	(void)argument;
	said("connect-null", connect(*current(), nothing, sizeof(struct sockaddr_in)), NULL);
}

static void run_connect_unspec(const char *argument)
{
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	(void)argument;
	said("connect-unspec", connect(*current(), &nobody, sizeof(nobody)), NULL);
}

static void run_connect_unix(const char *argument)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", argument);
	errno = ERRNO_BEFORE;
	said("connect-unix", connect(*current(), (struct sockaddr *)&address, sizeof(address)), NULL);
}

/* So that a program has somebody to connect to without any other. */
static void run_listen(const char *argument)
{
	struct sockaddr_storage address;
	socklen_t length = address_of(argument, &address);
	int result = bind(*current(), (struct sockaddr *)&address, length);

	errno = ERRNO_BEFORE;
	said("listen", result ? result : listen(*current(), 16), NULL);
}

static void run_accept(const char *number)
{
	int fd = accept(*current(), NULL, NULL);

	said("accept", fd < 0 ? -1 : 0, NULL);
	*numbered(number) = fd;
}

/* `rd`, `wr`, `rdwr`, or a number that means nothing. */
static void run_shutdown(const char *argument)
{
	static const char *const names[] = { [SHUT_RD] = "rd", [SHUT_WR] = "wr", [SHUT_RDWR] = "rdwr" };
	int how = atoi(argument);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], argument))
			how = (int)i;
	said("shutdown", shutdown(*current(), how), NULL);
}

static void run_soerror(const char *argument)
{
	int error = -1;
	socklen_t length = sizeof(error);
	int result = getsockopt(*current(), SOL_SOCKET, SO_ERROR, &error, &length);

	(void)argument;
	said("soerror", result, "errno=%d", error);
}

static void run_getpeername(const char *argument)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof(address);
	int result = getpeername(*current(), (struct sockaddr *)&address, &length);

	(void)argument;
	said("getpeername", result, "family %d", result ? 0 : address.ss_family);
}

/* With its address, where both runs have the same. */
static void run_peer(const char *argument)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof(address);
	int result = getpeername(*current(), (struct sockaddr *)&address, &length);
	char host[64] = "", port[16] = "";

	(void)argument;
	if (result == 0)
		getnameinfo((struct sockaddr *)&address, length, host, sizeof(host), port, sizeof(port),
			    NI_NUMERICHOST | NI_NUMERICSERV);
	errno = result ? errno : ERRNO_BEFORE;
	said("peer", result, "%s %s", host, port);
}

static void run_getsockname(const char *argument)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof(address);
	int result = getsockname(*current(), (struct sockaddr *)&address, &length);
	in_port_t port = ((struct sockaddr_in *)&address)->sin_port; /* at the same place for both families */

	(void)argument;
	said("getsockname", result, "family %d, %s", address.ss_family, port ? "a port" : "no port");
}

static void set_option(const char *name, int level, int option, const void *value, socklen_t length)
{
	errno = ERRNO_BEFORE;
	said(name, setsockopt(*current(), level, option, value, length), NULL);
}

static void set_tcp(const char *name, int option, int value)
{
	set_option(name, IPPROTO_TCP, option, &value, sizeof(value));
}

static void run_syncnt(const char *argument)
{
	set_tcp("syncnt", TCP_SYNCNT, atoi(argument));
}

static void run_user_timeout(const char *argument)
{
	set_tcp("user-timeout", TCP_USER_TIMEOUT, atoi(argument));
}

static void run_v6only(const char *argument)
{
	int on = 1;

	(void)argument;
	set_option("v6only", IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
}

static void run_fastopen_connect(const char *argument)
{
	(void)argument;
	set_tcp("fastopen-connect", TCP_FASTOPEN_CONNECT, 1);
}

static void run_sndtimeo(const char *argument)
{
	struct timeval time = { atoi(argument) / 1000, atoi(argument) % 1000 * 1000 };

	set_option("sndtimeo", SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

static void run_get_sndtimeo(const char *argument)
{
	struct timeval time = { 0 };
	socklen_t length = sizeof(time);
	int result = getsockopt(*current(), SOL_SOCKET, SO_SNDTIMEO, &time, &length);

	(void)argument;
	said("get-sndtimeo", result, "%ld.%06ld s", (long)time.tv_sec, (long)time.tv_usec);
}

static int state_of(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);

	if (syscall(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
		return -1;
	return info.tcpi_state;
}

/* Waits, past libc and without disturbing the socket, until the kernel has it in that state. */
static void run_await(const char *argument)
{
	static const struct { const char *name; int state; } states[] = {
		{ "established", TCP_ESTABLISHED }, { "syn-sent", TCP_SYN_SENT },
		{ "close", TCP_CLOSE }, { "close-wait", TCP_CLOSE_WAIT },
	};
	struct timespec pause = { .tv_nsec = 2000000 };
	int wanted = -2;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (!strcmp(states[i].name, argument))
			wanted = states[i].state;
	for (int left = 10000; left > 0; left--) {
		if (state_of(*current()) == wanted) {
			say("await %s", argument);
			return;
		}
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
	say("await %s: never, but %d", argument, state_of(*current()));
	_exit(66);
}

const struct operation socket_operations[] = {
	{ "socket", run_socket },
	{ "raw-socket", run_raw_socket },
	{ "connect", run_connect },
	{ "__connect", run_connect_alias },
	{ "connect-short", run_connect_short },
	{ "connect-null", run_connect_null },
	{ "connect-unspec", run_connect_unspec },
	{ "connect-unix", run_connect_unix },
	{ "listen", run_listen },
	{ "accept", run_accept },
	{ "shutdown", run_shutdown },
	{ "soerror", run_soerror },
	{ "getpeername", run_getpeername },
	{ "peer", run_peer },
	{ "getsockname", run_getsockname },
	{ "v6only", run_v6only },
	{ "syncnt", run_syncnt },
	{ "user-timeout", run_user_timeout },
	{ "fastopen-connect", run_fastopen_connect },
	{ "sndtimeo", run_sndtimeo },
	{ "get-sndtimeo", run_get_sndtimeo },
	{ "await", run_await },
	{ NULL, NULL },
};
