/* SPDX-License-Identifier: MIT */
/*
 * walk.c - makes calls at random, and prints a transcript in which nothing depends on who watches.
 *
 *	walk DIRECTORY SEED STEPS [tidy]
 *
 * Two runs with one seed make the same calls in the same order, and as long as these come to the same, their
 * transcripts are equal: one of them may be bare and the other under the object. A smaller number of steps is the
 * beginning of the same walk. One call is made at a time, by the first thread, another one, a signal handler, a forked
 * or a vfork child; and before the next one everything that it has set in motion has arrived (walk_settle.c). The other
 * ends of all connections are in the program, too, under numbers that the walk does not touch, and are moved by raw
 * system calls, which the object does not see. DIRECTORY is for unix sockets; it is empty, and the walk's own. A tidy
 * walk has no children and does nothing behind the object's back, so that whatever began has ended when it is over.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "walk.h"

extern pid_t _Fork(void) __attribute__((weak)); /* glibc 2.34 */

/* Descriptors at once; with more the next step closes one. */
enum { MANY = 14 };

static uint64_t chance;
static unsigned unwanted; /* steps with one of these flags */

uint32_t below(uint32_t bound)
{
	uint64_t mixed = chance += 0x9e3779b97f4a7c15;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((mixed ^ mixed >> 31) >> 32) % bound;
}

bool once_in(uint32_t times)
{
	return below(times) == 0;
}

static bool is_open(int fd)
{
	return syscall(SYS_fcntl, fd, F_GETFD) >= 0;
}

static bool is_socket(int fd)
{
	int type;
	socklen_t length = sizeof(type);

	return syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0;
}

static int one_of(bool (*fits)(int))
{
	int found[END_FD];
	unsigned count = 0;

	for (int fd = FIRST_FD; fd < END_FD; fd++)
		if (fits(fd))
			found[count++] = fd;
	return count ? found[below(count)] : (int)below(END_FD - FIRST_FD) + FIRST_FD;
}

int how_many_open(void)
{
	int count = 0;

	for (int fd = FIRST_FD; fd < END_FD; fd++)
		count += is_open(fd);
	return count;
}

int any_number(void)
{
	static const int odd[] = { -1, -2147483647 - 1, 63, 1 << 20, 2147483647 };

	if (once_in(6))
		return odd[below(sizeof(odd) / sizeof(odd[0]))];
	return (int)below(20) + FIRST_FD;
}

int some_fd(void)
{
	return once_in(8) ? any_number() : one_of(is_open);
}

int some_socket(void)
{
	return once_in(16) ? some_fd() : one_of(is_socket);
}

static const struct step *const tables[] = { socket_steps, data_steps, descriptor_steps, wait_steps, peer_steps };

static const struct step *at_weight(unsigned weight)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (const struct step *step = tables[i]; step->run; step++) {
			if (weight < step->weight)
				return step;
			weight -= step->weight;
		}
	}
	abort();
}

static const struct step *some_step(unsigned unfit)
{
	const struct step *step;
	unsigned sum = 0;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (step = tables[i]; step->run; step++)
			sum += step->weight;
	do
		step = at_weight(below(sum));
	while (step->where & (unfit | unwanted));
	return step;
}

/* Without anything to wait for: the first process settles when they are made. */
static void make_some(unsigned unfit, const char *mark, unsigned most)
{
	say_where_we_are(mark);
	for (unsigned left = below(most) + 1; left > 0; left--)
		some_step(unfit)->run();
}

/* --- by whom --- */

static pid_t plain_clone(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void wait_for(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0)
		say("a child ended with %x", (unsigned)status);
}

static void in_child(pid_t (*fork_like)(void), const char *mark)
{
	pid_t child = fork_like();

	if (child == 0) {
		make_some(NOT_IN_CHILD, mark, 4);
		_exit(0);
	}
	wait_for(child);
}

/* Apart, because a child of vfork() must not return from the function that called it. */
__attribute__((noinline)) static void in_vfork(void)
{
	pid_t child = vfork();

	if (child == 0) {
		make_some(NOT_IN_CHILD | NOT_IN_VFORK, "vfork ", 3);
		_exit(0);
	}
	wait_for(child);
}

static void signals_for_this_thread(int how)
{
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(how, &alarm, NULL);
}

static void *be_a_thread(void *unused)
{
	signals_for_this_thread(SIG_UNBLOCK);
	make_some(IN_CHILD | NOT_IN_CHILD, "thread ", 3);
	return unused;
}

static void in_thread(void)
{
	pthread_t thread;

	signals_for_this_thread(SIG_BLOCK);
	if (pthread_create(&thread, NULL, be_a_thread, NULL) == 0)
		pthread_join(thread, NULL);
	signals_for_this_thread(SIG_UNBLOCK);
}

static void be_a_handler(int number)
{
	(void)number;
	make_some(IN_CHILD | NOT_IN_CHILD | NOT_IN_VFORK, "handler ", 2);
}

static void in_handler(void)
{
	struct sigaction action = { .sa_handler = be_a_handler };

	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

static void step_on(unsigned number)
{
	char mark[16];
	uint32_t by_whom = unwanted ? below(55) + 5 : below(60);

	snprintf(mark, sizeof(mark), "%u ", number);
	say_where_we_are(mark);
	if (by_whom == 0)
		in_child(fork, "fork ");
	else if (by_whom == 1)
		in_child(_Fork ? _Fork : plain_clone, "_Fork ");
	else if (by_whom == 2)
		in_child(plain_clone, "clone ");
	else if (by_whom < 5)
		in_vfork();
	else if (by_whom < 8)
		in_thread();
	else if (by_whom == 8)
		in_handler();
	else
		some_step(IN_CHILD)->run();
	say_where_we_are(mark);
}

static void close_one(void)
{
	int fd = one_of(is_open);

	begin("close %d", fd);
	ended(close(fd), "of many");
}

int main(int argc, char **argv)
{
	unsigned steps;

	if (argc < 4)
		return 64;
	chance = strtoull(argv[2], NULL, 10);
	steps = (unsigned)atoi(argv[3]);
	unwanted = argc > 4 && !strcmp(argv[4], "tidy") ? UNTIDY : 0;
	for (int fd = FIRST_FD; fd < END_HIDDEN_FD; fd++)
		syscall(SYS_close, fd);
	prepare_signals();
	prepare_to_settle();
	open_places(argv[1]);
	for (unsigned i = 1; i <= steps; i++) {
		step_on(i);
		settle();
		while (how_many_open() > MANY) {
			close_one();
			settle();
		}
	}
	say_where_we_are("end ");
	for (int fd = FIRST_FD; fd < END_FD; fd++)
		close(fd);
	say("%d open", how_many_open());
	return 0;
}
