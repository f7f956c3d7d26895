/* SPDX-License-Identifier: MIT */
/*
 * test_log.c - lines get out, or are lost, without the program noticing.
 */
#include "hook/log.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/addr.h"
#include "base/duration.h"
#include "capture.h"
#include "hook/real.h"

static struct panel_slot slot = {
	.key = { .address = { 10, 0, 0, 5 }, .port = 80, .family = ADDR_IPV4 },
	.destination = "10.0.0.5:80",
};

static char directory[] = "/tmp/cutout-unit-XXXXXX";
static char path[sizeof(directory) + 8];

static void make_directory(void)
{
	cr_assert_not_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/log", directory);
}

static void remove_directory(void)
{
	unlink(path);
	rmdir(directory);
}

/* One change of state in that second. */
static void change(uint64_t second)
{
	struct panel_change changes[2] = {
		{ .reason = REASON_RECOVERED, .from = BREAKER_HALF_OPEN, .to = BREAKER_CLOSED },
	};

	log_changes(&slot, changes, second * NSEC_PER_SEC);
}

/* The line of that change, with what follows. */
static const char *line(const char *more)
{
	static char text[128];

	snprintf(text, sizeof(text), "cutout[%d] unit: 10.0.0.5:80: half-open -> closed: recovered%s\n", (int)getpid(),
		 more);
	return text;
}

static void start(const char *target)
{
	end_in_time();
	be_named("unit");
	log_init(target);
}

static unsigned lines_in(const char *text)
{
	unsigned count = 0;

	while ((text = strchr(text, '\n'))) {
		count++;
		text++;
	}
	return count;
}

Test(log, nothing_is_written_unless_asked_for)
{
	capture_stderr();
	start(NULL);
	change(1);
	start("off");
	change(2);
	cr_assert_str_eq(captured(), "");
}

Test(log, a_change_is_a_line_and_no_change_is_none)
{
	struct panel_change none[2] = { { .reason = REASON_NONE }, { .reason = REASON_NONE } };

	capture_stderr();
	start("stderr");
	log_changes(&slot, none, NSEC_PER_SEC);
	cr_assert_str_eq(captured(), "");
	change(1);
	cr_assert_str_eq(captured(), line(""));
}

Test(log, two_changes_of_one_call_are_two_lines_in_their_order)
{
	struct panel_change changes[2] = {
		{ .reason = REASON_TIMEOUT_OVER, .from = BREAKER_OPEN, .to = BREAKER_HALF_OPEN },
		{ .reason = REASON_RECOVERED, .from = BREAKER_HALF_OPEN, .to = BREAKER_CLOSED },
	};

	capture_stderr();
	start("stderr");
	log_changes(&slot, changes, NSEC_PER_SEC);
	cr_assert_eq(lines_in(captured()), 2);
	cr_assert_str_eq(strchr(captured(), '\n') + 1, line(""));
}

Test(log, another_file_under_number_two_gets_nothing)
{
	capture_stderr();
	start("stderr");
	capture_stderr();
	change(1);
	cr_assert_str_eq(captured(), "");
}

Test(log, a_standard_error_that_was_closed_at_the_start_stays_unused)
{
	close(2);
	start("stderr");
	capture_stderr();
	change(1);
	cr_assert_str_eq(captured(), "");
}

Test(log, errno_is_kept_whether_it_works_or_not)
{
	capture_stderr();
	start("stderr");
	errno = 123;
	change(1);
	close(2);
	change(1);
	cr_assert_eq(errno, 123);
}

Test(log, at_most_so_many_lines_a_second_and_the_rest_is_said)
{
	capture_stderr();
	start("stderr");
	for (unsigned i = 0; i < LOG_LINES_PER_SECOND + 5; i++)
		change(7);
	cr_assert_eq(lines_in(captured()), LOG_LINES_PER_SECOND);
	change(8);
	cr_assert(strstr(captured(), line(" (5 lines left out)")), "%s", captured());
}

static void nonblocking(int fd, bool on)
{
	cr_assert_eq(fcntl(fd, F_SETFL, on ? O_NONBLOCK : 0), 0);
}

Test(log, a_full_pipe_loses_the_line_and_blocks_nobody)
{
	char buffer[65536];
	int ends[2];
	ssize_t length;

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(dup2(ends[1], 2), 2);
	start("stderr");
	nonblocking(2, true);
	while (write(2, buffer, sizeof(buffer)) > 0)
		;
	nonblocking(2, false);
	change(1);
	nonblocking(ends[0], true);
	while (read(ends[0], buffer, sizeof(buffer)) > 0)
		;
	change(1);
	length = read(ends[0], buffer, sizeof(buffer) - 1);
	cr_assert_gt(length, 0);
	buffer[length] = '\0';
	cr_assert_str_eq(buffer, line(" (1 line left out)"));
}

static bool is_pending(int signal)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, signal);
}

static bool is_blocked(int signal)
{
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	return sigismember(&mask, signal);
}

static void block(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void pipe_without_reader(void)
{
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(dup2(ends[1], 2), 2);
	close(ends[0]);
	close(ends[1]);
}

/* The reader goes away between our look and our write. */
static int poll_that_sees_room(struct pollfd *fds, nfds_t count, int timeout)
{
	(void)timeout;
	fds[0].revents = POLLOUT;
	return (int)count;
}

Test(log, a_reader_that_is_gone_kills_nobody)
{
	pipe_without_reader();
	start("stderr");
	change(1);
	real.poll = poll_that_sees_room;
	change(1);
	cr_assert_not(is_blocked(SIGPIPE));
	block(SIGPIPE);
	cr_assert_not(is_pending(SIGPIPE));
}

Test(log, a_signal_that_was_pending_before_still_is)
{
	pipe_without_reader();
	start("stderr");
	real.poll = poll_that_sees_room;
	block(SIGPIPE);
	change(1);
	cr_assert_not(is_pending(SIGPIPE));
	raise(SIGPIPE);
	change(1);
	cr_assert(is_pending(SIGPIPE));
	cr_assert(is_blocked(SIGPIPE));
}

Test(log, a_file_at_its_size_limit_kills_nobody)
{
	struct rlimit limit = { 0, RLIM_INFINITY };

	capture_stderr();
	start("stderr");
	setrlimit(RLIMIT_FSIZE, &limit);
	change(1);
	cr_assert_not(is_blocked(SIGXFSZ));
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	cr_assert_str_eq(captured(), "");
}

Test(log, a_socket_whose_peer_is_gone_or_does_not_read_harms_nobody)
{
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	cr_assert_eq(dup2(ends[1], 2), 2);
	close(ends[1]);
	start("stderr");
	for (unsigned i = 0; i < 20000; i++)
		change(i);
	close(ends[0]);
	change(20001);
	cr_assert_not(is_blocked(SIGPIPE));
}

static void *log_while_cancelled(void *argument)
{
	pthread_cancel(pthread_self());
	change(1);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	return argument;
}

Test(log, writing_a_line_is_no_cancellation_point)
{
	pthread_t thread;
	void *result;

	capture_stderr();
	start("stderr");
	cr_assert_eq(pthread_create(&thread, NULL, log_while_cancelled, NULL), 0);
	cr_assert_eq(pthread_join(thread, &result), 0);
	cr_assert_neq(result, PTHREAD_CANCELED);
	cr_assert(strstr(captured(), line("")), "%s", captured());
}

/* --- to a file --------------------------------------------------------------------------------- */

static const char *text_of_file(void)
{
	int fd = open(path, O_RDONLY);
	const char *text;

	cr_assert_geq(fd, 0);
	text = captured_from(fd);
	close(fd);
	return text;
}

Test(log, a_file_is_made_for_its_owner_only_and_appended_to, .init = make_directory, .fini = remove_directory)
{
	struct stat st;
	int before = dup(0);

	close(before);
	start(path);
	change(1);
	cr_assert_str_eq(text_of_file(), line(""));
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0600);
	change(1);
	cr_assert_eq(lines_in(text_of_file()), 2);
	cr_assert_eq(dup(0), before, "no descriptor is kept");
}

Test(log, a_symbolic_link_is_not_followed, .init = make_directory, .fini = remove_directory)
{
	char target[sizeof(path) + 8];

	snprintf(target, sizeof(target), "%s/target", directory);
	start(path);
	cr_assert_eq(symlink(target, path), 0);
	change(1);
	cr_assert_neq(access(target, F_OK), 0);
}

Test(log, a_fifo_that_nobody_reads_blocks_nobody, .init = make_directory, .fini = remove_directory)
{
	start(path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	change(1);
	cr_assert_neq(open(path, O_RDONLY | O_NONBLOCK), -1);
	for (unsigned i = 0; i < 3000; i++)
		change(i);
}

/* --- to syslog: the socket is the test's -------------------------------------------------------- */

static char datagram[1024];

static ssize_t keep_datagram(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
			     socklen_t length)
{
	(void)fd;
	(void)length;
	cr_assert_str_eq(((const struct sockaddr_un *)to)->sun_path, "/dev/log");
	cr_assert_eq(flags, MSG_DONTWAIT | MSG_NOSIGNAL);
	memcpy(datagram, data, size);
	datagram[size] = '\0';
	return (ssize_t)size;
}

Test(log, syslog_gets_a_datagram_and_no_descriptor_is_kept)
{
	char expected[128];
	int before = dup(0);

	close(before);
	snprintf(expected, sizeof(expected), "<13>cutout[%d]: unit: 10.0.0.5:80: half-open -> closed: recovered",
		 (int)getpid());
	real.sendto = keep_datagram;
	start("syslog");
	change(1);
	cr_assert_str_eq(datagram, expected);
	cr_assert_eq(dup(0), before);
}

/* --- what went wrong at the start --------------------------------------------------------------- */

Test(log, a_problem_at_the_start_is_said_once_with_the_log_off)
{
	capture_stderr();
	errno = 123;
	log_startup_problem("no \"rules\"\nhere");
	log_startup_problem("nor there");
	cr_assert_eq(errno, 123);
	cr_assert_str_eq(captured(), "cutout: no \"rules\"?here\n");
}

Test(log, a_problem_without_a_standard_error_is_kept_to_ourselves)
{
	close(2);
	log_startup_problem("x");
	capture_stderr();
	cr_assert_str_eq(captured(), "");
}

Test(log, a_problem_is_also_in_the_file_that_the_log_goes_to, .init = make_directory, .fini = remove_directory)
{
	char expected[64];

	capture_stderr();
	start(path);
	log_startup_problem("x");
	snprintf(expected, sizeof(expected), "cutout[%d] unit: x\n", (int)getpid());
	cr_assert_str_eq(text_of_file(), expected);
	cr_assert_str_eq(captured(), "cutout: x\n");
}
