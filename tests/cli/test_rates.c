/* SPDX-License-Identifier: MIT */
/*
 * test_rates.c - rates between readings, in fabricated time.
 */
#include "cli/rates.h"

#include <criterion/criterion.h>
#include <string.h>

#define SEC UINT64_C(1000000000)
#define T0 (1000 * SEC)

static struct panel_view list[3];
static struct views views;
static struct rates rates;

static void set_up(void)
{
	memset(list, 0, sizeof(list));
	views = (struct views){ .list = list, .count = 1, .now = T0 };
	rates = RATES_EMPTY;
	for (uint16_t i = 0; i < 3; i++)
		list[i].key.port = (uint16_t)(100 - i);
}

static void tear_down(void)
{
	rates_release(&rates);
}

TestSuite(rates, .init = set_up, .fini = tear_down);

/* So many more calls of the breaker end in each second. */
static void go_on(unsigned number, uint64_t successes, uint64_t failures)
{
	list[number].totals[TOTAL_CALLS] += successes + failures;
	list[number].totals[TOTAL_SUCCESSES] += successes;
	list[number].totals[TOTAL_FAILURES] += failures;
}

static void read_after(uint64_t ns)
{
	views.now += ns;
	cr_assert(rates_read(&rates, &views));
}

static void expect(unsigned number, double calls, double failures)
{
	struct rate rate = rates_of(&rates, &list[number].key);

	cr_expect(rate.has_calls);
	cr_expect_float_eq(rate.calls, calls, 1e-9);
	cr_expect_eq(rate.has_failures, failures >= 0);
	if (failures >= 0)
		cr_expect_float_eq(rate.failures, failures, 1e-9);
}

Test(rates, there_are_none_of_one_reading)
{
	struct rate rate;

	go_on(0, 100, 100);
	read_after(0);
	rate = rates_of(&rates, &list[0].key);
	cr_assert_not(rate.has_calls);
	cr_assert_not(rate.has_failures);
}

Test(rates, are_between_the_oldest_and_the_newest_reading)
{
	go_on(0, 1000, 1000);
	read_after(0);
	go_on(0, 9, 3);
	read_after(2 * SEC);
	expect(0, 6, 0.25);
	read_after(2 * SEC);
	expect(0, 3, 0.25);
}

Test(rates, readings_that_are_too_old_do_not_count)
{
	read_after(0);
	go_on(0, 0, 500);
	for (int i = 0; i < 10; i++)
		read_after(SEC);
	expect(0, 50, 1);
	read_after(SEC);
	expect(0, 0, -1);
}

Test(rates, slow_calls_are_finished_ones)
{
	read_after(0);
	go_on(0, 0, 1);
	list[0].totals[TOTAL_CALLS] += 3;
	list[0].totals[TOTAL_SLOW] += 3;
	read_after(SEC);
	expect(0, 4, 0.25);
}

Test(rates, breakers_are_told_apart_and_may_come_and_go)
{
	views.count = 3;
	read_after(0);
	go_on(0, 1, 0);
	go_on(1, 2, 0);
	go_on(2, 0, 3);
	read_after(SEC);
	expect(0, 1, 0);
	expect(1, 2, 0);
	expect(2, 3, 1);
	views.count = 1;
	read_after(SEC);
	cr_assert_not(rates_of(&rates, &list[2].key).has_calls);
	expect(0, 0.5, 0);
}

Test(rates, counts_that_went_back_begin_anew)
{
	go_on(0, 100, 0);
	read_after(0);
	memset(list[0].totals, 0, sizeof(list[0].totals));
	read_after(SEC);
	cr_assert_not(rates_of(&rates, &list[0].key).has_calls);
	go_on(0, 5, 0);
	read_after(SEC);
	expect(0, 5, 0);
}

Test(rates, a_clock_that_stands_still_begins_anew)
{
	read_after(0);
	go_on(0, 5, 0);
	read_after(0);
	cr_assert_not(rates_of(&rates, &list[0].key).has_calls);
}
