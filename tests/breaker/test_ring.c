/* SPDX-License-Identifier: MIT */
/* test_ring.c - cells of calls in flight. */
#include <criterion/criterion.h>

#include "breaker/ring.h"
#include "support.h"

#define EIGHTH (1250 * MILLISECOND)

static uint64_t cell_with(uint32_t generation, uint32_t slice, unsigned waiting, unsigned pending)
{
	uint64_t cell = 0;

	for (unsigned i = 0; i < waiting; i++)
		cr_assert(ring_add(&cell, generation, slice, RING_WAITING));
	for (unsigned i = 0; i < pending; i++)
		cr_assert(ring_add(&cell, generation, slice, RING_PENDING));
	return cell;
}

Test(ring, a_slice_is_an_eighth_of_overdue)
{
	struct breaker_policy policy = plain_policy();

	cr_assert_eq(ring_slice(policy.overdue, 0), 0);
	cr_assert_eq(ring_slice(policy.overdue, EIGHTH - 1), 0);
	cr_assert_eq(ring_slice(policy.overdue, EIGHTH), 1);
	cr_assert_eq(ring_slice(policy.overdue, (UINT64_C(1) << 20) * EIGHTH + EIGHTH), 1);
	cr_assert_eq(ring_slice(policy.overdue, (UINT64_C(1) << 20) * EIGHTH - 1), 0xfffff);
	policy.overdue = 1;
	cr_assert_eq(ring_slice(policy.overdue, 17), 17);
}

Test(ring, with_overdue_off_there_is_one_slice_and_nothing_is_overdue)
{
	struct breaker_policy policy = plain_policy();

	policy.overdue = 0;
	cr_assert_eq(ring_slice(policy.overdue, NOON), 0);
	cr_assert_not(ring_is_overdue(policy.overdue, cell_with(1, 0, 1, 0), 9));
}

Test(ring, neighbouring_slices_have_cells_of_their_own_also_where_they_wrap)
{
	for (uint32_t i = 1; i < RING_CELLS; i++)
		cr_assert_neq(ring_index(5), ring_index(5 + i));
	cr_assert_eq(ring_index(0xfffff), RING_CELLS - 1);
	cr_assert_eq(ring_index(0), 0);
}

Test(ring, fields_lie_where_the_header_says)
{
	uint64_t cell = cell_with(0xabc123, 0x54321, 2, 3);

	cr_assert_eq(cell, UINT64_C(0x123) << 52 | UINT64_C(0x54321) << 32 | 2 << 16 | 3);
	cr_assert_eq(ring_generation(cell), 0x123);
	cr_assert_eq(ring_waiting(cell), 2);
	cr_assert_eq(ring_pending(cell), 3);
}

Test(ring, a_cell_matches_its_generation_and_slice_only)
{
	uint64_t cell = cell_with(0xabc123, 5, 1, 0);

	cr_assert(ring_matches(cell, 0xabc123, 5));
	cr_assert(ring_matches(cell, 0x123, 5), "the low 12 bits are compared");
	cr_assert(ring_matches(cell, 0x123, 0x100005), "the low 20 bits are compared");
	cr_assert_not(ring_matches(cell, 0x124, 5));
	cr_assert_not(ring_matches(cell, 0x123, 5 + RING_CELLS));
}

Test(ring, a_call_of_another_slice_or_generation_starts_the_cell_anew)
{
	uint64_t cell = cell_with(1, 5, 7, 7);

	cr_assert(ring_add(&cell, 1, 5 + RING_CELLS, RING_WAITING));
	cr_assert(ring_matches(cell, 1, 5 + RING_CELLS));
	cr_assert_eq(ring_waiting(cell), 1);
	cr_assert_eq(ring_pending(cell), 0);
	cr_assert(ring_add(&cell, 2, 5 + RING_CELLS, RING_PENDING));
	cr_assert_eq(ring_generation(cell), 2);
	cr_assert_eq(ring_waiting(cell), 0);
	cr_assert_eq(ring_pending(cell), 1);
}

Test(ring, a_full_count_takes_no_more_and_does_not_spill)
{
	uint64_t waiting = cell_with(1, 5, RING_COUNT_MAX, 0);
	uint64_t pending = cell_with(1, 5, 1, RING_COUNT_MAX);
	uint64_t before = pending;

	cr_assert_not(ring_add(&waiting, 1, 5, RING_WAITING));
	cr_assert_eq(ring_generation(waiting), 1);
	cr_assert_eq(ring_waiting(waiting), RING_COUNT_MAX);
	cr_assert_not(ring_add(&pending, 1, 5, RING_PENDING));
	cr_assert_eq(pending, before);
	cr_assert(ring_add(&waiting, 1, 5, RING_PENDING));
}

Test(ring, each_call_is_removed_once)
{
	uint64_t cell = cell_with(1, 5, 2, 1);

	cr_assert(ring_remove(&cell, 1, 5, RING_WAITING));
	cr_assert(ring_remove(&cell, 1, 5, RING_WAITING));
	cr_assert_not(ring_remove(&cell, 1, 5, RING_WAITING));
	cr_assert_eq(ring_pending(cell), 1);
	cr_assert(ring_remove(&cell, 1, 5, RING_PENDING));
	cr_assert_not(ring_remove(&cell, 1, 5, RING_PENDING));
	cr_assert_eq((uint32_t)cell, 0);
}

Test(ring, a_call_whose_cell_was_swept_or_taken_over_is_not_there)
{
	uint64_t swept = 0;
	uint64_t taken = cell_with(1, 5 + RING_CELLS, 1, 1);
	uint64_t before = taken;

	cr_assert_not(ring_remove(&swept, 1, 5, RING_WAITING));
	cr_assert_not(ring_detach(&swept, 1, 5));
	cr_assert_eq(swept, 0);
	cr_assert_not(ring_remove(&taken, 1, 5, RING_WAITING));
	cr_assert_not(ring_remove(&taken, 2, 5 + RING_CELLS, RING_WAITING));
	cr_assert_not(ring_detach(&taken, 1, 5));
	cr_assert_eq(taken, before);
}

Test(ring, a_swept_cell_of_generation_and_slice_zero_has_no_calls_to_remove)
{
	uint64_t swept = 0;

	cr_assert(ring_matches(swept, 0, 0));
	cr_assert_not(ring_remove(&swept, 0, 0, RING_WAITING));
	cr_assert_not(ring_remove(&swept, 0, 0, RING_PENDING));
	cr_assert_eq(swept, 0);
}

Test(ring, a_detached_call_waits_no_longer_and_is_pending)
{
	uint64_t cell = cell_with(1, 5, 2, 0);

	cr_assert(ring_detach(&cell, 1, 5));
	cr_assert_eq(ring_waiting(cell), 1);
	cr_assert_eq(ring_pending(cell), 1);
	cr_assert(ring_detach(&cell, 1, 5));
	cr_assert_not(ring_detach(&cell, 1, 5));
}

Test(ring, a_call_that_cannot_be_detached_because_the_count_is_full_waits_no_longer)
{
	uint64_t cell = cell_with(1, 5, 1, RING_COUNT_MAX);

	cr_assert_not(ring_detach(&cell, 1, 5));
	cr_assert_eq(ring_waiting(cell), 0);
	cr_assert_eq(ring_pending(cell), RING_COUNT_MAX);
}

Test(ring, a_cell_is_overdue_when_more_than_eight_slices_old)
{
	struct breaker_policy policy = plain_policy();
	uint64_t cell = cell_with(1, 0xffffe, 1, 0);

	cr_assert_not(ring_is_overdue(policy.overdue, cell, 0xffffe));
	cr_assert_not(ring_is_overdue(policy.overdue, cell, (0xffffe + 8) & 0xfffff));
	cr_assert(ring_is_overdue(policy.overdue, cell, (0xffffe + 9) & 0xfffff));
	cr_assert(ring_is_overdue(policy.overdue, cell, (0xffffe + 15) & 0xfffff));
	cr_assert(ring_is_overdue(policy.overdue, cell, (0xffffe + 100000) & 0xfffff));
}

Test(ring, a_slice_in_the_future_is_not_overdue)
{
	struct breaker_policy policy = plain_policy();

	cr_assert_not(ring_is_overdue(policy.overdue, cell_with(1, 6, 1, 0), 5));
	cr_assert_not(ring_is_overdue(policy.overdue, cell_with(1, 1000, 1, 0), 5));
}

Test(ring, a_cell_without_calls_is_not_overdue_and_one_with_pending_calls_is)
{
	struct breaker_policy policy = plain_policy();
	uint64_t cell = cell_with(1, 5, 0, 1);

	cr_assert(ring_is_overdue(policy.overdue, cell, 50));
	ring_remove(&cell, 1, 5, RING_PENDING);
	cr_assert_not(ring_is_overdue(policy.overdue, cell, 50));
	cr_assert_not(ring_is_overdue(policy.overdue, 0, 50));
}

Test(ring, overdue_is_rounded_up_by_at_most_an_eighth)
{
	uint64_t seed = 5;

	for (int i = 0; i < 100000; i++) {
		struct breaker_policy policy = plain_policy();
		uint64_t began = NOON + draw_below(&seed, 3600 * SECOND);
		uint64_t eighth, cell, just, late;

		policy.overdue = 8 + draw_below(&seed, 60 * SECOND);
		eighth = policy_eighth(policy.overdue);
		cell = cell_with(1, ring_slice(policy.overdue, began), 1, 0);
		just = began + policy.overdue;
		late = began + 9 * eighth;
		if (ring_is_overdue(policy.overdue, cell, ring_slice(policy.overdue, just - 1)))
			cr_assert_fail("early");
		if (!ring_is_overdue(policy.overdue, cell, ring_slice(policy.overdue, late)))
			cr_assert_fail("late");
	}
}
