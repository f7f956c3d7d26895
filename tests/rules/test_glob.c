/* SPDX-License-Identifier: MIT */
/*
 * test_glob.c - names with wildcards.
 */
#include "rules/glob.h"

#include <criterion/criterion.h>
#include <string.h>

static bool matches(const char *glob, const char *name)
{
	return glob_match(glob, strlen(glob), name, strlen(name));
}

static const char *tail(const char *glob)
{
	return glob + glob_tail(glob, strlen(glob));
}

Test(glob, star_is_any_run_and_question_mark_one_character)
{
	cr_assert(matches("*", ""));
	cr_assert(matches("*", "a.b"));
	cr_assert(matches("a*c", "ac"));
	cr_assert(matches("a*c", "abcbc"));
	cr_assert_not(matches("a*c", "abcb"));
	cr_assert(matches("*a*b*", "xxaxxbxx"));
	cr_assert_not(matches("*a*b*", "xxbxxaxx"));
	cr_assert(matches("?", "x"));
	cr_assert_not(matches("?", ""));
	cr_assert_not(matches("?", "xy"));
	cr_assert(matches("*?", "x"));
	cr_assert(matches("a?c", "a.c"));
	cr_assert(matches("", ""));
	cr_assert_not(matches("", "a"));
	cr_assert(matches("a**b", "ab"));
}

Test(glob, name_may_be_in_any_case)
{
	cr_assert(matches("db-*.internal", "DB-1.Internal"));
}

Test(glob, many_stars_do_not_take_forever)
{
	char glob[200], name[250];

	for (size_t i = 0; i < sizeof(glob); i += 2) {
		glob[i] = '*';
		glob[i + 1] = 'a';
	}
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = 'b';
	cr_assert_not(glob_match(glob, sizeof(glob), name, sizeof(name)));
}

Test(glob, tail_is_the_literal_labels_at_the_end)
{
	cr_assert_str_eq(tail("*.example.com"), "example.com");
	cr_assert_str_eq(tail("db-*.eu.example.com"), "eu.example.com");
	cr_assert_str_eq(tail("a.*b.com"), "com");
	cr_assert_str_eq(tail("*example.com"), "com");
	cr_assert_str_eq(tail("?.com"), "com");
	cr_assert_str_eq(tail("*"), "");
	cr_assert_str_eq(tail("db*"), "");
	cr_assert_str_eq(tail("db.*"), "");
}
