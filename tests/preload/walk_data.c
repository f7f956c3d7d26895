/* SPDX-License-Identifier: MIT */
/*
 * walk_data.c - steps of walk.c: every way to send and to receive.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "walk.h"

#ifdef __GLIBC__
/* Public in glibc, in none of its headers. */
extern ssize_t __read(int fd, void *data, size_t length);
extern ssize_t __write(int fd, const void *data, size_t length);
#else
#define __read read
#define __write write
#define preadv2(fd, parts, count, offset, flags) readv(fd, parts, count)
#define pwritev2(fd, parts, count, offset, flags) writev(fd, parts, count)
#endif
#if defined(__GLIBC__) && !defined(__aarch64__)
extern ssize_t __send(int fd, const void *data, size_t length, int flags);
#else
#define __send send /* glibc's newer ports are without it */
#endif

/* musl's own sendmmsg() and recvmsg() do not leave all to the kernel. */
#ifdef __GLIBC__
enum { LIBC_LOOKS = 0 };
#else
enum { LIBC_LOOKS = 1 };
#endif

/* What one call is about. */
struct transfer {
	int fd;
	size_t size;
	int flags;
	bool answers; /* it may be a connect, which a signal would end even when it need not wait */
	char *data;
	struct iovec parts[3];
	int part_count;
	struct sockaddr_storage address;
	struct msghdr message;
	struct mmsghdr messages[3];
	unsigned message_count;
};

static char buffer[ROOM];
static struct transfer now;

static void begin_transfer(const char *name)
{
	if (blocks(now.fd) && !(now.flags & MSG_DONTWAIT) && !now.answers)
		begin_blocking("%s %d %zu flags %x%s", name, now.fd, now.size, (unsigned)now.flags, now.data == buffer ? "" : " bad");
	else
		begin("%s %d %zu flags %x%s", name, now.fd, now.size, (unsigned)now.flags, now.data == buffer ? "" : " bad");
}

static void divide(void)
{
	size_t first = once_in(3) ? 0 : now.size / 2;

	now.part_count = 2;
	now.parts[0] = (struct iovec){ now.data, first };
	now.parts[1] = (struct iovec){ now.data + first, now.size - first };
	if (once_in(20))
		now.part_count = once_in(2) ? -1 : 0;
}

/* The first message is whole, the second half of it, the third nothing. */
static void fill_messages(void)
{
	now.message = (struct msghdr){ .msg_iov = now.parts, .msg_iovlen = now.part_count < 0 ? 5000 : (size_t)now.part_count };
	now.message_count = below(4);
	for (unsigned i = 0; i < 3; i++) {
		now.messages[i].msg_hdr = now.message;
		now.messages[i].msg_hdr.msg_iov = now.parts + (i > 0);
		now.messages[i].msg_hdr.msg_iovlen = i == 0 ? now.message.msg_iovlen : i == 1;
		now.messages[i].msg_len = 7777;
	}
}

static void choose(const int *flags, unsigned count)
{
	static const size_t sizes[] = { 0, 1, 5, 64, 64, 300, 700 };

	memset(&now, 0, sizeof(now));
	now.fd = some_socket();
	now.size = sizes[below(7)];
	now.flags = flags[below(count)];
	now.data = once_in(30) ? (char *)8 : buffer;
	divide();
	fill_messages();
}

/* --- sending --- */

static void choose_to_send(void)
{
	static const int flags[] = { 0, 0, MSG_NOSIGNAL, MSG_NOSIGNAL, MSG_DONTWAIT | MSG_NOSIGNAL, MSG_DONTWAIT, MSG_OOB, MSG_CONFIRM };

	choose(flags, 8);
	memset(buffer, 'w', sizeof(buffer));
	if (now.flags == MSG_OOB && !once_in(4))
		now.flags = 0;
}

/* How a call without flags is made. */
static void without_flags(void)
{
	now.flags = 0;
}

static void do_send(void)
{
	choose_to_send();
	begin_transfer("send");
	returned(once_in(6) ? __send(now.fd, now.data, now.size, now.flags) : send(now.fd, now.data, now.size, now.flags));
}

static void do_write(void)
{
	bool alias = once_in(6);

	choose_to_send();
	without_flags();
	begin_transfer("write");
	returned(alias ? __write(now.fd, now.data, now.size) : write(now.fd, now.data, now.size));
}

static void do_writev(void)
{
	choose_to_send();
	without_flags();
	begin_transfer("writev");
	returned(writev(now.fd, now.parts, now.part_count));
}

static void do_pwritev2(void)
{
	choose_to_send();
	without_flags();
	begin_transfer("pwritev2");
	returned(pwritev2(now.fd, now.parts, now.part_count, -1, 0));
}

/* With an address it may be a connect. */
static const struct place *address_it(void)
{
	const struct place *place = some_place(now.fd);

	if (once_in(4))
		now.flags |= MSG_FASTOPEN;
	if (once_in(2))
		return NULL;
	now.answers = (now.flags & MSG_FASTOPEN) && place->type == SOCK_STREAM && place->family != AF_UNIX &&
		      !never_answers(now.fd, place);
	now.message.msg_name = (void *)&place->address;
	now.message.msg_namelen = place->length;
	now.messages[0].msg_hdr.msg_name = (void *)&place->address;
	now.messages[0].msg_hdr.msg_namelen = place->length;
	return place;
}

static void ended_there(long result, const struct place *place)
{
	ended(result, "to %s", place ? place->name : "-");
	if (place)
		is_bound_for(now.fd, place);
}

static void do_sendto(void)
{
	const struct place *place;

	choose_to_send();
	place = address_it();
	begin_transfer("sendto");
	ended_there(sendto(now.fd, now.data, now.size, now.flags, now.message.msg_name, now.message.msg_namelen), place);
}

static void do_sendmsg(void)
{
	const struct place *place;

	choose_to_send();
	place = address_it();
	begin_transfer("sendmsg");
	ended_there(sendmsg(now.fd, once_in(30) ? NULL : &now.message, now.flags), place);
}

static void do_sendmmsg(void)
{
	const struct place *place;
	int result;

	choose_to_send();
	place = address_it();
	begin_transfer("sendmmsg");
	result = sendmmsg(now.fd, now.messages, now.message_count, now.flags);
	if (LIBC_LOOKS && result > 0)
		errno = ERRNO_BEFORE; /* of the first message that was not sent */
	ended_there(result, place);
	say("of %u: %u %u %u", now.message_count, now.messages[0].msg_len, now.messages[1].msg_len, now.messages[2].msg_len);
}

static void do_sendfile(void)
{
	int file = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int hidden = (int)syscall(SYS_fcntl, file, F_DUPFD_CLOEXEC, HIDDEN_FD);
	off_t from = 3;
	ssize_t result;

	syscall(SYS_close, file);
	choose_to_send();
	without_flags();
	begin_transfer("sendfile");
	result = sendfile(now.fd, hidden, once_in(20) ? (off_t *)8 : &from, now.size);
	ended(result, "to %ld", (long)from);
	syscall(SYS_close, hidden);
}

static void hidden_pipe(int ends[2])
{
	int made[2];

	if (syscall(SYS_pipe2, made, O_CLOEXEC) != 0)
		_exit(72);
	for (int i = 0; i < 2; i++) {
		ends[i] = (int)syscall(SYS_fcntl, made[i], F_DUPFD_CLOEXEC, HIDDEN_FD);
		syscall(SYS_close, made[i]);
	}
}

static void close_pipe(const int ends[2])
{
	syscall(SYS_close, ends[0]);
	syscall(SYS_close, ends[1]);
}

static void splice_out(void)
{
	int ends[2];
	unsigned flags = once_in(2) ? SPLICE_F_NONBLOCK : 0;

	hidden_pipe(ends);
	choose_to_send();
	without_flags();
	syscall(SYS_write, ends[1], buffer, 50);
	begin_transfer("splice out");
	ended(splice(ends[0], NULL, now.fd, NULL, now.size, flags), "%u", flags);
	close_pipe(ends);
}

/* --- receiving --- */

static void choose_to_receive(void)
{
	static const int flags[] = { 0, 0, 0, MSG_PEEK, MSG_DONTWAIT, MSG_DONTWAIT, MSG_WAITALL, MSG_TRUNC, MSG_PEEK | MSG_DONTWAIT,
				     MSG_ERRQUEUE, MSG_OOB, MSG_PEEK | MSG_TRUNC, MSG_WAITALL | MSG_PEEK };

	choose(flags, sizeof(flags) / sizeof(flags[0]));
	memset(buffer, 'r', sizeof(buffer));
}

/* Of everything that the call could have written. */
static uint32_t received(void)
{
	return hash(buffer, sizeof(buffer));
}

static void do_recv(void)
{
	ssize_t got;

	choose_to_receive();
	begin_transfer("recv");
	got = recv(now.fd, now.data, now.size, now.flags);
	ended(got, "%08x", received());
}

static void do_recvfrom(void)
{
	socklen_t length = sizeof(now.address);
	bool wants_address = once_in(2);
	ssize_t got;

	choose_to_receive();
	begin_transfer("recvfrom");
	got = recvfrom(now.fd, now.data, now.size, now.flags, wants_address ? (struct sockaddr *)&now.address : NULL, &length);
	ended(got, "%08x from %s, %u", received(), name_of_address(&now.address, length, wants_address && got >= 0), length);
}

static void do_read(void)
{
	bool alias = once_in(6);
	ssize_t got;

	choose_to_receive();
	without_flags();
	begin_transfer("read");
	got = alias ? __read(now.fd, now.data, now.size) : read(now.fd, now.data, now.size);
	ended(got, "%08x", received());
}

static void do_readv(void)
{
	ssize_t got;

	choose_to_receive();
	without_flags();
	begin_transfer("readv");
	got = readv(now.fd, now.parts, now.part_count);
	ended(got, "%08x", received());
}

static void do_preadv2(void)
{
	ssize_t got;

	choose_to_receive();
	without_flags();
	begin_transfer("preadv2");
	got = preadv2(now.fd, now.parts, now.part_count, -1, 0);
	ended(got, "%08x", received());
}

static void do_recvmsg(void)
{
	static char control[64];
	ssize_t got;

	choose_to_receive();
	now.message.msg_name = once_in(2) ? &now.address : NULL;
	now.message.msg_namelen = sizeof(now.address);
	now.message.msg_control = once_in(2) ? control : NULL;
	now.message.msg_controllen = now.message.msg_control ? sizeof(control) : 0;
	begin_transfer("recvmsg");
	got = recvmsg(now.fd, !LIBC_LOOKS && once_in(30) ? NULL : &now.message, now.flags);
	ended(got, "%08x from %s, %u, flags %x control %zu", received(),
	      name_of_address(&now.address, now.message.msg_namelen, now.message.msg_name && got >= 0), now.message.msg_namelen,
	      (unsigned)now.message.msg_flags, (size_t)now.message.msg_controllen);
}

static void do_recvmmsg(void)
{
	int got;

	choose_to_receive();
	begin_transfer("recvmmsg");
	got = recvmmsg(now.fd, now.messages, now.message_count, now.flags, NULL);
	ended(got, "of %u: %u %u %u, %08x flags %x", now.message_count, now.messages[0].msg_len, now.messages[1].msg_len,
	      now.messages[2].msg_len, received(), (unsigned)now.messages[0].msg_hdr.msg_flags);
}

static void splice_in(void)
{
	int ends[2];
	unsigned flags = once_in(2) ? SPLICE_F_NONBLOCK : 0;

	hidden_pipe(ends);
	choose_to_receive();
	without_flags();
	begin_transfer("splice in");
	ended(splice(now.fd, NULL, ends[1], NULL, now.size, flags), "%u", flags);
	close_pipe(ends);
}

const struct step data_steps[] = {
	{ 9, 0, do_send },
	{ 8, 0, do_write },
	{ 3, 0, do_writev },
	{ 2, 0, do_pwritev2 },
	{ 4, 0, do_sendto },
	{ 4, 0, do_sendmsg },
	{ 3, 0, do_sendmmsg },
	{ 3, 0, do_sendfile },
	{ 3, 0, splice_out },
	{ 10, 0, do_recv },
	{ 4, 0, do_recvfrom },
	{ 10, 0, do_read },
	{ 3, 0, do_readv },
	{ 2, 0, do_preadv2 },
	{ 5, 0, do_recvmsg },
	{ 3, 0, do_recvmmsg },
	{ 3, 0, splice_in },
	{ 0, 0, NULL },
};
