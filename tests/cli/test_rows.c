/* SPDX-License-Identifier: MIT */
/*
 * test_rows.c - orders and texts of cutout top.
 */
#include "cli/rows.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SEC UINT64_C(1000000000)
#define T0 (1000 * SEC)

static struct panel_view list[3];
static struct views views;
static struct rates rates;
static struct rows rows;

/* b is open, c half-open, a closed. */
static void set_up(void)
{
	static const char *const names[] = { "a:1", "b:1", "c:1" };
	static const enum breaker_phase phases[] = { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

	memset(list, 0, sizeof(list));
	for (uint16_t i = 0; i < 3; i++) {
		strcpy(list[i].destination, names[i]);
		list[i].key.port = (uint16_t)(i + 1);
		list[i].state.phase = phases[i];
	}
	views = (struct views){ .list = list, .count = 3, .now = T0 };
	rates = RATES_EMPTY;
	rows = ROWS_EMPTY;
}

static void tear_down(void)
{
	rows_release(&rows);
	rates_release(&rates);
}

TestSuite(rows, .init = set_up, .fini = tear_down);

static void end_calls(unsigned number, uint64_t successes, uint64_t failures)
{
	list[number].totals[TOTAL_CALLS] = successes + failures;
	list[number].totals[TOTAL_SUCCESSES] = successes;
	list[number].totals[TOTAL_FAILURES] = failures;
}

static void expect_order(enum rows_order order, const char *letters)
{
	rows_release(&rows);
	cr_assert(rows_make(&rows, &views, &rates, order));
	cr_assert_eq(rows.count, 3);
	for (size_t i = 0; i < 3; i++)
		cr_expect_eq(rows.list[i].view->destination[0], letters[i], "%s at %zu", rows_order_name(order), i);
}

static const char *cell(unsigned number, enum rows_column column)
{
	static char text[VIEW_TEXT_MAX];
	struct row row = { &list[number], rates_of(&rates, &list[number].key) };

	return row_cell(&row, column, T0, text);
}

Test(rows, have_several_orders)
{
	cr_assert(rates_read(&rates, &views));
	views.now += SEC;
	end_calls(0, 10, 0);
	end_calls(2, 1, 1);
	list[0].totals[TOTAL_REFUSED] = 1;
	list[2].totals[TOTAL_REFUSED] = 2;
	cr_assert(rates_read(&rates, &views));
	expect_order(ROWS_BY_STATE, "bca");
	expect_order(ROWS_BY_DESTINATION, "abc");
	expect_order(ROWS_BY_FAILURES, "cab");
	expect_order(ROWS_BY_CALLS, "acb");
	expect_order(ROWS_BY_REFUSED, "cab");
}

Test(rows, of_what_is_equal_have_the_order_of_states)
{
	expect_order(ROWS_BY_FAILURES, "bca");
	expect_order(ROWS_BY_CALLS, "bca");
	expect_order(ROWS_BY_REFUSED, "bca");
}

Test(rows, cells_have_their_texts)
{
	cr_expect_str_eq(cell(0, ROWS_STATE), "closed");
	cr_expect_str_eq(cell(0, ROWS_RATE), "-");
	cr_expect_str_eq(cell(0, ROWS_CALLS), "-");
	cr_expect_str_eq(cell(0, ROWS_ERROR), "-");
	cr_expect_str_eq(cell(0, ROWS_RETRY), "-");
	list[1].state.deadline = T0 + 5 * SEC;
	list[1].last_error = ECONNREFUSED;
	cr_expect_str_eq(cell(1, ROWS_RETRY), "5.0s");
	cr_expect_str_eq(cell(1, ROWS_ERROR), "ECONNREFUSED");
	list[1].state.held = true;
	cr_expect_str_eq(cell(1, ROWS_STATE), "open*");
	cr_expect_str_eq(cell(1, ROWS_RETRY), "-");
}

Test(rows, numbers_fit_their_columns)
{
	static const uint64_t calls[] = { 0, 1, 99, 100, 99999, 100000, UINT64_C(123456789012) };
	static const char *const texts[] = { "0.0", "1.0", "99.0", "100", "99999", "1.0e+05", "1.2e+11" };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		rates_release(&rates);
		list[0].totals[TOTAL_CALLS] = 0;
		cr_assert(rates_read(&rates, &views));
		views.now += SEC;
		list[0].totals[TOTAL_CALLS] = calls[i];
		cr_assert(rates_read(&rates, &views));
		cr_expect_str_eq(cell(0, ROWS_CALLS), texts[i]);
	}
	list[0].totals[TOTAL_REFUSED] = 9999999;
	cr_expect_str_eq(cell(0, ROWS_REFUSED), "9999999");
	list[0].totals[TOTAL_REFUSED] = 10000000;
	cr_expect_str_eq(cell(0, ROWS_REFUSED), "10M");
	list[0].totals[TOTAL_REFUSED] = UINT64_MAX;
	cr_expect_str_eq(cell(0, ROWS_REFUSED), "1.8e+19");
}

static void expect_short(const char *text, size_t width, const char *expected)
{
	char copy[64];

	snprintf(copy, sizeof(copy), "%s", text);
	cr_expect_str_eq(rows_shorten(copy, width), expected);
}

Test(rows, long_texts_lose_their_middle)
{
	expect_short("db.internal:5432", 16, "db.internal:5432");
	expect_short("db.internal:5432", 15, "db.int..al:5432");
	expect_short("db.internal:5432", 6, "db..32");
	expect_short("db.internal:5432", 5, "db.in");
	expect_short("db.internal:5432", 0, "");
	expect_short("", 0, "");
}
