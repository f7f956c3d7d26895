/* SPDX-License-Identifier: MIT */
/*
 * test_exchange.c - requests and answers on a connection, and those that wait for too long.
 *
 * The descriptor is a number; what the socket says of itself is fabricated, and the time at which an exchange began
 * is put back by hand. Results are read from a private panel.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/duration.h"
#include "hook/exchange.h"
#include "hook/evidence.h"
#include "hook/owner.h"
#include "hook/real.h"
#include "hook/record.h"
#include "hook/stuck.h"
#include "hook/target.h"
#include "panel/slot.h"

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

enum { FD = 10, COPY = 20, THREADS = 4, COOKIE = 77, ERRNO = 99, BYTES_RECEIVED_AT = 128, INFO_BYTES = 136 };

static const uint64_t slow_call = 10 * NSEC_PER_SEC, long_ago = 11 * NSEC_PER_SEC, lately = 9 * NSEC_PER_SEC;

static uint64_t cookie, received;
static uint32_t quiet; /* ms since the last byte */
static struct timeval patience; /* SO_RCVTIMEO */
static unsigned shut;

static int answer(int fd, int level, int name, void *value, socklen_t *length)
{
	unsigned char said[INFO_BYTES] = { 0 };
	struct tcp_info info = { .tcpi_state = TCP_ESTABLISHED, .tcpi_rtt = 200, .tcpi_last_data_recv = quiet };

	(void)fd;
	if (level == SOL_SOCKET && name == SO_COOKIE) {
		memcpy(value, &cookie, sizeof(cookie));
		return 0;
	}
	if (level == SOL_SOCKET && name == SO_RCVTIMEO) {
		memcpy(value, &patience, sizeof(patience));
		return 0;
	}
	if (level == IPPROTO_TCP && name == TCP_INFO) {
		memcpy(said, &info, sizeof(info) < BYTES_RECEIVED_AT ? sizeof(info) : BYTES_RECEIVED_AT);
		memcpy(said + BYTES_RECEIVED_AT, &received, sizeof(received));
		*length = *length < sizeof(said) ? *length : sizeof(said);
		memcpy(value, said, *length);
		return 0;
	}
	cr_assert_fail("the socket was asked %d, %d", level, name);
	return -1;
}

static int shut_down(int fd, int how)
{
	(void)fd;
	shut += how == SHUT_RD;
	return 0;
}

static struct rule rule;
static struct panel_slot *slot;

static void init(void)
{
	struct panel_key key = { .policy = 1, .family = ADDR_IPV4, .port = 80 };
	struct panel_identity identity = { &rule.policy, "10.0.0.5:80", "*" };
	struct settings settings = { .mode = MODE_ENFORCE, .panel = "private" };
	char why[320];

	policy_defaults(&rule.policy);
	rule.policy.on = POLICY_ON_RESPONSE;
	rule.policy.slow_call = slow_call;
	rule.mode = MODE_ENFORCE;
	cr_assert(owner_init());
	cr_assert_eq(owner_claim(), OWNER_SELF);
	cr_assert(target_init(&settings, why, sizeof(why)));
	slot = panel_find(target_panel(), &key, &identity, clock_now()).slot;
	cr_assert_not_null(slot);
	real.getsockopt = answer;
	real.shutdown = shut_down;
	cookie = COOKIE;
	errno = ERRNO;
}

TestSuite(exchange, .init = init, .timeout = 30);

/* A connect that has just succeeded. */
static bool connects(int fd)
{
	struct panel_change changes[2];
	struct panel_call call;
	uint64_t now = clock_now();

	if (panel_admit(slot_seat(slot), &rule.policy, now, PANEL_REFUSED, &call, changes) != VERDICT_ADMITTED)
		return false;
	exchange_follows(fd, &call, &rule, 0, now);
	return true;
}

static void connected(void)
{
	cr_assert(connects(FD));
	errno = ERRNO;
}

static void sent(void)
{
	cr_assert(exchange_may_send(FD));
	cr_assert_eq(exchange_sent(FD, 1), 1);
}

static void came(ssize_t result)
{
	cr_assert(exchange_may_receive(FD, true));
	received += result > 0 ? (uint64_t)result : 0;
	cr_assert_eq(exchange_received(FD, result, true), result);
}

static void failed(int error)
{
	errno = error;
	cr_assert_eq(exchange_received(FD, -1, true), -1);
	cr_assert_eq(errno, error);
	errno = ERRNO;
}

/* What waits began so long ago. */
static void put_back(uint64_t ago)
{
	atomic_store_explicit(&record_glance(FD).record->began, clock_now() - ago, memory_order_relaxed);
}

static struct panel_view view(void)
{
	struct panel_view seen;

	cr_assert(panel_view_slot(slot, clock_now(), &seen));
	return seen;
}

static void counted(uint64_t calls, uint64_t successes, uint64_t failures, uint64_t ignored)
{
	struct panel_view seen = view();

	cr_expect_eq(errno, ERRNO);
	cr_expect_eq(seen.totals[TOTAL_CALLS], calls);
	cr_expect_eq(seen.totals[TOTAL_SUCCESSES], successes);
	cr_expect_eq(seen.totals[TOTAL_FAILURES], failures);
	cr_expect_eq(seen.totals[TOTAL_IGNORED], ignored);
}

Test(exchange, a_connect_is_a_call_with_its_first_answer_and_each_later_one_is_one)
{
	connected();
	counted(1, 0, 0, 0);
	sent();
	came(1);
	counted(1, 1, 0, 0);
	for (unsigned i = 0; i < 3; i++) {
		sent();
		came(1);
	}
	counted(4, 4, 0, 0);
	cr_expect_eq(view().in_flight, 0);
}

Test(exchange, more_of_a_request_and_more_of_an_answer_are_the_same_exchange)
{
	connected();
	sent();
	sent();
	came(1);
	came(1);
	counted(1, 1, 0, 0);
}

Test(exchange, a_peek_is_no_answer)
{
	connected();
	sent();
	cr_assert(exchange_may_receive(FD, exchange_waits(MSG_PEEK)));
	exchange_received(FD, 1, exchange_takes(MSG_PEEK, true));
	counted(1, 0, 0, 0);
	cr_expect_eq(record_state_of(FD), CALL_WAITING);
	came(1);
	counted(1, 1, 0, 0);
}

Test(exchange, a_receive_without_room_sees_no_end)
{
	connected();
	sent();
	exchange_received(FD, 0, exchange_takes(0, false));
	counted(1, 0, 0, 0);
}

Test(exchange, an_end_of_file_before_any_byte_is_a_failure_and_there_is_no_more)
{
	connected();
	sent();
	came(0);
	counted(1, 0, 1, 0);
	cr_expect_eq(view().last_error, ECONNRESET);
	sent();
	counted(1, 0, 1, 0);
}

Test(exchange, a_server_that_speaks_first_ends_the_connects_call)
{
	connected();
	came(1);
	counted(1, 1, 0, 0);
	sent();
	came(1);
	counted(2, 2, 0, 0);
}

Test(exchange, an_answer_is_slow_when_it_comes_later_than_slow_call_and_not_before)
{
	connected();
	sent();
	put_back(lately);
	came(1);
	counted(1, 1, 0, 0);
	sent();
	put_back(long_ago);
	came(1);
	counted(2, 1, 1, 0);
}

Test(exchange, closed_while_it_waits_is_ignored_and_later_than_slow_call_a_failure)
{
	connected();
	sent();
	put_back(lately);
	evidence_of_leaving(FD);
	counted(1, 0, 0, 1);
	connected();
	sent();
	put_back(long_ago);
	evidence_of_leaving(FD);
	counted(2, 0, 1, 1);
	cr_expect_eq(view().last_error, ETIMEDOUT);
}

Test(exchange, closed_without_having_sent_anything_is_a_success)
{
	connected();
	evidence_of_leaving(FD);
	counted(1, 1, 0, 0);
}

static unsigned followed(void)
{
	unsigned count = 0;
	struct call call;

	for (unsigned i = 0; i < calls_used(); i++)
		count += call_of_number(i, &call);
	return count;
}

Test(exchange, a_connection_that_is_closed_before_the_program_knows_of_it_is_a_success_and_leaves_no_record)
{
	struct call call = { .rule = &rule, .cookie = COOKIE };
	struct panel_change changes[2];

	panel_admit(slot_seat(slot), &rule.policy, clock_now(), PANEL_REFUSED, &call.admitted, changes);
	cr_assert(panel_detach(&call.admitted));
	cr_assert(call_follow(FD, &call));
	evidence_of_leaving(FD);
	counted(1, 1, 0, 0);
	cr_expect_eq(followed(), 0);
	cr_expect_eq(view().in_flight, 0);
}

Test(exchange, a_breaker_that_has_made_room_is_not_told_how_the_connect_ends)
{
	connected();
	atomic_fetch_add(&record_glance(FD).record->status, 1);
	evidence_of_leaving(FD);
	counted(1, 0, 0, 0);
	cr_expect_eq(followed(), 0);
}

/* As a thread has it that is about to send. */
static struct call beginning(void)
{
	struct call call;

	connected();
	sent();
	came(1);
	cr_assert(call_glance(FD, &call));
	cr_assert(call_move(&call, CALL_FILLING));
	return call;
}

Test(exchange, closed_while_it_begins_it_keeps_its_record_until_it_has_begun)
{
	struct call call = beginning();

	evidence_of_leaving(FD);
	cr_expect_eq(followed(), 1);
	connected();
	cr_expect_eq(followed(), 2, "the next connection has another");
	cr_expect_not(call_move(&call, CALL_WAITING));
	cr_expect_eq(followed(), 1);
	cr_expect_eq(record_state_of(FD), CALL_PARKED);
}

Test(exchange, shut_down_or_dissolved_while_it_begins_it_is_followed_no_more)
{
	const enum call_state ways[] = { CALL_SPENT, CALL_FREE };

	for (unsigned i = 0; i < 2; i++) {
		struct call call = beginning();

		exchange_left(FD, ways[i]);
		cr_expect_not(fd_watched(FD));
		cr_expect_not(call_move(&call, CALL_WAITING));
		cr_expect_eq(followed(), 0);
	}
}

/* Each connects and closes its own descriptor, and sends and receives on those of all. */
static void *use_all(void *self)
{
	int own = FD + (int)(intptr_t)self;
	bool admitted = true;

	for (unsigned i = 0; i < 2000 && admitted; i++) {
		admitted = connects(own);
		for (int fd = FD; fd < FD + THREADS; fd++) {
			exchange_may_send(fd);
			exchange_may_receive(fd, true);
			exchange_received(fd, (fd + i) % 3 != 0, i % 5 != 0);
		}
		evidence_of_leaving(own);
	}
	return admitted ? NULL : self;
}

Test(exchange, every_call_is_reported_once_while_threads_send_receive_and_close)
{
	pthread_t threads[THREADS];
	struct panel_view seen;

	rule.policy.failures = 65535;
	for (intptr_t i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, use_all, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	seen = view();
	cr_expect_geq(seen.totals[TOTAL_CALLS], 2000 * THREADS);
	cr_expect_eq(seen.totals[TOTAL_CALLS], seen.totals[TOTAL_SUCCESSES] + seen.totals[TOTAL_FAILURES] +
						       seen.totals[TOTAL_IGNORED] + seen.totals[TOTAL_LATE]);
	cr_expect_eq(seen.in_flight, 0);
	cr_expect_eq(followed(), 0);
}

Test(exchange, the_first_of_two_descriptors_that_is_closed_ends_nothing)
{
	connected();
	sent();
	call_share(FD, COPY);
	evidence_of_leaving(FD);
	counted(1, 0, 0, 0);
	cr_assert(exchange_may_receive(COPY, true));
	exchange_received(COPY, 1, true);
	counted(1, 1, 0, 0);
}

Test(exchange, a_receive_that_would_block_ends_nothing_before_the_programs_own_limit)
{
	connected();
	sent();
	cr_assert(exchange_may_receive(FD, true));
	cr_expect_eq(record_state_of(FD), CALL_RECEIVING);
	failed(EAGAIN);
	cr_expect_eq(record_state_of(FD), CALL_WAITING);
	patience.tv_sec = 10;
	put_back(lately);
	failed(EAGAIN);
	counted(1, 0, 0, 0);
	put_back(long_ago);
	failed(EAGAIN);
	counted(1, 0, 1, 0);
	cr_expect_eq(view().last_error, ETIMEDOUT);
}

Test(exchange, an_interrupted_receive_ends_nothing_and_a_reset_does)
{
	connected();
	sent();
	cr_assert(exchange_may_receive(FD, true));
	failed(EINTR);
	counted(1, 0, 0, 0);
	failed(ECONNRESET);
	counted(1, 0, 1, 0);
	cr_expect_eq(record_state_of(FD), CALL_SPENT);
}

Test(exchange, of_another_socket_under_the_number_no_failure_is_told)
{
	connected();
	sent();
	cookie = COOKIE + 1;
	failed(ECONNRESET);
	counted(1, 0, 0, 1);
}

Test(exchange, while_the_circuit_is_open_a_request_is_made_and_is_no_call)
{
	struct panel_change changes[2];

	connected();
	sent();
	came(1);
	cr_assert(panel_trip(slot, &rule.policy, clock_now(), 60 * NSEC_PER_SEC, false, changes));
	sent();
	cr_expect_eq(record_state_of(FD), CALL_PASSED);
	came(1);
	counted(1, 1, 0, 0);
	cr_expect_eq(shut, 0);
}

Test(exchange, shed_the_request_and_all_that_follow_are_reset)
{
	struct panel_change changes[2];

	rule.shed = SHED_ALL;
	connected();
	sent();
	came(1);
	cr_assert(panel_trip(slot, &rule.policy, clock_now(), 60 * NSEC_PER_SEC, false, changes));
	for (unsigned i = 0; i < 2; i++) {
		errno = ERRNO;
		cr_expect_not(exchange_may_send(FD));
		cr_expect_eq(errno, ECONNRESET);
		errno = ERRNO;
		cr_expect_not(exchange_may_receive(FD, true));
		cr_expect_eq(errno, ECONNRESET);
	}
	cr_expect_eq(shut, 1);
	cr_expect_eq(view().totals[TOTAL_REFUSED], 1);
}

/* Its next connect is no call, as that of any other. */
Test(exchange, where_there_is_no_record_it_is_known_that_it_is_connected)
{
	for (int fd = FD; fd < FD + CALLS_MAX; fd++)
		cr_assert(connects(fd));
	fd_set_word(FD + CALLS_MAX, FD_TCP);
	cr_assert(connects(FD + CALLS_MAX));
	cr_expect_eq(fd_word(FD + CALLS_MAX), (FD_TCP | FD_CONNECTED));
	errno = ERRNO;
	counted(CALLS_MAX + 1, 0, 0, 1);
}

TestSuite(stuck, .init = init, .timeout = 30);

Test(stuck, nothing_is_stuck_before_slow_call_is_over)
{
	connected();
	sent();
	stuck_sweep(clock_now() + lately);
	counted(1, 0, 0, 0);
}

Test(stuck, what_still_waits_is_counted_once_and_its_answer_is_late)
{
	uint64_t now;

	connected();
	sent();
	now = clock_now() + long_ago;
	stuck_sweep(now);
	counted(1, 0, 1, 0);
	cr_expect_eq(view().last_error, ETIMEDOUT);
	cr_expect_eq(record_state_of(FD), CALL_STUCK);
	stuck_sweep(now + long_ago);
	came(1);
	counted(1, 0, 1, 0);
	sent();
	came(1);
	counted(2, 1, 1, 0);
}

/* More than a terabyte: what is counted of that goes round, and is still this connection's. */
Test(stuck, what_waits_is_counted_however_much_was_received_before)
{
	connected();
	sent();
	for (unsigned i = 0; i < 300; i++)
		came((ssize_t)UINT32_MAX - 10000000);
	counted(1, 1, 0, 0);
	sent();
	quiet = 5000;
	stuck_sweep(clock_now() + long_ago);
	counted(2, 1, 1, 0);
}

Test(stuck, a_thread_that_is_in_a_receive_is_counted_once_too)
{
	connected();
	sent();
	cr_assert(exchange_may_receive(FD, true));
	stuck_sweep(clock_now() + long_ago);
	counted(1, 0, 1, 0);
	exchange_received(FD, 1, true);
	counted(1, 0, 1, 0);
	cr_expect_eq(view().in_flight, 0);
}

/* An answer lies there, unread, since so many milliseconds; then the exchange is looked at. */
static void swept_when_answered(uint32_t milliseconds)
{
	connected();
	sent();
	received = 5;
	quiet = milliseconds;
	stuck_sweep(clock_now() + long_ago);
}

Test(stuck, an_answer_that_was_not_read_ends_the_exchange_when_it_came)
{
	swept_when_answered(5000);
	counted(1, 1, 0, 0);
	cr_expect_eq(record_state_of(FD), CALL_IDLE);
}

Test(stuck, an_answer_that_came_too_late_and_was_not_read_is_slow)
{
	swept_when_answered(0);
	counted(1, 0, 1, 0);
	cr_expect_eq(record_state_of(FD), CALL_IDLE);
}

Test(stuck, another_socket_under_the_number_is_ignored)
{
	connected();
	sent();
	cookie = COOKIE + 1;
	stuck_sweep(clock_now() + long_ago);
	counted(1, 0, 0, 1);
}

Test(stuck, the_next_of_several_is_looked_for_when_it_can_be_there)
{
	uint64_t now = clock_now();

	stuck_after(now, 20 * NSEC_PER_SEC);
	connected();
	sent();
	cr_expect_leq(atomic_load(&stuck_walk_at), clock_now() + slow_call);
	stuck_sweep(now + slow_call / 2);
	cr_expect_geq(atomic_load(&stuck_walk_at), now + slow_call, "nothing was walked for");
}
