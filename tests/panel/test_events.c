/* SPDX-License-Identifier: MIT */
/* test_events.c - the ring of changes: what an event says, and what overwriting and dying cost. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "kit.h"
#include "panel/events.h"

static struct kit kit;

static void set_up(void)
{
	kit_breaker(&kit);
}

static void tear_down(void)
{
	panel_close(&kit.panel);
}

TestSuite(events, .init = set_up, .fini = tear_down);

static struct panel_event event_of(uint64_t number)
{
	struct panel_event event;

	cr_assert_eq(events_get(&kit.panel, number, &event), EVENT_WHOLE, "event %d", (int)number);
	return event;
}

static enum event_found find(uint64_t number)
{
	struct panel_event event;

	return events_get(&kit.panel, number, &event);
}

static struct panel_event made_up(uint32_t generation)
{
	return (struct panel_event){
		.now = generation, .generation = generation, .to = BREAKER_OPEN, .reason = REASON_MANUAL,
		.requests = generation, .program = "made-up",
	};
}

static void put(uint64_t number)
{
	struct panel_event event = made_up((uint32_t)number);

	cr_assert(events_put(kit.panel.file, number, &event));
}

Test(events, each_change_is_one_event_with_all_that_is_known)
{
	struct panel_event event;
	uint64_t before = clock_wall();

	cr_assert_eq(events_next(&kit.panel), 0);
	kit_call(&kit, OUTCOME_SUCCESS, T0);
	kit_call(&kit, OUTCOME_IGNORED, T0);
	kit_trip(&kit, T0 + 1);
	cr_assert_eq(events_next(&kit.panel), 1);
	event = event_of(0);
	cr_assert(event.wall >= before && event.wall <= clock_wall());
	cr_assert_eq(event.now, T0 + 1);
	cr_assert_eq(event.generation, 1);
	cr_assert_eq(event.from, BREAKER_CLOSED);
	cr_assert_eq(event.to, BREAKER_OPEN);
	cr_assert_eq(event.reason, REASON_CONSECUTIVE_FAILURES);
	cr_assert_leq(event.open_time - SEC, 1024);
	cr_assert_eq(event.requests, 2 + kit.policy.failures);
	cr_assert_eq(event.successes, 1);
	cr_assert_eq(event.failures, kit.policy.failures);
	cr_assert_eq(event.ignored, 1);
	cr_assert_eq(event.consecutive_failures, kit.policy.failures);
	cr_assert_eq(event.consecutive_successes, 0);
	cr_assert_eq(event.last_error, ECONNREFUSED);
	cr_assert_eq(event.pid, (uint32_t)getpid());
	cr_assert_neq(event.program[0], '\0');
	cr_assert_eq(&kit.panel.file->slots[event.slot], kit.slot);
	cr_assert_eq(event.breaker, events_breaker(&kit.slot->key));
	cr_assert_eq(memcmp(event.key.address, kit.slot->key.address, 16), 0);
	cr_assert_eq(event.key.port, 5432);
	cr_assert_eq(event.key.family, 4);
	cr_assert_eq(event.key.protocol, 1);
}

Test(events, a_whole_outage_is_told_generation_by_generation)
{
	static const enum breaker_reason reasons[] = {
		REASON_CONSECUTIVE_FAILURES, REASON_TIMEOUT_OVER, REASON_PROBE_FAILED, REASON_TIMEOUT_OVER, REASON_RECOVERED,
		REASON_MANUAL,
	};
	struct panel_event event = { .to = BREAKER_CLOSED };

	kit.policy.successes = 2;
	kit_trip(&kit, T0);
	kit_call(&kit, OUTCOME_FAILURE, T0 + 2 * SEC);
	kit_call(&kit, OUTCOME_SUCCESS, T0 + 10 * SEC);
	kit_call(&kit, OUTCOME_SUCCESS, T0 + 10 * SEC);
	panel_reset(kit.slot, &kit.policy, T0 + 11 * SEC, true, kit.changes);
	cr_assert_eq(events_next(&kit.panel), 6);
	for (unsigned i = 0; i < 6; i++) {
		enum breaker_phase left = event.to;

		event = event_of(i);
		cr_assert_eq(event.generation, i + 1);
		cr_assert_eq(event.from, left);
		cr_assert_eq(event.reason, reasons[i]);
	}
	cr_assert_eq(event_of(2).consecutive_failures, 1);
	cr_assert_eq(event_of(4).consecutive_successes, 2);
}

Test(events, calls_found_stuck_are_in_the_run_that_opened_it)
{
	for (unsigned i = 0; i < kit.policy.failures + 2; i++)
		kit_admit(&kit, T0);
	kit_expect_refused(&kit, T0 + 2 * kit.policy.overdue);
	cr_assert_eq(event_of(0).consecutive_failures, kit.policy.failures + 2);
	cr_assert_eq(event_of(0).last_error, ETIMEDOUT);
}

Test(events, what_a_rule_denies_is_told_once)
{
	panel_deny(slot_seat(kit.slot), &kit.policy, T0, PANEL_REFUSED);
	panel_deny(slot_seat(kit.slot), &kit.policy, T0 + 1, PANEL_REFUSED);
	cr_assert_eq(events_next(&kit.panel), 1);
	cr_assert_eq(event_of(0).to, BREAKER_OPEN);
	cr_assert_eq(event_of(0).open_time, 0);
}

Test(events, what_was_overwritten_is_lost_and_the_last_ones_are_whole)
{
	for (uint64_t i = 0; i < 3 * PANEL_EVENTS; i++)
		put(i);
	cr_assert_eq(find(2 * PANEL_EVENTS - 1), EVENT_LOST);
	for (uint64_t i = 2 * PANEL_EVENTS; i < 3 * PANEL_EVENTS; i++)
		cr_assert_eq(event_of(i).generation, i);
	cr_assert_eq(find(3 * PANEL_EVENTS), EVENT_PENDING);
}

Test(events, one_that_was_written_half_way_is_never_read)
{
	panel_word *words = kit.panel.file->events[7], whole[PANEL_EVENT_WORDS];

	put(7 + PANEL_EVENTS);
	memcpy(whole, words, sizeof(whole));
	for (unsigned written = 0; written < PANEL_EVENT_WORDS; written++) {
		memset(words, 0, sizeof(whole));
		put(7);
		memcpy(words, whole, written * sizeof(whole[0]));
		cr_assert_eq(find(7 + PANEL_EVENTS), EVENT_PENDING);
		cr_assert_eq(find(7), written == 0 ? EVENT_WHOLE : EVENT_LOST);
	}
	put(7 + 2 * PANEL_EVENTS);
	cr_assert_eq(event_of(7 + 2 * PANEL_EVENTS).generation, 7 + 2 * PANEL_EVENTS);
}

Test(events, a_writer_that_was_held_up_for_a_round_disturbs_nobody)
{
	struct panel_event event = made_up(1);

	put(5 + PANEL_EVENTS);
	cr_assert_not(events_put(kit.panel.file, 5, &event));
	cr_assert_eq(event_of(5 + PANEL_EVENTS).generation, 5 + PANEL_EVENTS);
}

Test(events, rounds_come_round)
{
	const uint64_t last = UINT64_C(65535) * PANEL_EVENTS - 1;

	for (uint64_t i = last - 2 * PANEL_EVENTS; i < last + 2 * PANEL_EVENTS; i += PANEL_EVENTS) {
		put(i);
		cr_assert_eq(event_of(i).generation, (uint32_t)i & GENERATION_MASK);
		cr_assert_eq(find(i - PANEL_EVENTS), EVENT_LOST);
	}
}

Test(events, counts_and_times_that_are_too_big_are_as_big_as_they_can_be)
{
	struct panel_event event = made_up(1);

	event.requests = UINT64_MAX;
	event.consecutive_failures = 70000;
	event.open_time = STATE_TRIP_MAX;
	events_put(kit.panel.file, 0, &event);
	event = event_of(0);
	cr_assert_eq(event.requests, UINT32_MAX);
	cr_assert_eq(event.consecutive_failures, UINT16_MAX);
	cr_assert_leq(event.open_time - STATE_TRIP_MAX, 1024);
}

Test(events, nonsense_is_not_an_event)
{
	uint64_t seed = 1;

	for (unsigned i = 0; i < 20000; i++) {
		struct panel_event event;

		for (unsigned j = 0; j < PANEL_EVENT_WORDS; j++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			kit.panel.file->events[0][j] = UINT64_C(1) << 48 | seed >> 16;
		}
		if (events_get(&kit.panel, 0, &event) != EVENT_WHOLE)
			continue;
		cr_assert_lt(event.slot, PANEL_SLOTS);
		cr_assert_leq(event.to, BREAKER_HALF_OPEN);
		cr_assert_neq(reason_name(event.reason)[0], '\0');
		cr_assert_lt(strlen(event.program), sizeof(event.program));
	}
	memset(kit.panel.file->events, 0xff, sizeof(kit.panel.file->events));
	kit.panel.file->header.next_event = UINT64_MAX;
	kit_trip(&kit, T0);
	kit_call(&kit, OUTCOME_SUCCESS, T0 + 2 * SEC);
}

static int trip_in_child(struct kit *own_kit)
{
	kit_trip(own_kit, T0);
	return event_of(0).pid == (uint32_t)getpid() ? 0 : 1;
}

Test(events, a_forked_child_is_named_as_itself)
{
	cr_assert_eq(kit_in_child(trip_in_child, &kit), 0);
	cr_assert_neq(event_of(0).pid, (uint32_t)getpid());
}

Test(events, slots_of_another_panel_than_the_own_are_left_out)
{
	static struct panel other;
	char why[256];

	cr_assert(panel_open(&other, "private", PANEL_USE, why, sizeof(why)));
	kit_trip(&kit, T0);
	cr_assert_eq(events_next(&kit.panel), 0);
	cr_assert_eq(events_next(&other), 0);
	panel_close(&other);
}
