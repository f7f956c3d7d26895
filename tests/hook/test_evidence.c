/* SPDX-License-Identifier: MIT */
/*
 * test_evidence.c - verdicts on followed connects, by a kernel of the test's own.
 *
 * The descriptor is a number; what the socket says of itself is fabricated, and so is the time at which its
 * connect began. Results are read from a private panel.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "hook/call.h"
#include "hook/evidence.h"
#include "hook/fdtable.h"
#include "hook/owner.h"
#include "hook/real.h"
#include "panel/slot.h"

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

enum { FD = 10, COPY = 20, COOKIE = 77, ERRNO = 99 };

static struct tcp_info info;
static uint64_t cookie;
static unsigned forbidden; /* questions that disturb the program */

static int answer(int fd, int level, int name, void *value, socklen_t *length)
{
	(void)fd;
	errno = ENOTSOCK;
	if (level == SOL_SOCKET && name == SO_COOKIE && cookie) {
		memcpy(value, &cookie, sizeof(cookie));
		return 0;
	}
	if (level == IPPROTO_TCP && name == TCP_INFO && cookie) {
		*length = *length < sizeof(info) ? *length : sizeof(info);
		memcpy(value, &info, *length);
		return 0;
	}
	forbidden += cookie != 0;
	return -1;
}

static struct panel panel;
static struct rule rule;
static struct panel_slot *slot;

static void init(void)
{
	struct panel_key key = { .policy = 1, .family = ADDR_IPV4, .port = 80 };
	struct panel_identity identity = { &rule.policy, "10.0.0.5:80", "*" };
	char why[320];

	policy_defaults(&rule.policy);
	cr_assert(owner_init());
	cr_assert_eq(owner_claim(), OWNER_SELF);
	cr_assert(panel_open(&panel, "private", PANEL_USE, why, sizeof(why)));
	slot = panel_find(&panel, &key, &identity, clock_now()).slot;
	cr_assert_not_null(slot);
	real.getsockopt = answer;
	cookie = COOKIE;
	fd_set_word(FD, FD_TCP);
}

static void fini(void)
{
	cr_assert_eq(forbidden, 0, "SO_ERROR was read before the program");
}

TestSuite(evidence, .init = init, .fini = fini);

/* A connect that began that long ago, admitted and pending. */
static void begun(uint64_t ago, bool fastopen)
{
	struct call call = { .rule = &rule, .cookie = COOKIE, .fastopen = fastopen };
	struct panel_change changes[2];

	cr_assert_eq(panel_admit(slot_seat(slot), &rule.policy, clock_now() - ago, PANEL_REFUSED, &call.admitted, changes),
		     VERDICT_ADMITTED);
	cr_assert(panel_detach(&call.admitted));
	cr_assert(call_follow(FD, &call));
	errno = ERRNO;
}

static void pending(unsigned retransmitted)
{
	info = (struct tcp_info){ .tcpi_state = TCP_SYN_SENT, .tcpi_total_retrans = retransmitted };
}

static void refused(void)
{
	info = (struct tcp_info){ .tcpi_state = TCP_CLOSE };
}

static void established(void)
{
	info = (struct tcp_info){ .tcpi_state = TCP_ESTABLISHED, .tcpi_rtt = 200, .tcpi_options = TCPI_OPT_SACK };
}

static struct panel_view view(void)
{
	struct panel_view seen;

	cr_assert(panel_view_slot(slot, clock_now(), &seen));
	return seen;
}

static void counted(uint64_t successes, uint64_t failures, uint64_t ignored)
{
	struct panel_view seen = view();

	cr_expect_eq(errno, ERRNO);
	cr_expect_eq(seen.totals[TOTAL_SUCCESSES], successes);
	cr_expect_eq(seen.totals[TOTAL_FAILURES], failures);
	cr_expect_eq(seen.totals[TOTAL_IGNORED], ignored);
}

/* What of a word can be learnt again costs its parent a question at most. */
Test(evidence, a_vfork_child_that_closes_leaves_what_the_kernel_does_not_tell)
{
	static const uint32_t kept[] = { FD_TCP | FD_OWED, FD_TCP | FD_FASTOPEN };

	for (unsigned i = 0; i < 2; i++) {
		pid_t child;

		fd_set_word(FD, kept[i]);
		child = vfork();
		if (child == 0) {
			evidence_of_leaving(FD);
			_exit(0);
		}
		cr_assert_eq(waitpid(child, NULL, 0), child);
		cr_expect_eq(fd_word(FD), kept[i]);
		evidence_of_leaving(FD);
		cr_expect_eq(fd_word(FD), 0);
	}
}

Test(evidence, a_vfork_child_that_closes_leaves_a_call_in_flight)
{
	pid_t child;

	begun(0, false);
	pending(0);
	child = vfork();
	if (child == 0) {
		evidence_of_leaving(FD);
		_exit(0);
	}
	cr_assert_eq(waitpid(child, NULL, 0), child);
	cr_expect(fd_watched(FD));
	counted(0, 0, 0);
}

Test(evidence, a_failure_has_the_errno_that_the_program_was_told)
{
	begun(0, false);
	refused();
	evidence_of_error(FD, ECONNREFUSED);
	counted(0, 1, 0);
	cr_assert_eq(view().last_error, ECONNREFUSED);
	evidence_of_error(FD, ECONNREFUSED);
	counted(0, 1, 0);
}

Test(evidence, errors_that_end_no_call_end_none)
{
	static const int errors[] = { 0, EAGAIN, EINPROGRESS, EALREADY, EINTR };

	begun(0, false);
	refused();
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		evidence_of_error(FD, errors[i]);
	counted(0, 0, 0);
	cr_assert(fd_watched(FD));
}

Test(evidence, a_transfer_tells_of_the_connect_by_an_error_of_the_connect_only)
{
	begun(0, false);
	refused();
	errno = EPIPE;
	cr_assert_eq(evidence_of_transfer(FD, -1), -1);
	cr_assert_eq(errno, EPIPE);
	errno = ERRNO;
	counted(0, 0, 0);
	errno = ETIMEDOUT;
	cr_assert_eq(evidence_of_transfer(FD, -1), -1);
	cr_assert_eq(errno, ETIMEDOUT);
	errno = ERRNO;
	counted(0, 1, 0);
	cr_assert_eq(view().last_error, ETIMEDOUT);
}

Test(evidence, a_failure_waits_for_its_errno_until_the_socket_is_closed)
{
	begun(0, false);
	refused();
	evidence_of_event(FD);
	counted(0, 0, 0);
	evidence_of_leaving(FD);
	counted(0, 1, 0);
	cr_assert_eq(view().last_error, OUTCOME_ERROR_UNKNOWN);
	cr_assert_eq(fd_word(FD), 0);
}

Test(evidence, any_look_at_an_established_socket_is_a_success)
{
	begun(0, false);
	established();
	evidence_of_event(FD);
	counted(1, 0, 0);
	cr_assert_not(fd_watched(FD));
}

Test(evidence, a_reset_after_the_handshake_is_a_success)
{
	begun(0, false);
	established();
	info.tcpi_state = TCP_CLOSE;
	evidence_of_error(FD, ECONNRESET);
	counted(1, 0, 0);
}

Test(evidence, a_round_trip_or_agreed_options_prove_a_handshake)
{
	begun(0, false);
	refused();
	info.tcpi_options = TCPI_OPT_TIMESTAMPS;
	evidence_of_event(FD);
	counted(1, 0, 0);
	begun(0, false);
	refused();
	info.tcpi_rtt = 1;
	evidence_of_event(FD);
	counted(2, 0, 0);
}

/* net.ipv4.tcp_ecn=1: our own SYN sets it. */
Test(evidence, explicit_congestion_notification_proves_none)
{
	begun(0, false);
	refused();
	info.tcpi_options = TCPI_OPT_ECN;
	evidence_of_error(FD, ECONNREFUSED);
	counted(0, 1, 0);
}

Test(evidence, another_socket_under_the_number_is_no_failure)
{
	begun(0, false);
	refused();
	cookie = COOKIE + 1;
	evidence_of_error(FD, ECONNREFUSED);
	counted(0, 0, 1);
	cr_assert_not(fd_watched(FD));
}

Test(evidence, a_descriptor_closed_behind_our_back_is_no_failure)
{
	begun(20 * NSEC_PER_SEC, false);
	pending(3);
	cookie = 0;
	evidence_of_leaving(FD);
	counted(0, 0, 1);
}

Test(evidence, closed_in_mid_handshake_is_ignored)
{
	begun(0, false);
	pending(0);
	evidence_of_leaving(FD);
	counted(0, 0, 1);
}

Test(evidence, closed_after_a_syn_was_sent_again_is_a_timeout)
{
	begun(2 * NSEC_PER_SEC, false);
	pending(1);
	evidence_of_leaving(FD);
	counted(0, 1, 0);
	cr_assert_eq(view().last_error, ETIMEDOUT);
}

Test(evidence, closed_when_overdue_is_a_timeout)
{
	begun(rule.policy.overdue + NSEC_PER_SEC, false);
	pending(0);
	evidence_of_leaving(FD);
	counted(0, 1, 0);
}

Test(evidence, the_first_of_two_descriptors_that_is_closed_ends_nothing)
{
	begun(0, false);
	call_share(FD, COPY);
	pending(1);
	evidence_of_leaving(FD);
	counted(0, 0, 0);
	evidence_of_leaving(COPY);
	counted(0, 1, 0);
}

Test(evidence, an_overdue_connect_is_counted_once_by_a_sweep)
{
	begun(rule.policy.overdue + NSEC_PER_SEC, false);
	pending(4);
	evidence_sweep(0);
	counted(0, 1, 0);
	evidence_sweep(5);
	established();
	evidence_of_event(FD);
	evidence_of_leaving(FD);
	counted(0, 1, 0);
	cr_assert_eq(view().in_flight, 0);
}

Test(evidence, a_sweep_looks_at_young_calls_only_when_told_to)
{
	begun(0, false);
	established();
	evidence_sweep(0);
	counted(0, 0, 0);
	evidence_sweep(1);
	counted(1, 0, 0);
}

Test(evidence, a_fast_open_without_data_is_not_overdue)
{
	begun(rule.policy.overdue + NSEC_PER_SEC, true);
	pending(0);
	evidence_sweep(0);
	evidence_of_leaving(FD);
	counted(0, 0, 1);
}

Test(evidence, a_program_that_looks_late_did_not_connect_slowly)
{
	begun(60 * NSEC_PER_SEC, false);
	established();
	evidence_of_event(FD);
	counted(1, 0, 0);
}

/* Its SYN was sent again, so that the round trip bounds nothing; what was heard last does. */
Test(evidence, a_late_look_after_a_retransmission_counts_the_handshake_only)
{
	begun(60 * NSEC_PER_SEC, false);
	established();
	info.tcpi_total_retrans = 1;
	info.tcpi_last_ack_recv = 59000;
	evidence_of_event(FD);
	counted(1, 0, 0);
	begun(60 * NSEC_PER_SEC, false);
	info.tcpi_last_ack_recv = 1000;
	evidence_of_event(FD);
	counted(1, 1, 0);
}

Test(evidence, a_second_connect_that_fails_ends_the_call_and_leaves_a_fresh_socket)
{
	begun(0, false);
	pending(0);
	evidence_of_connect(FD, -1, EALREADY);
	counted(0, 0, 0);
	refused();
	evidence_of_connect(FD, -1, ECONNREFUSED);
	counted(0, 1, 0);
	cr_assert_eq(fd_word(FD), FD_TCP);
}

Test(evidence, a_socket_that_got_through_stays_connected_until_a_connect_fails)
{
	begun(0, false);
	established();
	evidence_of_event(FD);
	evidence_of_connect(FD, 0, 0);
	evidence_of_connect(FD, -1, EISCONN);
	cr_assert_eq(fd_word(FD), (FD_TCP | FD_CONNECTED));
	evidence_of_connect(FD, -1, ECONNRESET);
	cr_assert_eq(fd_word(FD), FD_TCP);
	counted(1, 0, 0);
}

Test(evidence, after_a_failure_told_by_so_error_the_kernel_owes_a_word)
{
	begun(0, false);
	refused();
	evidence_of_error(FD, ECONNREFUSED);
	cr_assert_eq(fd_word(FD), (FD_TCP | FD_OWED));
	evidence_of_connect(FD, -1, ECONNABORTED);
	cr_assert_eq(fd_word(FD), FD_TCP);
	counted(0, 1, 0);
}

Test(evidence, shut_down_in_mid_handshake_is_given_up)
{
	begun(0, false);
	pending(0);
	evidence_of_giving_up(FD);
	counted(0, 0, 1);
	cr_assert_eq(fd_word(FD), FD_TCP);
}

Test(evidence, a_forked_child_reports_nothing_of_its_parent)
{
	pid_t child;
	int status;

	begun(0, false);
	refused();
	child = fork();
	if (child == 0) {
		evidence_of_error(FD, ECONNREFUSED);
		evidence_of_leaving(FD);
		_exit(0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	errno = ERRNO;
	counted(0, 0, 0);
	evidence_of_leaving(FD);
	counted(0, 1, 0);
}
