/* SPDX-License-Identifier: MIT */
/*
 * criterion.h - as much of Criterion as the unit tests use, for a libc or a machine that has no package of it.
 *
 * Each test registers itself before main(), which is in unit.c: it runs each in a forked child, one after the
 * other, with the suite's .init before and .fini after it, also when an assertion has ended it, and prints TAP.
 * An assertion belongs to the thread that runs the test. What Criterion says of a failed one, both sides'
 * values, is left out: run that test on a machine that has Criterion.
 */
#ifndef CUTOUT_UNIT_CRITERION_H
#define CUTOUT_UNIT_CRITERION_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct unit_options {
	void (*init)(void);
	void (*fini)(void);
	double timeout; /* s; 0: the suite's, or the usual one */
};

struct unit_test {
	const char *suite, *name; /* no name: the suite's own options */
	void (*run)(void);
	struct unit_options options;
	struct unit_test *next;
};

void unit_add(struct unit_test *test);

/* `format` begins with a character that is left out, so that it is never empty. */
__attribute__((format(printf, 4, 5))) void unit_failed(const char *file, int line, const char *what,
						       const char *format, ...);
__attribute__((format(printf, 4, 5), noreturn)) void unit_ended(const char *file, int line, const char *what,
								const char *format, ...);
__attribute__((format(printf, 1, 2))) void unit_log(const char *format, ...);
__attribute__((format(printf, 1, 2), noreturn)) void unit_skip(const char *format, ...);

#define UNIT_ADD(Suite, Name, text, function, ...)                                                                   \
	__attribute__((constructor)) static void unit_add_##Suite##_##Name(void)                                     \
	{                                                                                                            \
		static struct unit_test unit_test = { #Suite, text, function, { __VA_ARGS__ }, NULL };               \
		unit_add(&unit_test);                                                                                \
	}

#define TestSuite(Suite, ...)                                                                                        \
	UNIT_ADD(Suite, , NULL, NULL, __VA_ARGS__)                                                                   \
	struct unit_test

#define Test(Suite, Name, ...)                                                                                       \
	static void unit_run_##Suite##_##Name(void);                                                                 \
	UNIT_ADD(Suite, Name, #Name, unit_run_##Suite##_##Name, __VA_ARGS__)                                         \
	static void unit_run_##Suite##_##Name(void)

#define UNIT_CHECK(failed, what, holds, ...)                                                                           \
	((holds) ? (void)0 : failed(__FILE__, __LINE__, what, " " __VA_ARGS__))
#define UNIT_COMPARE(failed, a, sign, b, ...) UNIT_CHECK(failed, #a " " #sign " " #b, (a)sign(b), __VA_ARGS__)
#define UNIT_STRINGS(failed, a, sign, b, ...)                                                                        \
	UNIT_CHECK(failed, #a " " #sign " " #b, strcmp(a, b) sign 0, __VA_ARGS__)

/* assert: ends the test; expect: fails it, and goes on */
#define cr_assert(condition, ...) UNIT_CHECK(unit_ended, #condition, condition, __VA_ARGS__)
#define cr_assert_not(condition, ...) UNIT_CHECK(unit_ended, "not " #condition, !(condition), __VA_ARGS__)
#define cr_assert_null(a, ...) UNIT_CHECK(unit_ended, #a " is NULL", (a) == NULL, __VA_ARGS__)
#define cr_assert_not_null(a, ...) UNIT_CHECK(unit_ended, #a " is not NULL", (a) != NULL, __VA_ARGS__)
#define cr_assert_eq(a, b, ...) UNIT_COMPARE(unit_ended, a, ==, b, __VA_ARGS__)
#define cr_assert_neq(a, b, ...) UNIT_COMPARE(unit_ended, a, !=, b, __VA_ARGS__)
#define cr_assert_lt(a, b, ...) UNIT_COMPARE(unit_ended, a, <, b, __VA_ARGS__)
#define cr_assert_leq(a, b, ...) UNIT_COMPARE(unit_ended, a, <=, b, __VA_ARGS__)
#define cr_assert_gt(a, b, ...) UNIT_COMPARE(unit_ended, a, >, b, __VA_ARGS__)
#define cr_assert_geq(a, b, ...) UNIT_COMPARE(unit_ended, a, >=, b, __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...) UNIT_STRINGS(unit_ended, a, ==, b, __VA_ARGS__)
#define cr_assert_str_neq(a, b, ...) UNIT_STRINGS(unit_ended, a, !=, b, __VA_ARGS__)
#define cr_assert_arr_eq(a, b, size, ...) UNIT_CHECK(unit_ended, #a " == " #b, memcmp(a, b, size) == 0, __VA_ARGS__)
#define cr_assert_fail(...) unit_ended(__FILE__, __LINE__, "not to come here", " " __VA_ARGS__)

#define cr_expect(condition, ...) UNIT_CHECK(unit_failed, #condition, condition, __VA_ARGS__)
#define cr_expect_not(condition, ...) UNIT_CHECK(unit_failed, "not " #condition, !(condition), __VA_ARGS__)
#define cr_expect_eq(a, b, ...) UNIT_COMPARE(unit_failed, a, ==, b, __VA_ARGS__)
#define cr_expect_leq(a, b, ...) UNIT_COMPARE(unit_failed, a, <=, b, __VA_ARGS__)
#define cr_expect_geq(a, b, ...) UNIT_COMPARE(unit_failed, a, >=, b, __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...) UNIT_STRINGS(unit_failed, a, ==, b, __VA_ARGS__)
#define cr_expect_float_eq(a, b, difference, ...)                                                                    \
	UNIT_CHECK(unit_failed, #a " == " #b, (a) - (b) <= (difference) && (b) - (a) <= (difference), __VA_ARGS__)

#define cr_log_info(...) unit_log(__VA_ARGS__)
#define cr_skip(...) unit_skip(__VA_ARGS__)
#define cr_skip_test(...) unit_skip(__VA_ARGS__)

#endif
