/* SPDX-License-Identifier: MIT */
/*
 * test_fdtable.c - the words of descriptors.
 */
#include <criterion/criterion.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hook/fdtable.h"

enum { THOUSAND = 1000, FAR = 100 * THOUSAND };

/* How many pages of the table are in memory. */
static size_t pages_in_memory(void)
{
	static unsigned char in_memory[sizeof(fd_table) / 4096 + 2];
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	char *first = (char *)((uintptr_t)fd_table / page * page);
	size_t length = sizeof(fd_table) + (size_t)((char *)fd_table - first), count = 0;

	cr_assert_eq(mincore(first, length, in_memory), 0);
	for (size_t i = 0; i < (length + page - 1) / page; i++)
		count += in_memory[i] & 1;
	return count;
}

/* A word with a reference to some call. */
#define CALLED(what) (UINT64_C(5) << 32 | UINT64_C(1) << 16 | (what))

Test(fdtable, a_descriptor_that_was_never_seen_has_no_word)
{
	cr_assert_eq(fd_word(3), 0);
	cr_assert_not(fd_watched(3));
	cr_assert_eq(fd_table_used(), 0);
}

Test(fdtable, only_a_descriptor_with_a_call_is_watched)
{
	cr_assert(fd_set_word(3, FD_TCP | FD_CONNECTED | FD_OWED | FD_FASTOPEN));
	cr_assert_not(fd_watched(3));
	cr_assert(fd_set_word(3, CALLED(FD_TCP)));
	cr_assert(fd_watched(3));
	cr_assert_eq(fd_what(fd_word(3)), FD_TCP);
	cr_assert_not(fd_watched(2));
	cr_assert_not(fd_watched(4));
}

Test(fdtable, descriptors_outside_the_table_have_no_word_and_get_none)
{
	static const int outside[] = { -1, INT_MIN, FD_TABLE_SIZE, INT_MAX };

	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		cr_expect_not(fd_set_word(outside[i], CALLED(FD_TCP)));
		cr_expect_not(fd_replace_word(outside[i], 0, FD_TCP));
		fd_change_flags(outside[i], 0, FD_OWED);
		cr_expect_eq(fd_word(outside[i]), 0);
	}
	cr_assert_eq(fd_table_used(), 0);
}

Test(fdtable, the_last_descriptor_of_the_table_has_a_word)
{
	cr_assert(fd_set_word(FD_TABLE_SIZE - 1, FD_TCP));
	cr_assert_eq(fd_word(FD_TABLE_SIZE - 1), FD_TCP);
	cr_assert_eq(fd_table_used(), FD_TABLE_SIZE);
}

/* Each has its own; that of a descriptor that was closed is as new. */
Test(fdtable, a_hundred_thousand_descriptors_and_more_have_their_words)
{
	for (int fd = 0; fd < 2 * FAR; fd++)
		cr_assert(fd_set_word(fd, (uint64_t)fd << 32 | UINT64_C(1) << 16 | FD_TCP));
	for (int fd = 0; fd < 2 * FAR; fd++)
		cr_assert_eq(fd_word(fd), ((uint64_t)fd << 32 | UINT64_C(1) << 16 | FD_TCP));
	cr_assert_eq(fd_table_used(), 2 * FAR);
	for (int fd = FAR; fd < 2 * FAR; fd++)
		cr_assert(fd_set_word(fd, 0));
	for (int fd = FAR; fd < 2 * FAR; fd++)
		cr_assert_eq(fd_word(fd), 0);
	cr_assert(fd_watched(FAR - 1));
}

Test(fdtable, a_high_number_takes_no_memory_for_those_below_it)
{
	size_t before = pages_in_memory(), words_of_a_page = (size_t)sysconf(_SC_PAGESIZE) / sizeof(fd_table[0]);

	for (int fd = FAR; fd < FAR + THOUSAND; fd++)
		cr_assert_not(fd_watched(fd)); /* a look may take the page of zeros that all share */
	cr_assert(fd_set_word(FAR, FD_TCP));
	cr_assert(fd_set_word(2 * FAR, FD_TCP));
	cr_assert_leq(pages_in_memory(), before + THOUSAND / words_of_a_page + 4);
}

Test(fdtable, a_word_is_replaced_only_where_it_is_the_expected_one)
{
	fd_set_word(7, FD_TCP);
	cr_assert_not(fd_replace_word(7, FD_OTHER, CALLED(FD_OTHER)));
	cr_assert_eq(fd_word(7), FD_TCP);
	cr_assert(fd_replace_word(7, FD_TCP, CALLED(FD_TCP)));
	cr_assert_eq(fd_word(7), CALLED(FD_TCP));
}

Test(fdtable, flags_come_and_go_where_no_call_is_in_flight)
{
	fd_set_word(7, FD_TCP | FD_OWED);
	fd_change_flags(7, FD_OWED, FD_CONNECTED);
	cr_assert_eq(fd_word(7), (FD_TCP | FD_CONNECTED));
	fd_set_word(7, CALLED(FD_TCP));
	fd_change_flags(7, 0, FD_CONNECTED);
	cr_assert_eq(fd_word(7), CALLED(FD_TCP));
}

Test(fdtable, a_walk_ends_behind_the_highest_word_that_ever_was)
{
	fd_set_word(40, FD_TCP);
	fd_set_word(9, FD_TCP);
	cr_assert_eq(fd_table_used(), 41);
	fd_set_word(40, 0);
	fd_set_word(500, 0);
	cr_assert_eq(fd_table_used(), 41);
	fd_replace_word(60, 0, FD_OTHER);
	cr_assert_eq(fd_table_used(), 61);
}
