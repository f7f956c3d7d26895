/* SPDX-License-Identifier: MIT */
/*
 * test_label.c - whatever a name holds, its label can be read.
 */
#include "cli/label.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define REPLACED "\xef\xbf\xbd"

static void expect(const char *value, const char *text)
{
	char *printed = NULL;
	size_t length;
	FILE *file = open_memstream(&printed, &length);

	label_print(file, "rule", value);
	fclose(file);
	cr_expect_str_eq(printed, text);
	free(printed);
}

Test(label, plain_text_stays_as_it_is)
{
	expect("", "rule=\"\"");
	expect("db.internal:5432", "rule=\"db.internal:5432\"");
	expect("{a='b',c}", "rule=\"{a='b',c}\"");
}

Test(label, backslash_quote_and_newline_are_escaped)
{
	expect("a\\b\"c\nd", "rule=\"a\\\\b\\\"c\\nd\"");
	expect("\\n\\", "rule=\"\\\\n\\\\\"");
}

Test(label, characters_of_utf_8_stay)
{
	expect("\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf",
	       "rule=\"\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf\"");
	expect("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", "rule=\"\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf\"");
}

Test(label, bytes_that_are_no_character_are_replaced)
{
	expect("a\x80" "b", "rule=\"a" REPLACED "b\"");
	expect("\xc0\xaf", "rule=\"" REPLACED REPLACED "\"");
	expect("\xe0\x9f\xbf", "rule=\"" REPLACED REPLACED REPLACED "\"");
	expect("\xed\xa0\x80", "rule=\"" REPLACED REPLACED REPLACED "\"");
	expect("\xf0\x8f\xbf\xbf", "rule=\"" REPLACED REPLACED REPLACED REPLACED "\"");
	expect("\xf4\x90\x80\x80", "rule=\"" REPLACED REPLACED REPLACED REPLACED "\"");
	expect("\xff\xfe", "rule=\"" REPLACED REPLACED "\"");
}

Test(label, character_that_was_cut_off_is_replaced)
{
	expect("\xc3", "rule=\"" REPLACED "\"");
	expect("\xe2\x82", "rule=\"" REPLACED REPLACED "\"");
	expect("\xf0\x9f\x98\"", "rule=\"" REPLACED REPLACED REPLACED "\\\"\"");
}
