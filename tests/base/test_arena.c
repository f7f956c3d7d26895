/* SPDX-License-Identifier: MIT */
/*
 * test_arena.c - memory from mmap().
 */
#include "base/arena.h"

#include <criterion/criterion.h>
#include <stdint.h>

Test(arena, memory_is_zeroed_aligned_and_disjoint)
{
	struct arena arena = ARENA_EMPTY;
	unsigned char *before = NULL;

	for (size_t size = 0; size < 3000; size++) {
		unsigned char *taken = arena_take(&arena, size);

		cr_assert_not_null(taken);
		cr_assert_eq((uintptr_t)taken % 16, 0);
		for (size_t i = 0; i < size; i++)
			cr_assert_eq(taken[i], 0);
		memset(taken, 0xa5, size);
		if (before != NULL && size > 1)
			cr_assert_eq(before[size - 2], 0xa5);
		before = taken;
	}
	arena_release(&arena);
	cr_assert_null(arena.chunks);
}

Test(arena, big_requests_are_served_and_leave_room_for_small_ones)
{
	struct arena arena = ARENA_EMPTY;
	char *big = arena_take(&arena, 5000000);

	cr_assert_not_null(big);
	big[4999999] = 1;
	cr_assert_not_null(arena_take(&arena, 16));
	arena_release(&arena);
}

Test(arena, impossible_requests_give_null_and_harm_nothing)
{
	struct arena arena = ARENA_EMPTY;

	cr_assert_null(arena_take(&arena, SIZE_MAX));
	cr_assert_null(arena_take(&arena, SIZE_MAX / 4));
	cr_assert_null(arena_copy(&arena, "x", SIZE_MAX));
	cr_assert_not_null(arena_take(&arena, 1));
	arena_release(&arena);
	arena_release(&arena);
}

Test(arena, copies_end_in_a_nul)
{
	struct arena arena = ARENA_EMPTY;

	cr_assert_str_eq(arena_copy(&arena, "abcdef", 3), "abc");
	cr_assert_str_eq(arena_copy(&arena, NULL, 0), "");
	arena_release(&arena);
}
