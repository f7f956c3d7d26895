/* SPDX-License-Identifier: MIT */
/*
 * output.c - write a line without the program noticing (output.h).
 *
 * Signals are blocked while a line is written: the write may raise one (SIGPIPE, SIGXFSZ), which is then
 * taken back; and no handler of the program can run, and jump out, with the block and the switched-off
 * cancellation still to be undone. What a fault or a sandbox raises is not blocked, since a signal of that
 * kind that finds itself blocked kills.
 */
#include "hook/output.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "hook/real.h"

struct quiet {
	sigset_t mask;
	int cancel;
};

/* sigprocmask() is the thread's own mask on Linux, and lives in every libc without libpthread. */
static void quiet_begin(struct quiet *quiet)
{
	static const int never[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS };
	sigset_t block;

	sigfillset(&block);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		sigdelset(&block, never[i]);
	sigprocmask(SIG_BLOCK, &block, &quiet->mask);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &quiet->cancel);
}

static void quiet_end(const struct quiet *quiet)
{
	pthread_setcancelstate(quiet->cancel, NULL);
	sigprocmask(SIG_SETMASK, &quiet->mask, NULL);
}

/* Our write raised it, unless it was pending before; it waits for this thread, blocked. */
static void take_back(int signal, const sigset_t *pending)
{
	static const struct timespec at_once;
	sigset_t one;

	if (sigismember(pending, signal))
		return;
	sigemptyset(&one);
	sigaddset(&one, signal);
	sigtimedwait(&one, NULL, &at_once);
}

static bool write_once(int fd, const char *line, size_t length)
{
	sigset_t pending;
	ssize_t written;

	sigpending(&pending);
	written = real.write(fd, line, length);
	if (written < 0 && errno == EPIPE)
		take_back(SIGPIPE, &pending);
	else if (written < 0 && errno == EFBIG)
		take_back(SIGXFSZ, &pending);
	return written == (ssize_t)length;
}

/* A pipe that can take anything can take a page, which is more than a line. */
static bool has_room(int fd)
{
	struct pollfd look = { .fd = fd, .events = POLLOUT };

	return real.poll(&look, 1, 0) == 1 && look.revents == POLLOUT;
}

static bool put(int fd, mode_t type, const char *line, size_t length)
{
	switch (type) {
	case S_IFSOCK:
		return real.sendto(fd, line, length, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0) == (ssize_t)length;
	case S_IFREG:
		return write_once(fd, line, length);
	case S_IFIFO:
	case S_IFCHR:
		return has_room(fd) && write_once(fd, line, length);
	default:
		return false;
	}
}

bool output_identify(int fd, struct output_identity *identity)
{
	struct stat st;

	memset(identity, 0, sizeof(*identity));
	if (fstat(fd, &st) != 0)
		return false;
	identity->device = st.st_dev;
	identity->special = st.st_rdev;
	identity->inode = st.st_ino;
	identity->type = st.st_mode & S_IFMT;
	return true;
}

static bool same(const struct output_identity *a, const struct output_identity *b)
{
	return a->device == b->device && a->special == b->special && a->inode == b->inode && a->type == b->type;
}

bool output_to_fd(int fd, const struct output_identity *identity, const char *line, size_t length)
{
	struct output_identity now;
	struct quiet quiet;
	bool done;

	quiet_begin(&quiet);
	done = output_identify(fd, &now) && same(&now, identity) && put(fd, now.type, line, length);
	quiet_end(&quiet);
	return done;
}

/* Not blocking: a fifo without a reader fails, one with a reader that does not read too. */
bool output_to_file(const char *path, const char *line, size_t length)
{
	struct output_identity identity;
	struct quiet quiet;
	bool done;
	int fd;

	quiet_begin(&quiet);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_LARGEFILE,
		  0600);
	done = fd >= 0 && output_identify(fd, &identity) && put(fd, identity.type, line, length);
	if (fd >= 0)
		real.close(fd);
	quiet_end(&quiet);
	return done;
}

bool output_to_syslog(const char *line, size_t length)
{
	static const struct sockaddr_un log = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	struct quiet quiet;
	bool done;
	int fd;

	quiet_begin(&quiet);
	fd = real.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	done = fd >= 0 && real.sendto(fd, line, length, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&log,
				      sizeof(log)) == (ssize_t)length;
	if (fd >= 0)
		real.close(fd);
	quiet_end(&quiet);
	return done;
}
