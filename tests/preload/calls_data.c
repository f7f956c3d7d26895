/* SPDX-License-Identifier: MIT */
/*
 * calls_data.c - operations of calls.c: every way to send and to receive.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "address.h"
#include "calls.h"

/* Public in glibc, in none of its headers. */
extern ssize_t __send(int fd, const void *data, size_t length, int flags);
extern ssize_t __read(int fd, void *data, size_t length);
extern ssize_t __write(int fd, const void *data, size_t length);

static char text[] = "hello, whoever you are\n";

/* A buffer whose size the compiler knows only as an expression: what the fortified forms are for. */
static char *fresh_buffer(void)
{
	char *buffer = calloc(chunk + 1, 1);

	errno = ERRNO_BEFORE;
	return buffer;
}

static void received(const char *name, ssize_t result, char *buffer)
{
	int error = errno;

	buffer[result > 0 ? result : 0] = '\0';
	buffer[strcspn(buffer, "\r\n")] = '\0';
	errno = error;
	said(name, result, "%s", buffer);
	free(buffer);
}

static void run_recv(const char *argument)
{
	char *buffer = fresh_buffer();

	received("recv", recv(*current(), buffer, chunk, !strcmp(argument, "peek") ? MSG_PEEK : 0), buffer);
}

static void run_recvfrom(const char *argument)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	char *buffer = fresh_buffer();

	(void)argument;
	received("recvfrom", recvfrom(*current(), buffer, chunk, 0, (struct sockaddr *)&from, &length), buffer);
}

static void run_read(const char *argument)
{
	char *buffer = fresh_buffer();

	(void)argument;
	received("read", read(*current(), buffer, chunk), buffer);
}

static void run_read_alias(const char *argument)
{
	char *buffer = fresh_buffer();

	(void)argument;
	received("read", __read(*current(), buffer, chunk), buffer);
}

static void run_readv(const char *argument)
{
	char *buffer = fresh_buffer();
	struct iovec part = { buffer, chunk };

	(void)argument;
	received("readv", readv(*current(), &part, 1), buffer);
}

static void run_preadv2(const char *argument)
{
	char *buffer = fresh_buffer();
	struct iovec part = { buffer, chunk };

	(void)argument;
	received("preadv2", preadv2(*current(), &part, 1, -1, 0), buffer);
}

static void run_recvmsg(const char *argument)
{
	char *buffer = fresh_buffer();
	struct iovec part = { buffer, chunk };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	(void)argument;
	received("recvmsg", recvmsg(*current(), &message, 0), buffer);
}

static void run_recvmmsg(const char *argument)
{
	char *buffer = fresh_buffer();
	struct iovec part = { buffer, chunk };
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };
	int result = recvmmsg(*current(), &message, 1, MSG_DONTWAIT, NULL);

	(void)argument;
	received("recvmmsg", result > 0 ? (ssize_t)message.msg_len : result, buffer);
}

/* Each names its destination; with MSG_FASTOPEN it connects to it. */
static void send_to(const char *argument, int flags)
{
	struct sockaddr_storage address;
	socklen_t length = address_of(argument, &address);

	errno = ERRNO_BEFORE;
	said("sendto", sendto(*current(), text, sizeof(text) - 1, flags, (struct sockaddr *)&address, length), NULL);
}

static void send_message_to(const char *argument, int flags)
{
	struct sockaddr_storage address;
	struct iovec part = { text, sizeof(text) - 1 };
	struct msghdr message = { .msg_name = &address, .msg_iov = &part, .msg_iovlen = 1 };

	message.msg_namelen = address_of(argument, &address);
	errno = ERRNO_BEFORE;
	said("sendmsg", sendmsg(*current(), &message, flags), NULL);
}

/* `count` times the same. */
static void send_messages_to(const char *argument, unsigned count, int flags)
{
	struct sockaddr_storage address;
	struct iovec part = { text, sizeof(text) - 1 };
	struct mmsghdr messages[2] = { { .msg_hdr = { .msg_name = &address, .msg_iov = &part, .msg_iovlen = 1 } } };

	messages[0].msg_hdr.msg_namelen = address_of(argument, &address);
	messages[1] = messages[0];
	errno = ERRNO_BEFORE;
	said("sendmmsg", sendmmsg(*current(), messages, count, flags), "%u", messages[0].msg_len);
}

static void run_sendto_address(const char *argument)
{
	send_to(argument, 0);
}

static void run_sendmsg_to(const char *argument)
{
	send_message_to(argument, 0);
}

static void run_sendmmsg_to(const char *argument)
{
	send_messages_to(argument, 2, 0);
}

static void run_fastopen_sendto(const char *argument)
{
	send_to(argument, MSG_FASTOPEN);
}

static void run_fastopen_sendmsg(const char *argument)
{
	send_message_to(argument, MSG_FASTOPEN);
}

static void run_fastopen_sendmmsg(const char *argument)
{
	send_messages_to(argument, 1, MSG_FASTOPEN);
}

/* As above, but it shall not wait, whatever the socket does. */
static void run_sendto_address_now(const char *argument)
{
	send_to(argument, MSG_DONTWAIT);
}

static void run_sendmsg_to_now(const char *argument)
{
	send_message_to(argument, MSG_DONTWAIT);
}

static void run_sendmmsg_to_now(const char *argument)
{
	send_messages_to(argument, 2, MSG_DONTWAIT);
}

static void run_fastopen_sendto_now(const char *argument)
{
	send_to(argument, MSG_FASTOPEN | MSG_DONTWAIT);
}

static void run_fastopen_sendmsg_now(const char *argument)
{
	send_message_to(argument, MSG_FASTOPEN | MSG_DONTWAIT);
}

static void run_fastopen_sendmmsg_now(const char *argument)
{
	send_messages_to(argument, 1, MSG_FASTOPEN | MSG_DONTWAIT);
}

/* `fastopen` or nothing. */
static void run_sendmsg_null(const char *argument)
{
	struct msghdr *volatile nothing = NULL;

	said("sendmsg-null", sendmsg(*current(), nothing, argument[0] ? MSG_FASTOPEN : 0), NULL);
}

static void run_sendmmsg_null(const char *argument)
{
	struct mmsghdr *volatile nothing = NULL;

	said("sendmmsg-null", sendmmsg(*current(), nothing, 1, argument[0] ? MSG_FASTOPEN : 0), NULL);
}

static void run_splice_in(const char *argument)
{
	int ends[2];
	ssize_t result;

	(void)argument;
	if (pipe(ends) != 0)
		_exit(67);
	errno = ERRNO_BEFORE;
	result = splice(*current(), NULL, ends[1], NULL, chunk, SPLICE_F_NONBLOCK);
	said("splice-in", result, NULL);
	close(ends[0]);
	close(ends[1]);
}

static void run_send(const char *argument)
{
	(void)argument;
	said("send", send(*current(), text, sizeof(text) - 1, MSG_NOSIGNAL), NULL);
}

static void run_send_alias(const char *argument)
{
	(void)argument;
	said("send", __send(*current(), text, sizeof(text) - 1, MSG_NOSIGNAL), NULL);
}

static void run_sendto(const char *argument)
{
	(void)argument;
	said("sendto", sendto(*current(), text, sizeof(text) - 1, MSG_NOSIGNAL, NULL, 0), NULL);
}

static void run_sendmsg(const char *argument)
{
	struct iovec part = { text, sizeof(text) - 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	(void)argument;
	said("sendmsg", sendmsg(*current(), &message, MSG_NOSIGNAL), NULL);
}

static void run_sendmmsg(const char *argument)
{
	struct iovec part = { text, sizeof(text) - 1 };
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };

	(void)argument;
	said("sendmmsg", sendmmsg(*current(), &message, 1, MSG_NOSIGNAL), NULL);
}

static void run_write(const char *argument)
{
	(void)argument;
	said("write", write(*current(), text, sizeof(text) - 1), NULL);
}

static void run_write_alias(const char *argument)
{
	(void)argument;
	said("write", __write(*current(), text, sizeof(text) - 1), NULL);
}

static void run_writev(const char *argument)
{
	struct iovec part = { text, sizeof(text) - 1 };

	(void)argument;
	said("writev", writev(*current(), &part, 1), NULL);
}

static void run_pwritev2(const char *argument)
{
	struct iovec part = { text, sizeof(text) - 1 };

	(void)argument;
	said("pwritev2", pwritev2(*current(), &part, 1, -1, 0), NULL);
}

static void run_sendfile(const char *argument)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	off_t from = 0;

	(void)argument;
	errno = ERRNO_BEFORE;
	said("sendfile", sendfile(*current(), file, &from, 16), NULL);
	close(file);
}

static void run_splice_out(const char *argument)
{
	int ends[2];

	(void)argument;
	if (pipe(ends) != 0 || write(ends[1], text, sizeof(text) - 1) < 0)
		_exit(67);
	errno = ERRNO_BEFORE;
	said("splice-out", splice(ends[0], NULL, *current(), NULL, sizeof(text) - 1, SPLICE_F_NONBLOCK), NULL);
	close(ends[0]);
	close(ends[1]);
}

const struct operation data_operations[] = {
	{ "recv", run_recv },
	{ "recvfrom", run_recvfrom },
	{ "read", run_read },
	{ "__read", run_read_alias },
	{ "readv", run_readv },
	{ "preadv2", run_preadv2 },
	{ "recvmsg", run_recvmsg },
	{ "recvmmsg", run_recvmmsg },
	{ "splice-in", run_splice_in },
	{ "send", run_send },
	{ "__send", run_send_alias },
	{ "sendto", run_sendto },
	{ "sendmsg", run_sendmsg },
	{ "sendmmsg", run_sendmmsg },
	{ "sendto-address", run_sendto_address },
	{ "sendmsg-address", run_sendmsg_to },
	{ "sendmmsg-address", run_sendmmsg_to },
	{ "sendto-address-now", run_sendto_address_now },
	{ "sendmsg-address-now", run_sendmsg_to_now },
	{ "sendmmsg-address-now", run_sendmmsg_to_now },
	{ "fastopen-sendto", run_fastopen_sendto },
	{ "fastopen-sendmsg", run_fastopen_sendmsg },
	{ "fastopen-sendmmsg", run_fastopen_sendmmsg },
	{ "fastopen-sendto-now", run_fastopen_sendto_now },
	{ "fastopen-sendmsg-now", run_fastopen_sendmsg_now },
	{ "fastopen-sendmmsg-now", run_fastopen_sendmmsg_now },
	{ "sendmsg-null", run_sendmsg_null },
	{ "sendmmsg-null", run_sendmmsg_null },
	{ "write", run_write },
	{ "__write", run_write_alias },
	{ "writev", run_writev },
	{ "pwritev2", run_pwritev2 },
	{ "sendfile", run_sendfile },
	{ "splice-out", run_splice_out },
	{ NULL, NULL },
};
