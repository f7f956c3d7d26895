/* SPDX-License-Identifier: MIT */
/*
 * test_series.c - no two breakers under the same labels, and none under those of another.
 */
#include "cli/series.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 8 };

static struct panel_view list[MOST];
static struct views views;
static struct series_list series;

static void set_up(void)
{
	memset(list, 0, sizeof(list));
	views = (struct views){ .list = list };
	series = (struct series_list){ NULL, 0 };
}

static void tear_down(void)
{
	series_release(&series);
}

TestSuite(series, .init = set_up, .fini = tear_down);

static struct panel_view *add(const char *destination, const char *rule)
{
	struct panel_view *view = &list[views.count++];

	snprintf(view->destination, sizeof(view->destination), "%s", destination);
	snprintf(view->rule, sizeof(view->rule), "%s", rule);
	view->key = (struct panel_key){ .address = { 10, 0, 0, 5 }, .port = 5432, .family = ADDR_IPV4, .policy = 1 };
	return view;
}

static const char *labels(size_t number)
{
	cr_assert_lt(number, series.count);
	return series.list[number].labels;
}

static void expect_fourth(size_t number, const char *three)
{
	size_t length = strlen(three);

	cr_expect(series.list[number].is_shared);
	cr_expect_eq(strncmp(labels(number), three, length), 0, "%s", labels(number));
	cr_expect_eq(strncmp(labels(number) + length, ",breaker=\"", 10), 0, "%s", labels(number));
	cr_expect_eq(strlen(labels(number)), length + 10 + 16 + 1);
}

static const char three[] = "destination=\"db:5432\",address=\"10.0.0.5:5432\",rule=\"*:5432\"";

Test(series, none_of_none)
{
	cr_assert(series_of_views(&series, &views));
	cr_assert_eq(series.count, 0);
}

Test(series, are_in_the_order_of_their_labels)
{
	add("web:80", "*");
	add("db:5432", "*:5432");
	add("db:5432", "*");
	cr_assert(series_of_views(&series, &views));
	cr_assert_str_eq(labels(0), "destination=\"db:5432\",address=\"10.0.0.5:5432\",rule=\"*\"");
	cr_assert_str_eq(labels(1), three);
	cr_assert_str_eq(labels(2), "destination=\"web:80\",address=\"10.0.0.5:5432\",rule=\"*\"");
	cr_assert_eq(series.list[1].view, &list[1]);
}

Test(series, breakers_of_different_policies_are_told_apart)
{
	add("db:5432", "*:5432")->key.policy = 2;
	add("db:5432", "*:5432")->key.policy = 3;
	add("web:80", "*");
	cr_assert(series_of_views(&series, &views));
	cr_assert_eq(series.count, 3);
	expect_fourth(0, three);
	expect_fourth(1, three);
	cr_assert_str_neq(labels(0), labels(1));
	cr_assert_not(series.list[2].is_shared);
}

Test(series, whatever_else_the_key_differs_in_tells_apart_too)
{
	add("db:5432", "*:5432")->key.netns = 4026531840;
	add("db:5432", "*:5432")->key.netns = 4026531841;
	add("db:5432", "*:5432")->key.protocol = 1;
	add("db:5432", "*:5432")->key.subject = 7;
	cr_assert(series_of_views(&series, &views));
	cr_assert_eq(series.count, 4);
	for (size_t i = 0; i < series.count; i++)
		expect_fourth(i, three);
	for (size_t i = 1; i < series.count; i++)
		cr_assert_str_neq(labels(i - 1), labels(i));
}

Test(series, the_number_of_a_breaker_does_not_depend_on_the_others)
{
	struct series_list later;
	char *before;

	add("db:5432", "*:5432")->key.policy = 2;
	add("db:5432", "*:5432")->key.policy = 3;
	cr_assert(series_of_views(&series, &views));
	before = strdup(labels(series.list[0].view == &list[0] ? 0 : 1));
	add("db:5432", "*:5432")->key.policy = 4;
	cr_assert(series_of_views(&later, &views));
	for (size_t i = 0; i < later.count; i++)
		cr_assert_eq(strcmp(later.list[i].labels, before) == 0, later.list[i].view == &list[0]);
	free(before);
	series_release(&later);
}

Test(series, a_breaker_that_was_read_twice_is_one)
{
	add("db:5432", "*:5432");
	add("db:5432", "*:5432");
	cr_assert(series_of_views(&series, &views));
	cr_assert_eq(series.count, 1);
	cr_assert_str_eq(labels(0), three);
}

Test(series, names_that_differ_only_in_what_cannot_be_shown_are_told_apart)
{
	add("\xff:1", "*")->key.port = 1;
	add("\xfe:1", "*")->key.port = 1;
	list[1].key.policy = 9;
	cr_assert(series_of_views(&series, &views));
	cr_assert_eq(series.count, 2);
	cr_assert_str_neq(labels(0), labels(1));
}
