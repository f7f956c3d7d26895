/* SPDX-License-Identifier: MIT */
/*
 * test_seconds.c - times in seconds are exact to the nanosecond, in both directions.
 */
#include "base/seconds.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "base/duration.h"

static enum seconds_result parse(const char *text, uint64_t *ns)
{
	return seconds_parse(ns, text, strlen(text));
}

static void expect_same(const char *text, uint64_t ns)
{
	char shown[SECONDS_TEXT_MAX];
	uint64_t read = 1;

	cr_assert_eq(parse(text, &read), SECONDS_GOOD, "%s", text);
	cr_assert_eq(read, ns, "%s is %" PRIu64, text, read);
	cr_assert_eq(seconds_format(ns, shown), strlen(text));
	cr_assert_str_eq(shown, text);
}

Test(seconds, go_both_ways_without_loss)
{
	expect_same("0.000", 0);
	expect_same("0.500", 500 * NSEC_PER_MSEC);
	expect_same("0.000000001", 1);
	expect_same("12.3456", UINT64_C(12345600000));
	expect_same("1700000000.123456789", UINT64_C(1700000000123456789));
	expect_same("9223372036.854775807", SECONDS_MAX);
}

Test(seconds, decimals_may_be_left_out_and_zeros_added)
{
	uint64_t ns;

	cr_assert_eq(parse("7", &ns), SECONDS_GOOD);
	cr_assert_eq(ns, 7 * NSEC_PER_SEC);
	cr_assert_eq(parse("007.5", &ns), SECONDS_GOOD);
	cr_assert_eq(ns, 7500 * NSEC_PER_MSEC);
	cr_assert_eq(parse("0.00000000100000", &ns), SECONDS_GOOD);
	cr_assert_eq(ns, 1);
}

Test(seconds, what_is_no_decimal_number_is_told_apart)
{
	static const char *const texts[] = { "", ".", "5.", ".5", "-1", "+1", "1e3", "0x1", "1s", "1.5.2", "1,5", " 1", "nan" };
	uint64_t ns = 42;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_assert_eq(parse(texts[i], &ns), SECONDS_NO_NUMBER, "\"%s\"", texts[i]);
	cr_assert_eq(ns, 42);
}

Test(seconds, what_would_be_rounded_is_refused)
{
	uint64_t ns = 42;

	cr_assert_eq(parse("0.0000000001", &ns), SECONDS_TOO_FINE);
	cr_assert_eq(parse("1.0000000000000000000000001", &ns), SECONDS_TOO_FINE);
	cr_assert_eq(ns, 42);
}

Test(seconds, nothing_overflows)
{
	uint64_t ns = 42;

	cr_assert_eq(parse("9223372036.854775808", &ns), SECONDS_TOO_BIG);
	cr_assert_eq(parse("18446744073.709551616", &ns), SECONDS_TOO_BIG);
	cr_assert_eq(parse("99999999999999999999999999999999", &ns), SECONDS_TOO_BIG);
	cr_assert_eq(ns, 42);
	cr_assert_eq(parse("00000000000000000000000000000001", &ns), SECONDS_GOOD);
	cr_assert_eq(ns, NSEC_PER_SEC);
}
