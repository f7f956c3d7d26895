/* SPDX-License-Identifier: MIT */
/*
 * test_errname.c - names of errno values.
 */
#include "base/errname.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

/* What glibc says of it, and what musl does. */
static bool libc_knows_nothing_of(int error)
{
	return strncmp(strerror(error), "Unknown error", 13) == 0 || strcmp(strerror(error), strerror(0)) == 0;
}

Test(errname, every_error_that_libc_can_describe_has_a_name_that_parses_back)
{
	for (int error = 1; error < ERRNAME_MAX; error++) {
		const char *name = errname_of(error);

		if (error == ERRNAME_EAI_AGAIN || error == ERRNAME_EAI_FAIL)
			continue;
		if (libc_knows_nothing_of(error)) {
			/* (musl has no text for some that have a name) */
#ifdef __GLIBC__
			cr_assert_null(name, "%d", error);
#endif
			continue;
		}
		cr_assert_not_null(name, "%d: %s", error, strerror(error));
		cr_assert_eq(errname_parse(name, strlen(name)), error);
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
		cr_assert_str_eq(name, strerrorname_np(error));
#endif
	}
}

Test(errname, failures_of_lookups_stand_among_the_others)
{
	cr_assert_str_eq(errname_of(ERRNAME_EAI_AGAIN), "EAI_AGAIN");
	cr_assert_str_eq(errname_of(ERRNAME_EAI_FAIL), "EAI_FAIL");
	cr_assert_eq(errname_parse("eai_again", 9), ERRNAME_EAI_AGAIN);
	cr_assert_eq(errname_parse("EAI_FAIL", 8), ERRNAME_EAI_FAIL);
}

Test(errname, second_names_parse_and_the_first_is_shown)
{
	cr_assert_eq(errname_parse("EWOULDBLOCK", 11), EWOULDBLOCK);
	cr_assert_eq(errname_parse("EDEADLOCK", 9), EDEADLOCK);
	cr_assert_eq(errname_parse("ENOTSUP", 7), ENOTSUP);
	cr_assert_str_eq(errname_of(EAGAIN), "EAGAIN");
	cr_assert_str_eq(errname_of(EOPNOTSUPP), "EOPNOTSUPP");
}

Test(errname, case_does_not_matter_but_the_whole_word_does)
{
	cr_assert_eq(errname_parse("econnRefused", 12), ECONNREFUSED);
	cr_assert_eq(errname_parse("ECONNREFUSEDX", 12), ECONNREFUSED);
	cr_assert_eq(errname_parse("ECONNREFUSEDX", 13), 0);
	cr_assert_eq(errname_parse("ECONN", 5), 0);
	cr_assert_eq(errname_parse("", 0), 0);
	cr_assert_eq(errname_parse("111", 3), 0);
}

Test(errname, values_without_a_name)
{
	cr_assert_null(errname_of(0));
	cr_assert_null(errname_of(-1));
	cr_assert_null(errname_of(ERRNAME_MAX - 1));
	cr_assert_null(errname_of(100000));
}

Test(errname, all_names_are_listed)
{
	size_t count;
	const char *const *names = errname_all(&count);

	cr_assert_geq(count, 133);
	for (size_t i = 0; i < count; i++)
		cr_assert_neq(errname_parse(names[i], strlen(names[i])), 0);
}
