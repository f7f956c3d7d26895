/* SPDX-License-Identifier: MIT */
/*
 * test_duration.c - durations as text.
 */
#include "base/duration.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *shortened(uint64_t ns)
{
	static char text[32];

	cr_assert_eq(duration_format_short(ns, text, sizeof(text)), strlen(text));
	return text;
}

Test(duration, parses_every_unit_and_fractions)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "1ns", 1 },
		{ "7us", 7000 },
		{ "250ms", 250 * NSEC_PER_MSEC },
		{ "30s", 30 * NSEC_PER_SEC },
		{ "1.5s", 1500 * NSEC_PER_MSEC },
		{ "5m", 300 * NSEC_PER_SEC },
		{ "2h", 7200 * NSEC_PER_SEC },
		{ "0.5h", 1800 * NSEC_PER_SEC },
		{ "0.1m", 6 * NSEC_PER_SEC },
		{ "1.000000001s", NSEC_PER_SEC + 1 },
		{ "0.0000000019s", 1 },
		{ "0.000000000000277777777778h", 1 },
		{ "2.9ns", 2 },
		{ "0001s", NSEC_PER_SEC },
		{ "8760h", DURATION_MAX },
		{ "31536000s", DURATION_MAX },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t ns = 77;

		cr_assert(duration_parse(&ns, cases[i].text, strlen(cases[i].text)), "%s", cases[i].text);
		cr_assert_eq(ns, cases[i].ns, "%s: %llu", cases[i].text, (unsigned long long)ns);
	}
}

Test(duration, refuses_what_is_none)
{
	static const char *const cases[] = {
		"", "s", "10", "00", "1.s", ".5s", "1.5.5s", "1 s", " 1s", "1s ", "-1s", "+1s", "1d", "1S", "1sec",
		"1,5s", "1e3s", "0x1s", "8761h", "8760.0001h", "31536001s", "99999999999999999999999999s", "off",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t ns;

		cr_assert_not(duration_parse(&ns, cases[i], strlen(cases[i])), "%s", cases[i]);
	}
}

Test(duration, formats_in_the_largest_unit_that_divides_and_parses_back)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 1, "1ns" },
		{ 1500, "1500ns" },
		{ 250 * NSEC_PER_MSEC, "250ms" },
		{ 1500 * NSEC_PER_MSEC, "1500ms" },
		{ NSEC_PER_SEC, "1s" },
		{ 90 * NSEC_PER_SEC, "90s" },
		{ 300 * NSEC_PER_SEC, "5m" },
		{ 7200 * NSEC_PER_SEC, "2h" },
		{ DURATION_MAX, "8760h" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[32];
		uint64_t ns;
		size_t length = duration_format(cases[i].ns, text, sizeof(text));

		cr_assert_str_eq(text, cases[i].text);
		cr_assert_eq(length, strlen(text));
		cr_assert(duration_parse(&ns, text, length));
		cr_assert_eq(ns, cases[i].ns);
	}
}

Test(duration, short_form_is_for_people)
{
	cr_assert_str_eq(shortened(0), "0.0s");
	cr_assert_str_eq(shortened(100 * NSEC_PER_MSEC), "0.1s");
	cr_assert_str_eq(shortened(4299 * NSEC_PER_MSEC), "4.2s");
	cr_assert_str_eq(shortened(9999 * NSEC_PER_MSEC), "9.9s");
	cr_assert_str_eq(shortened(10 * NSEC_PER_SEC), "10s");
	cr_assert_str_eq(shortened(60 * NSEC_PER_SEC - 1), "59s");
	cr_assert_str_eq(shortened(60 * NSEC_PER_SEC), "1m");
	cr_assert_str_eq(shortened(90 * NSEC_PER_SEC), "1m30s");
	cr_assert_str_eq(shortened(119 * NSEC_PER_SEC), "1m59s");
	cr_assert_str_eq(shortened(600 * NSEC_PER_SEC - 1), "9m59s");
	cr_assert_str_eq(shortened(629 * NSEC_PER_SEC), "10m");
	cr_assert_str_eq(shortened(12 * 60 * NSEC_PER_SEC), "12m");
	cr_assert_str_eq(shortened(90 * 60 * NSEC_PER_SEC), "1h30m");
	cr_assert_str_eq(shortened(3659 * NSEC_PER_SEC), "1h");
	cr_assert_str_eq(shortened(47 * 3600 * NSEC_PER_SEC), "1d23h");
	cr_assert_str_eq(shortened(7200 * NSEC_PER_SEC), "2h");
	cr_assert_str_eq(shortened(3 * 24 * 3600 * NSEC_PER_SEC), "3d");
}
