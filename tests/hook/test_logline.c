/* SPDX-License-Identifier: MIT */
/*
 * test_logline.c - what a line of the log says.
 */
#include "hook/logline.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/addr.h"
#include "base/duration.h"

static const struct logline_origin plain = { LOGLINE_PLAIN, 812, "legacy-app" };
static const struct logline_origin to_syslog = { LOGLINE_SYSLOG, 812, "legacy-app" };

static struct panel_slot slot = {
	.key = { .address = { 10, 0, 0, 5 }, .port = 5432, .family = ADDR_IPV4 },
	.destination = "db.internal:5432",
};

static struct panel_change change = {
	.reason = REASON_CONSECUTIVE_FAILURES,
	.from = BREAKER_CLOSED,
	.to = BREAKER_OPEN,
	.open_time = 10 * NSEC_PER_SEC,
	.requests = 9,
	.successes = 6,
	.failures = 3,
	.last_error = ECONNREFUSED,
};

static char line[LOGLINE_SIZE];

static void expect(const struct logline_origin *origin, unsigned left_out, const char *expected)
{
	cr_expect_eq(logline_change(line, sizeof(line), origin, &slot, &change, left_out), strlen(expected));
	cr_expect_str_eq(line, expected);
}

Test(logline, an_opening_says_why_and_until_when)
{
	expect(&plain, 0,
	       "cutout[812] legacy-app: db.internal:5432 (10.0.0.5:5432): closed -> open: consecutive failures "
	       "(3 of 9 calls failed, last ECONNREFUSED), retry in 10s\n");
}

Test(logline, half_open_and_closed_say_why_and_nothing_more)
{
	change.reason = REASON_TIMEOUT_OVER;
	change.from = BREAKER_OPEN;
	change.to = BREAKER_HALF_OPEN;
	expect(&plain, 0,
	       "cutout[812] legacy-app: db.internal:5432 (10.0.0.5:5432): open -> half-open: timeout over\n");
	change.reason = REASON_RECOVERED;
	change.from = BREAKER_HALF_OPEN;
	change.to = BREAKER_CLOSED;
	expect(&plain, 0, "cutout[812] legacy-app: db.internal:5432 (10.0.0.5:5432): half-open -> closed: recovered\n");
}

Test(logline, a_destination_that_is_its_address_stands_there_once)
{
	strcpy(slot.destination, "10.0.0.5:5432");
	change.reason = REASON_MANUAL;
	change.requests = 0;
	expect(&plain, 0, "cutout[812] legacy-app: 10.0.0.5:5432: closed -> open: manual, retry in 10s\n");
}

Test(logline, an_ipv6_address_has_brackets_and_its_scope)
{
	slot.key = (struct panel_key){
		.address = { 0xfe, 0x80, [15] = 1 }, .scope = 3, .port = 80, .family = ADDR_IPV6,
	};
	strcpy(slot.destination, "web:80");
	change.to = BREAKER_CLOSED;
	expect(&plain, 0, "cutout[812] legacy-app: web:80 ([fe80::1%3]:80): closed -> closed: consecutive failures\n");
}

Test(logline, a_breaker_of_a_host_has_no_address)
{
	slot.key = (struct panel_key){ .subject = 1, .port = 5432 };
	change.requests = change.failures = 1;
	change.last_error = ETIMEDOUT;
	expect(&plain, 0,
	       "cutout[812] legacy-app: db.internal:5432: closed -> open: consecutive failures "
	       "(1 of 1 call failed, last ETIMEDOUT), retry in 10s\n");
}

Test(logline, an_error_without_a_name_is_a_number_and_an_unread_one_unknown)
{
	change.last_error = OUTCOME_ERROR_UNKNOWN;
	logline_change(line, sizeof(line), &plain, &slot, &change, 0);
	cr_expect(strstr(line, "(3 of 9 calls failed, last unknown)"), "%s", line);
	change.last_error = 170;
	logline_change(line, sizeof(line), &plain, &slot, &change, 0);
	cr_expect(strstr(line, "(3 of 9 calls failed, last 170)"), "%s", line);
	change.last_error = 0;
	logline_change(line, sizeof(line), &plain, &slot, &change, 0);
	cr_expect(strstr(line, "(3 of 9 calls failed)"), "%s", line);
}

Test(logline, lines_left_out_are_said)
{
	change.to = BREAKER_CLOSED;
	expect(&plain, 1,
	       "cutout[812] legacy-app: db.internal:5432 (10.0.0.5:5432): closed -> closed: consecutive failures "
	       "(1 line left out)\n");
	expect(&plain, 42,
	       "cutout[812] legacy-app: db.internal:5432 (10.0.0.5:5432): closed -> closed: consecutive failures "
	       "(42 lines left out)\n");
}

Test(logline, for_syslog_there_is_a_priority_and_a_tag_and_no_newline)
{
	change.requests = 0;
	expect(&to_syslog, 0,
	       "<12>cutout[812]: legacy-app: db.internal:5432 (10.0.0.5:5432): closed -> open: consecutive failures, "
	       "retry in 10s");
	change.to = BREAKER_HALF_OPEN;
	logline_change(line, sizeof(line), &to_syslog, &slot, &change, 0);
	cr_expect_eq(strncmp(line, "<13>cutout[812]: legacy-app: ", 29), 0, "%s", line);
}

Test(logline, what_is_not_printable_or_does_not_end_makes_no_second_line)
{
	struct logline_origin strange = { LOGLINE_PLAIN, 812, "a\nb\033[2J" };

	memset(slot.destination, '\r', sizeof(slot.destination));
	logline_change(line, sizeof(line), &strange, &slot, &change, 0);
	cr_expect_eq(strncmp(line, "cutout[812] a?b?[2J: ????", 25), 0, "%s", line);
	cr_expect_eq(strspn(strchr(line, ':') + 2, "?"), sizeof(slot.destination));
	cr_expect_eq(strchr(line, '\n'), line + strlen(line) - 1);
}

Test(logline, a_line_that_is_cut_still_ends_in_a_newline)
{
	cr_expect_eq(logline_change(line, 20, &plain, &slot, &change, 0), 19);
	cr_expect_str_eq(line, "cutout[812] legacy\n");
}

Test(logline, the_longest_line_is_not_cut)
{
	memset(slot.destination, 'x', sizeof(slot.destination));
	memset(slot.key.address, 0x11, 16);
	slot.key.family = ADDR_IPV6;
	slot.key.scope = 0xffffffff;
	change.failures = change.requests = change.open_time = UINT64_MAX;
	change.last_error = EPROTONOSUPPORT;
	logline_change(line, sizeof(line), &(struct logline_origin){ LOGLINE_PLAIN, 0x7fffffff, "fifteen-letters" },
		       &slot, &change, 0xffffff);
	cr_expect(strstr(line, " (16777215 lines left out)\n"), "%s", line);
}

Test(logline, a_problem_is_one_line_with_or_without_its_origin)
{
	struct logline_origin nobody = { LOGLINE_PLAIN, 0, NULL };

	cr_expect_eq(logline_problem(line, sizeof(line), &nobody, "a\nb"), 12);
	cr_expect_str_eq(line, "cutout: a?b\n");
	logline_problem(line, sizeof(line), &to_syslog, "x");
	cr_expect_str_eq(line, "<12>cutout[812]: legacy-app: x");
}
