/* SPDX-License-Identifier: MIT */
/*
 * test_suggest.c - the nearest known word.
 */
#include "base/suggest.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const words[] = {
	"failures", "failure-rate", "timeout", "max-timeout", "mode", "per", "pass", "deny",
};

static const char *nearest(const char *word)
{
	const char *found = suggest(word, strlen(word), words, sizeof(words) / sizeof(words[0]));

	return found != NULL ? found : "-";
}

Test(suggest, finds_one_edit_of_each_kind)
{
	cr_assert_str_eq(nearest("falures"), "failures");
	cr_assert_str_eq(nearest("faiilures"), "failures");
	cr_assert_str_eq(nearest("fallures"), "failures");
	cr_assert_str_eq(nearest("fialures"), "failures");
	cr_assert_str_eq(nearest("dney"), "deny");
}

Test(suggest, case_is_no_edit)
{
	cr_assert_str_eq(nearest("FAILURES"), "failures");
	cr_assert_str_eq(nearest("Mode"), "mode");
}

Test(suggest, allows_a_third_of_the_letters_and_three_at_most)
{
	cr_assert_str_eq(nearest("failrs"), "failures");    /* 6 letters, 2 edits */
	cr_assert_str_eq(nearest("failu"), "-");            /* 5 letters, 3 edits */
	cr_assert_str_eq(nearest("pas"), "pass");           /* 3 letters, 1 edit */
	cr_assert_str_eq(nearest("pa"), "-");               /* 2 letters, 2 edits */
	cr_assert_str_eq(nearest("pe"), "per");
	cr_assert_str_eq(nearest("failurerates"), "failure-rate");
	cr_assert_str_eq(nearest("fxixuxexrate"), "-");     /* 12 letters, 4 edits */
}

Test(suggest, takes_the_nearest)
{
	cr_assert_str_eq(nearest("timeouts"), "timeout");
	cr_assert_str_eq(nearest("max-timeot"), "max-timeout");
}

Test(suggest, empty_tiny_and_endless_words_are_near_to_nothing)
{
	cr_assert_str_eq(nearest(""), "-");
	cr_assert_str_eq(nearest("x"), "-");
	cr_assert_str_eq(nearest("failuresfailuresfailuresfailuresfailures"), "-");
	cr_assert_null(suggest("mode", 4, words, 0));
}
