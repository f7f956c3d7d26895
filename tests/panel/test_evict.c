/* SPDX-License-Identifier: MIT */
/*
 * test_evict.c - who makes room in a full panel, who never does, and what is left of him.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/hash.h"
#include "kit.h"
#include "panel/bucket.h"
#include "panel/events.h"
#include "panel/evict.h"
#include "panel/mode.h"

enum { FIRST = 10000, THREADS = 4, KEYS = 3000 };

static struct kit kit;

static void set_up(void)
{
	kit_breaker(&kit);
}

static void tear_down(void)
{
	panel_close(&kit.panel);
}

TestSuite(evict, .init = set_up, .fini = tear_down);

static struct panel_figures figures(void)
{
	struct panel_figures now;

	panel_figures(&kit.panel, &now);
	return now;
}

/* Of that number, asked for at that time. Far more numbers than there are ports. */
static struct panel_seat seat_of(unsigned number, uint64_t now)
{
	struct panel_identity identity = { &kit.policy, "host", "*" };
	struct panel_key key = {
		.policy = policy_hash(&kit.policy), .subject = number, .port = 1, .family = 4, .protocol = 1,
	};

	return panel_find(&kit.panel, &key, &identity, now);
}

static bool is_there(unsigned number)
{
	struct panel_key key = {
		.policy = policy_hash(&kit.policy), .subject = number, .port = 1, .family = 4, .protocol = 1,
	};

	return panel_peek(&kit.panel, &key).slot != NULL;
}

/* All slots, the kit's breaker in the first; one after the other, so that their ages differ. */
static void fill(void)
{
	for (unsigned i = 1; i < PANEL_SLOTS; i++)
		cr_assert_not_null(seat_of(FIRST + i, T0 + i * SEC).slot);
	cr_assert_eq(figures().evictions, 0);
	cr_assert_eq(figures().breakers, PANEL_SLOTS);
}

#define FULL (T0 + PANEL_SLOTS * SEC)

static void use(struct panel_slot *slot, uint64_t now)
{
	kit.slot = slot;
	kit_call(&kit, OUTCOME_SUCCESS, now);
}

static void open_all(uint64_t now)
{
	for (unsigned i = 0; i < PANEL_SLOTS; i++) {
		kit.slot = &kit.panel.file->slots[i];
		kit_trip(&kit, now);
	}
}

Test(evict, one_that_was_not_asked_for_long_makes_room)
{
	struct panel_seat seat;

	fill();
	seat = seat_of(1, FULL);
	cr_assert_not_null(seat.slot);
	cr_assert_eq(figures().evictions, 1);
	cr_assert_eq(figures().breakers, PANEL_SLOTS);
	cr_assert_eq(figures().unprotected, 0);
	cr_assert(is_there(1));
	cr_assert_eq(seat.slot, &kit.panel.file->slots[0], "the oldest of the first ones");
	cr_assert_null(panel_peek(&kit.panel, &(struct panel_key){ .port = 5432 }).slot);
}

Test(evict, those_that_are_in_use_stay_whatever_comes_and_goes)
{
	struct panel_seat hot[20];

	fill();
	for (unsigned i = 0; i < 20; i++)
		hot[i] = seat_of(FIRST + 100 * (i + 1), FULL);
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t now = FULL + i * (SEC / 100);

		use(hot[i % 20].slot, now);
		cr_assert_not_null(seat_of(100000 + i, now).slot);
	}
	for (unsigned i = 0; i < 20; i++)
		cr_assert_eq(seat_of(FIRST + 100 * (i + 1), FULL).status, hot[i].status);
	cr_assert_eq(figures().evictions, 20000);
	cr_assert_eq(figures().unprotected, 0);
}

Test(evict, no_open_circuit_is_lost_while_there_is_room_for_all)
{
	enum { OPEN = PANEL_SLOTS - 10 };
	static struct panel_seat open[OPEN];

	kit.policy.timeout = kit.policy.max_timeout = 1000 * SEC;
	for (unsigned i = 0; i < OPEN; i++) {
		open[i] = seat_of(i, T0);
		cr_assert_not_null(open[i].slot);
		kit.slot = open[i].slot;
		kit_trip(&kit, T0);
		for (unsigned j = 0; j < 5; j++)
			cr_assert_not_null(seat_of(100000 + 5 * i + j, T0 + SEC).slot);
	}
	for (unsigned i = 0; i < OPEN; i++) {
		kit.slot = seat_of(i, T0 + SEC).slot;
		cr_assert_eq(kit.slot, open[i].slot);
		kit_expect_refused(&kit, T0 + SEC);
	}
	cr_assert_eq(figures().unprotected, 0);
}

Test(evict, where_all_are_open_calls_pass_unprotected_and_are_counted)
{
	kit.policy.timeout = kit.policy.max_timeout = 1000 * SEC;
	fill();
	open_all(FULL);
	cr_assert_null(seat_of(1, FULL).slot);
	cr_assert_null(seat_of(2, FULL).slot);
	cr_assert_eq(figures().unprotected, 2);
	cr_assert_eq(figures().evictions, 0);
	cr_assert_not_null(seat_of(FIRST + 5, FULL).slot, "those that are there are still found");
	kit.slot = seat_of(FIRST + 5, FULL).slot;
	cr_assert(panel_reset(kit.slot, &kit.policy, FULL, false, kit.changes));
	cr_assert_null(seat_of(1, FULL + SEC / 20).slot, "it was looked for in vain a moment ago");
	cr_assert_eq(seat_of(1, FULL + SEC / 5).slot, kit.slot, "the only one that can");
}

/* One slot that is not open, which something else keeps. */
static struct panel_slot *the_only_closed_one(void)
{
	struct panel_slot *slot;

	kit.policy.timeout = kit.policy.max_timeout = 1000 * SEC;
	fill();
	open_all(FULL);
	slot = kit.slot = &kit.panel.file->slots[77];
	cr_assert(panel_reset(slot, &kit.policy, FULL, false, kit.changes));
	return slot;
}

Test(evict, one_that_is_half_open_stays)
{
	the_only_closed_one();
	kit_trip(&kit, FULL);
	kit_call(&kit, OUTCOME_SUCCESS, FULL + 1001 * SEC);
	cr_assert_eq(kit_view(&kit, FULL + 1001 * SEC).state.phase, BREAKER_HALF_OPEN);
	cr_assert_null(evict(kit.panel.file, FULL + 1001 * SEC));
}

Test(evict, one_that_is_held_closed_stays)
{
	struct panel_slot *slot = the_only_closed_one();

	cr_assert(panel_reset(slot, &kit.policy, FULL, true, kit.changes));
	cr_assert_null(evict(kit.panel.file, FULL));
}

Test(evict, one_with_a_mode_of_its_own_stays)
{
	panel_set_slot_mode(the_only_closed_one(), PANEL_MODE_OBSERVE);
	cr_assert_null(evict(kit.panel.file, FULL));
}

Test(evict, one_with_a_call_in_flight_stays_until_that_ends_or_is_overdue)
{
	struct panel_slot *slot = the_only_closed_one();
	struct panel_call call = kit_admit(&kit, FULL);

	cr_assert_null(evict(kit.panel.file, FULL + SEC));
	cr_assert(panel_detach(&call));
	cr_assert_null(evict(kit.panel.file, FULL + 2 * SEC));
	kit_report(&kit, &call, OUTCOME_SUCCESS, FULL + 2 * SEC);
	cr_assert_eq(evict(kit.panel.file, FULL + 3 * SEC), slot);
}

Test(evict, one_to_which_connections_are_held_stays_until_nobody_has_asked_it_for_long)
{
	const struct panel_holder holder = { .pid = 1, .space = 1, .since = T0 };
	struct panel_slot *slot = the_only_closed_one();
	unsigned hold;

	cr_assert_eq(panel_hold(&kit.panel, slot, &holder, 9, &hold), PANEL_HELD);
	kit_call(&kit, OUTCOME_SUCCESS, FULL);
	cr_assert_null(evict(kit.panel.file, FULL + 599 * SEC));
	cr_assert_eq(evict(kit.panel.file, FULL + 601 * SEC), slot);
	panel_let_go(&kit.panel, slot, &holder, hold);
	cr_assert_eq(panel_connections(slot), 0);
}

Test(evict, call_that_is_overdue_keeps_nobody)
{
	struct panel_slot *slot = the_only_closed_one();

	kit_admit(&kit, FULL);
	cr_assert_eq(evict(kit.panel.file, FULL + 20 * SEC), slot);
}

/* The kit's breaker becomes that of number 1, in the same slot. */
static struct panel_seat replace(void)
{
	struct panel_seat seat;

	fill();
	seat = seat_of(1, FULL);
	cr_assert_eq(seat.slot, kit.slot);
	return seat;
}

Test(evict, nothing_of_the_former_one_is_left)
{
	struct panel_view view;

	kit.policy.window = 10 * SEC;
	kit.policy.failure_rate = POLICY_RATE_ONE / 2;
	for (unsigned i = 0; i < 3; i++)
		kit_call(&kit, OUTCOME_FAILURE, T0);
	panel_trip(kit.slot, &kit.policy, T0, 0, false, kit.changes);
	panel_reset(kit.slot, &kit.policy, T0, false, kit.changes);
	for (unsigned i = 0; i < 4; i++)
		kit_call(&kit, OUTCOME_FAILURE, T0);
	replace();
	view = kit_view(&kit, FULL);
	cr_assert_str_eq(view.destination, "host");
	cr_assert_eq(view.key.subject, 1);
	cr_assert_eq(view.state.phase, BREAKER_CLOSED);
	cr_assert_eq(view.state.failures, 0);
	cr_assert_eq(view.since, FULL / 1024 * 1024);
	cr_assert_eq(view.requests + view.failures + view.consecutive_failures, 0);
	for (unsigned i = 0; i < PANEL_TOTALS; i++)
		cr_assert_eq(view.totals[i], 0, "total %u", i);
	cr_assert_eq(view.error_count, 0);
	cr_assert_eq(view.last_error, 0);
	cr_assert_eq(view.transitions[BREAKER_CLOSED][BREAKER_OPEN], 0);
	cr_assert_eq(view.mode, PANEL_MODE_DEFAULT);
	for (unsigned i = 0; i < kit.policy.failures - 1; i++)
		kit_call(&kit, OUTCOME_FAILURE, FULL);
	cr_assert_eq(kit.changes[0].reason, REASON_NONE, "its failures count from nothing");
	kit_call(&kit, OUTCOME_FAILURE, FULL);
	cr_assert_eq(kit.changes[0].reason, REASON_CONSECUTIVE_FAILURES);
}

Test(evict, generations_go_on_and_late_results_are_dropped)
{
	struct panel_call call = kit_admit(&kit, T0);
	struct panel_view view;

	replace();
	for (unsigned i = 0; i < 10; i++)
		kit_report(&kit, &call, OUTCOME_FAILURE, FULL);
	view = kit_view(&kit, FULL);
	cr_assert_gt(view.state.generation, call.generation);
	cr_assert_eq(view.totals[TOTAL_FAILURES], 0);
	cr_assert_eq(view.state.phase, BREAKER_CLOSED);
	cr_assert_eq(view.requests, 0);
}

/* Its policy would take an open time as long as the other's for one of another clock. */
Test(evict, late_results_open_nothing_that_another_policy_keeps_open)
{
	struct panel_call call = kit_admit(&kit, T0);
	struct breaker_policy patient = kit.policy;
	struct panel_seat seat;
	uint64_t word;

	cr_assert(panel_detach(&call));
	seat = replace();
	patient.timeout = patient.max_timeout = 3600 * SEC;
	cr_assert(panel_trip(seat.slot, &patient, FULL, 0, false, kit.changes));
	word = seat.slot->word;
	kit_report(&kit, &call, OUTCOME_FAILURE, FULL + SEC);
	cr_assert_eq(kit.changes[0].reason, REASON_NONE);
	cr_assert_eq(seat.slot->word, word);
}

Test(evict, who_was_held_up_between_finding_and_asking_passes_and_disturbs_nobody)
{
	struct panel_seat stale = slot_seat(kit.slot);
	struct panel_seat seat = replace();
	struct panel_call call = { .slot = kit.slot };

	cr_assert_neq(seat.status, stale.status);
	cr_assert_eq(panel_admit(stale, &kit.policy, FULL, PANEL_REFUSED, &call, kit.changes), VERDICT_ADMITTED);
	cr_assert_null(call.slot);
	panel_deny(stale, &kit.policy, FULL, PANEL_REFUSED);
	cr_assert_eq(kit_view(&kit, FULL).state.phase, BREAKER_CLOSED, "it is not held open in another's place");
	kit_trip(&kit, FULL);
	cr_assert_eq(panel_admit(stale, &kit.policy, FULL, PANEL_REFUSED, &call, kit.changes), VERDICT_ADMITTED);
	cr_assert_null(call.slot, "the refusal is not for him");
	cr_assert_eq(panel_admit(stale, &kit.policy, FULL + 5 * SEC, PANEL_REFUSED, &call, kit.changes), VERDICT_ADMITTED);
	cr_assert_null(call.slot);
	cr_assert_eq(kit_view(&kit, FULL).state.in_flight, 0, "he takes no probe's place");
}

Test(evict, connection_whose_breaker_has_made_room_goes_on_without)
{
	struct panel_call call = kit_admit(&kit, T0);
	struct panel_seat seat = panel_call_seat(&call);

	cr_assert(panel_park(&call, &kit.policy, T0));
	replace();
	kit_trip(&kit, FULL);
	cr_assert(panel_is_open(slot_seat(kit.slot), &kit.policy, FULL));
	cr_assert_not(panel_is_open(seat, &kit.policy, FULL));
	cr_assert_eq(panel_admit_exchange(seat, &kit.policy, FULL, true, &call, kit.changes), VERDICT_ADMITTED);
	cr_assert_null(call.slot);
	cr_assert_eq(kit_view(&kit, FULL).totals[TOTAL_LATE], 0);
}

/* Between slot_leave() and slot_withdraw(). */
static struct panel_slot *leave_half_way(uint64_t now)
{
	struct panel_slot *slot = seat_of(FIRST + 9, now).slot;
	uint64_t word = slot->word;

	cr_assert(slot_leave(slot, &word));
	return slot;
}

Test(evict, one_that_its_evictor_left_half_way_is_absent_and_goes_next)
{
	struct panel_slot *slot;
	struct panel_view view;

	fill();
	slot = leave_half_way(FULL);
	cr_assert_not(is_there(FIRST + 9));
	cr_assert_not(panel_view_slot(slot, FULL, &view));
	kit.slot = slot;
	cr_assert_not(panel_trip(slot, &kit.policy, FULL, 0, true, kit.changes));
	cr_assert_eq(seat_of(1, FULL).slot, slot);
	cr_assert_eq(figures().unprotected, 0);
}

Test(evict, its_key_can_come_back_before_it_is_gone)
{
	struct panel_seat seat;
	struct panel_slot *slot;

	fill();
	slot = leave_half_way(FULL);
	for (unsigned i = 0; i < 100; i++)
		cr_assert_not_null(seat_of(i, FULL).slot);
	seat = seat_of(FIRST + 9, FULL);
	cr_assert_not_null(seat.slot);
	cr_assert_eq(seat_of(FIRST + 9, FULL).slot, seat.slot);
	(void)slot;
}

/* Whose key leads to the same bucket as that of number 0. */
static unsigned next_neighbour(unsigned number)
{
	struct panel_key key = {
		.policy = policy_hash(&kit.policy), .port = 1, .family = 4, .protocol = 1, .netns = kit.panel.netns,
	};
	uint64_t bucket = slot_hash(&key) % PANEL_INDEX;

	do
		key.subject = ++number;
	while (slot_hash(&key) % PANEL_INDEX != bucket);
	return number;
}

Test(evict, in_a_bucket_that_is_full_one_of_it_makes_room)
{
	unsigned number = 0;

	for (unsigned i = 0; i < BUCKET_PLACES; i++)
		cr_assert_not_null(seat_of(number = next_neighbour(number), T0).slot);
	cr_assert_not_null(seat_of(number = next_neighbour(number), T0).slot);
	cr_assert_eq(figures().evictions, 1);
	cr_assert_eq(figures().breakers, 1 + BUCKET_PLACES);
	cr_assert_eq(__builtin_popcountll(kit.panel.file->header.claims[0]), 1 + BUCKET_PLACES, "its slot is free");
}

Test(evict, in_a_bucket_full_of_open_ones_the_call_passes_unprotected)
{
	unsigned number = 0;

	for (unsigned i = 0; i < BUCKET_PLACES; i++) {
		kit.slot = seat_of(number = next_neighbour(number), T0).slot;
		kit_trip(&kit, T0);
	}
	cr_assert_null(seat_of(next_neighbour(number), T0).slot);
	cr_assert_eq(figures().unprotected, 1);
	cr_assert_eq(__builtin_popcountll(kit.panel.file->header.claims[0]), 1 + BUCKET_PLACES, "nothing is lost");
}

Test(evict, after_much_coming_and_going_a_lookup_looks_at_no_more_than_before)
{
	unsigned most = 0, in_buckets = 0;

	fill();
	for (unsigned i = 0; i < 100000; i++)
		cr_assert_not_null(seat_of(100000 + i, FULL + i * (SEC / 1000)).slot);
	for (unsigned i = 0; i < PANEL_INDEX; i++) {
		unsigned places = 0;

		for (unsigned place = 0; place < BUCKET_PLACES; place++)
			places += bucket_slot(kit.panel.file->index[i], place) != 0;
		most = places > most ? places : most;
		in_buckets += places;
	}
	cr_assert_leq(most, BUCKET_PLACES);
	cr_assert_eq(in_buckets, PANEL_SLOTS, "nothing is left behind of those that went");
	cr_assert_eq(figures().evictions, 100000);
}

Test(evict, events_of_the_former_one_are_still_its_own)
{
	struct panel_event event;

	kit_trip(&kit, T0);
	panel_reset(kit.slot, &kit.policy, T0, false, kit.changes);
	replace();
	kit_trip(&kit, FULL);
	cr_assert_eq(events_get(&kit.panel, 1, &event), EVENT_WHOLE);
	cr_assert_eq(event.key.port, 5432);
	cr_assert_eq(event.earlier, 1);
	cr_assert_eq(events_get(&kit.panel, 2, &event), EVENT_WHOLE);
	cr_assert_eq(event.key.port, 1);
	cr_assert_eq(event.earlier, 0, "the first of this breaker");
	cr_assert_gt(event.generation, 3);
}

static void *find_many(void *seed)
{
	uint64_t random = (uintptr_t)seed;

	for (unsigned i = 0; i < 20000; i++) {
		struct panel_change changes[2];
		struct panel_seat seat;
		struct panel_call call;

		random = hash_mix(random + 1);
		seat = seat_of((unsigned)(random % (2 * KEYS)), T0 + i);
		if (seat.slot == NULL || panel_admit(seat, &kit.policy, T0 + i, PANEL_REFUSED, &call, changes) != VERDICT_ADMITTED ||
		    call.slot == NULL)
			continue;
		panel_report(&call, &kit.policy, OUTCOME_SUCCESS, 0, T0 + i, changes);
	}
	return NULL;
}

static int by_subject(const void *a, const void *b)
{
	const struct panel_view *first = a, *second = b;

	return (first->key.subject > second->key.subject) - (first->key.subject < second->key.subject);
}

Test(evict, racing_threads_leave_one_slot_per_key_and_lose_none)
{
	static struct panel_view views[PANEL_SLOTS];
	pthread_t threads[THREADS];
	unsigned count = 0, claims = 0;

	for (uintptr_t i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, find_many, (void *)(i + 1)), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < PANEL_SLOTS; i++)
		count += panel_view(&kit.panel, i, T0, &views[count]);
	qsort(views, count, sizeof(views[0]), by_subject);
	for (unsigned i = 1; i < count; i++)
		cr_assert_neq(views[i].key.subject, views[i - 1].key.subject, "two slots of one key");
	for (unsigned i = 0; i < PANEL_CLAIM_WORDS; i++)
		claims += (unsigned)__builtin_popcountll(kit.panel.file->header.claims[i]);
	cr_assert_eq(claims, count, "every slot that is claimed is in use");
	cr_assert_gt(figures().evictions, 0);
}
