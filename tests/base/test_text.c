/* SPDX-License-Identifier: MIT */
/*
 * test_text.c - lines in buffers of fixed size.
 */
#include "base/text.h"

#include <criterion/criterion.h>

Test(text, puts_strings_bytes_and_numbers)
{
	char buffer[64];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	cr_assert_str_eq(buffer, "");
	text_put(&text, "a=");
	text_put_number(&text, 0);
	text_put_char(&text, ' ');
	text_put_bytes(&text, "b=xyz", 3);
	text_put(&text, NULL);
	text_put_number(&text, UINT64_MAX);
	cr_assert_str_eq(buffer, "a=0 b=x18446744073709551615");
	cr_assert_eq(text_length(&text), strlen(buffer));
}

Test(text, what_does_not_fit_is_cut_and_the_end_is_a_nul)
{
	char buffer[6] = "zzzzz";
	struct text text;

	text_init(&text, buffer, 5);
	text_put(&text, "abc");
	text_put_number(&text, 1234);
	cr_assert_str_eq(buffer, "abc1");
	text_put_char(&text, 'x');
	cr_assert_str_eq(buffer, "abc1");
	cr_assert_eq(text_length(&text), 4);
	cr_assert_eq(buffer[5], '\0');
}

Test(text, buffer_of_one_byte_stays_empty)
{
	char buffer[1] = { 'x' };
	struct text text;

	text_init(&text, buffer, 1);
	text_put(&text, "abc");
	cr_assert_eq(buffer[0], '\0');
	cr_assert_eq(text_length(&text), 0);
}
