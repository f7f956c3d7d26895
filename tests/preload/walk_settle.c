/* SPDX-License-Identifier: MIT */
/*
 * walk_settle.c - the wait of walk.c until nothing is under way between any two of its sockets.
 *
 * Loopback delivers while the sender is still in its system call, nearly always. What may be late would make two
 * runs differ, so all TCP sockets of the program are looked at after each step: two that are each other's ends have to
 * agree, and one whose other end is gone has to know. TCP_INFO and names only: nothing is consumed, and no hook is called.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "walk.h"

enum { STATE_ESTABLISHED = 1, STATE_SYN_SENT, STATE_SYN_RECV, STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_TIME_WAIT, STATE_CLOSE,
       STATE_CLOSE_WAIT, STATE_LAST_ACK, STATE_LISTEN, STATE_CLOSING };

enum { MOST = END_FD - FIRST_FD + END_HIDDEN_FD - HIDDEN_FD, PATIENCE_MS = 3000, VISITORS = 256 };

/* An end of a connection: port and address, as IPv6. */
struct end {
	unsigned char address[16];
	in_port_t port;
};

struct seen {
	int fd;
	ino_t inode;
	struct end local, remote;
	struct tcp_info info;
};

static struct seen sockets[MOST];
static unsigned count;

/*
 * Whom the places have accepted, or never will: who is not among them is still on the way. Forked children write it, too:
 * their sockets may be the walk's.
 */
static struct visits {
	unsigned count;
	struct { in_port_t place, visitor; } latest[VISITORS];
} *visits;

void prepare_to_settle(void)
{
	visits = mmap(NULL, sizeof(*visits), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (visits == MAP_FAILED)
		_exit(73);
}

static bool end_of(int fd, long call, struct end *end)
{
	struct sockaddr_storage address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
	socklen_t length = sizeof(address);

	memset(end, 0, sizeof(*end));
	if (syscall(call, fd, &address, &length) != 0)
		return false;
	if (address.ss_family == AF_INET6) {
		memcpy(end->address, &v6->sin6_addr, 16);
		end->port = v6->sin6_port;
	} else if (address.ss_family == AF_INET) {
		memset(end->address + 10, 0xff, 2);
		memcpy(end->address + 12, &v4->sin_addr, 4);
		end->port = v4->sin_port;
	}
	return end->port != 0;
}

static bool is_new(ino_t inode)
{
	for (unsigned i = 0; i < count; i++)
		if (sockets[i].inode == inode)
			return false;
	return true;
}

/* One that has neither peer nor handshake is of no interest. */
static void look_at(int fd)
{
	struct seen *seen = &sockets[count];
	socklen_t length = sizeof(seen->info);
	struct stat file;

	memset(&seen->info, 0, sizeof(seen->info));
	if (syscall(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &seen->info, &length) != 0 || fstat(fd, &file) != 0 ||
	    seen->info.tcpi_state == STATE_LISTEN || seen->info.tcpi_state == STATE_CLOSE || !is_new(file.st_ino))
		return;
	seen->fd = fd;
	seen->inode = file.st_ino;
	if (end_of(fd, SYS_getsockname, &seen->local) &&
	    (end_of(fd, SYS_getpeername, &seen->remote) || seen->info.tcpi_state == STATE_SYN_SENT))
		count++;
}

static void look(void)
{
	count = 0;
	for (int fd = FIRST_FD; fd < END_FD; fd++)
		look_at(fd);
	for (int fd = HIDDEN_FD; fd < END_HIDDEN_FD; fd++)
		look_at(fd);
}

static in_port_t port_of(const struct place *place)
{
	return ((const struct sockaddr_in *)&place->address)->sin_port; /* at the same place for both families */
}

static void note_visitor(in_port_t visitor, in_port_t place)
{
	unsigned number = visits->count++ % VISITORS;

	visits->latest[number].place = place;
	visits->latest[number].visitor = visitor;
}

static void accept_at(struct place *place)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	int fd, hidden;

	while ((fd = (int)syscall(SYS_accept4, place->fd, &from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		note_visitor(((struct sockaddr_in *)&from)->sin_port, port_of(place));
		hidden = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, HIDDEN_FD);
		syscall(SYS_close, fd);
		if (place->greet)
			place->greet(hidden);
		length = sizeof(from);
	}
}

static void accept_all(void)
{
	for (unsigned i = 0; i < places_count; i++)
		if (places[i].type == SOCK_STREAM && places[i].fd >= 0 && strcmp(places[i].name, "full"))
			accept_at(&places[i]);
}

static const struct place *place_at(in_port_t port)
{
	for (unsigned i = 0; i < places_count; i++)
		if (places[i].family != AF_UNIX && places[i].type == SOCK_STREAM && port_of(&places[i]) == port)
			return &places[i];
	return NULL;
}

static bool is_visitor(in_port_t visitor, in_port_t place)
{
	for (unsigned i = 0; i < visits->count && i < VISITORS; i++)
		if (visits->latest[i].place == place && visits->latest[i].visitor == visitor)
			return true;
	return false;
}

bool never_answers(int fd, const struct place *place)
{
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);

	if (!strcmp(place->name, "full"))
		return true;
	return syscall(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 && info.tcpi_state == STATE_SYN_SENT;
}

/*
 * An IPv6 socket that was connected to a mapped address and is then connected to a native one, after it was dissolved or
 * refused, hears no answer: the kernel's fault. It is marked, by what nobody else looks at.
 */
enum { WAS_MAPPED = 1 };

bool was_mapped(int fd)
{
	int mark = 0;
	socklen_t length = sizeof(mark);

	return syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_PRIORITY, &mark, &length) == 0 && mark == WAS_MAPPED;
}

void is_bound_for(int fd, const struct place *place)
{
	const int mark = WAS_MAPPED;
	struct end local;

	if (!strcmp(place->name, "keeper-mapped"))
		syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_PRIORITY, &mark, sizeof(mark));
	if (strcmp(place->name, "full") || !end_of(fd, SYS_getsockname, &local))
		return;
	note_visitor(local.port, port_of(place));
}

/* Where the handshake is on, nobody tells with whom. */
static bool is_full(const struct seen *one)
{
	for (unsigned i = 0; i < places_count; i++)
		if (!strcmp(places[i].name, "full"))
			return is_visitor(one->local.port, port_of(&places[i])) || one->remote.port == port_of(&places[i]);
	return false;
}

static bool has_ended(int state)
{
	return state != STATE_ESTABLISHED && state != STATE_FIN_WAIT1 && state != STATE_FIN_WAIT2 && state != STATE_SYN_SENT;
}

/* What `from` has sent has come to `to`. */
static bool has_arrived(const struct seen *from, const struct seen *to)
{
	int state = from->info.tcpi_state;

	if (state != STATE_ESTABLISHED && state != STATE_CLOSE_WAIT && !has_ended(to->info.tcpi_state))
		return false;
	return state != STATE_LAST_ACK && from->info.tcpi_notsent_bytes == 0 &&
	       (from->info.tcpi_unacked == 0 ||
		to->info.tcpi_bytes_received + from->info.tcpi_bytes_retrans >= from->info.tcpi_bytes_sent);
}

/* The other end: a queue of a listener, where there is one, or nothing any more. */
static bool knows(const struct seen *one)
{
	const struct place *place = place_at(one->remote.port);
	int state = one->info.tcpi_state;

	if (is_full(one))
		return true;
	if (state == STATE_SYN_SENT || state == STATE_SYN_RECV)
		return false;
	if (place && place->fd >= 0 && !is_visitor(one->local.port, one->remote.port))
		return false;
	if (one->fd >= HIDDEN_FD)
		return state == STATE_CLOSE_WAIT;
	if (!place || place->fd < 0) /* the walk's own listener: it may be open, and may have been the place */
		return one->info.tcpi_unacked == 0 && state != STATE_LAST_ACK;
	return state == STATE_CLOSE_WAIT && one->info.tcpi_unacked == 0;
}

static const struct seen *other_end(const struct seen *one)
{
	for (unsigned i = 0; i < count; i++)
		if (!memcmp(&sockets[i].local, &one->remote, sizeof(one->remote)) &&
		    !memcmp(&sockets[i].remote, &one->local, sizeof(one->local)))
			return &sockets[i];
	return NULL;
}

static const struct seen *first_unsettled(void)
{
	for (unsigned i = 0; i < count; i++) {
		const struct seen *other = other_end(&sockets[i]);

		if (!(other ? has_arrived(&sockets[i], other) && has_arrived(other, &sockets[i]) : knows(&sockets[i])))
			return &sockets[i];
	}
	return NULL;
}

/* One that is never settled is a fault of the walk, and said so. */
void settle(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	const struct seen *unsettled = NULL;

	for (int left = PATIENCE_MS; left > 0; left--) {
		accept_all();
		look();
		unsettled = first_unsettled();
		if (!unsettled)
			return;
		if (left < PATIENCE_MS)
			clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
	say("UNSETTLED %d state %d", unsettled->fd, unsettled->info.tcpi_state);
}
