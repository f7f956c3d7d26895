/* SPDX-License-Identifier: MIT */
/*
 * test_recorder.c - from the tape to the trace: order, what is lost, what never ends, whatever bytes there are.
 */
#include "cli/recorder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/hash.h"
#include "panel/events.h"
#include "panel/file.h"
#include "panel/tape_file.h"

#define MS UINT64_C(1000000)
#define SEC UINT64_C(1000000000)
#define T0 (1000 * SEC)

static struct tape_file *tape;
static struct panel panel;
static struct panel_slot *slot;
static struct recorder recorder;
static char *text;
static size_t text_size;
static uint64_t number;
static uint32_t dead; /* pid */

static bool is_alive(uint32_t pid)
{
	return pid != dead;
}

static struct panel_slot *slot_of(const char *destination, uint16_t port)
{
	struct panel_key key = { .policy = 1, .port = port, .family = ADDR_IPV4, .protocol = PROTOCOL_TCP,
				 .address = { 10, 0, 0, 5 } };
	struct breaker_policy policy;
	const struct panel_identity identity = { &policy, destination, "*" };

	policy_defaults(&policy);
	return panel_find(&panel, &key, &identity, 1).slot;
}

static void set_up(void)
{
	char why[256];

	tape = aligned_alloc(64, sizeof(*tape));
	memset((void *)tape, 0, sizeof(*tape));
	cr_assert(panel_open(&panel, "private", PANEL_USE, why, sizeof(why)));
	slot = slot_of("db:1", 1);
	recorder = (struct recorder){
		.tape = tape, .places = { .panel = &panel }, .start = T0, .is_alive = is_alive, .looked = T0,
	};
	recorder.out = open_memstream(&text, &text_size);
	number = 0;
	dead = 0;
}

static void tear_down(void)
{
	recorder_release(&recorder);
	fclose(recorder.out);
	panel_close(&panel);
	free(text);
	free(tape);
}

TestSuite(recorder, .init = set_up, .fini = tear_down);

static uint32_t put(enum tape_what what, uint64_t time, uint32_t id, enum breaker_outcome outcome)
{
	const struct tape_entry entry = {
		.what = what, .time = time, .id = id, .outcome = outcome, .pid = 100,
		.slot = (size_t)(slot - panel.file->slots), .breaker = events_breaker(&slot->key),
	};

	cr_assert(tape_put(tape, number, &entry));
	number++;
	atomic_store(&tape->header.next, number);
	return id;
}

static uint32_t begin(uint64_t time)
{
	return put(TAPE_BEGIN, time, (uint32_t)number, OUTCOME_SUCCESS);
}

static void end(uint64_t time, uint32_t id, enum breaker_outcome outcome)
{
	put(TAPE_END, time, id, outcome);
}

/* A number is taken, and nothing comes of it. */
static void die_half_way(void)
{
	number++;
	atomic_store(&tape->header.next, number);
}

static void expect_trace(const char *trace)
{
	fflush(recorder.out);
	cr_assert_str_eq(text, trace);
}

static void read_at(uint64_t now)
{
	cr_assert(recorder_read(&recorder, now));
}

static void finish(uint64_t now)
{
	cr_assert(recorder_finish(&recorder, now));
}

Test(recorder, begins_and_ends_are_lines_with_the_destination)
{
	uint32_t id = begin(T0 + 5 * MS);

	end(T0 + 7 * MS, id, OUTCOME_FAILURE);
	finish(T0 + SEC);
	expect_trace("0.005 begin 0 @db:1/10.0.0.5:1\n0.007 end 0 failure @db:1/10.0.0.5:1\n");
	cr_assert_eq(recorder.calls, 1);
	cr_assert_eq(recorder.lost + recorder.orphans + recorder.unended, 0);
}

Test(recorder, what_another_process_tells_later_finds_its_place_within_the_window)
{
	begin(T0 + 20 * MS);
	read_at(T0 + 30 * MS);
	expect_trace("");
	begin(T0 + 10 * MS);
	read_at(T0 + 10 * MS + RECORDER_WINDOW);
	expect_trace("0.010 begin 1 @db:1/10.0.0.5:1\n");
	read_at(T0 + 20 * MS + RECORDER_WINDOW);
	expect_trace("0.010 begin 1 @db:1/10.0.0.5:1\n0.020 begin 0 @db:1/10.0.0.5:1\n");
}

Test(recorder, what_comes_too_late_does_not_turn_time_back)
{
	begin(T0 + 20 * MS);
	read_at(T0 + 3 * SEC);
	end(T0 + 30 * MS, begin(T0 + 10 * MS), OUTCOME_SUCCESS);
	end(T0 + 40 * MS, 0, OUTCOME_SUCCESS);
	finish(T0 + 3 * SEC);
	expect_trace("0.020 begin 0 @db:1/10.0.0.5:1\n"
		     "0.020 begin 1 @db:1/10.0.0.5:1\n"
		     "0.030 end 1 success @db:1/10.0.0.5:1\n"
		     "0.040 end 0 success @db:1/10.0.0.5:1\n");
}

Test(recorder, a_time_before_the_start_is_the_start)
{
	begin(T0 - SEC);
	finish(T0 + MS);
	expect_trace("0.000 begin 0 @db:1/10.0.0.5:1\n0.001 end 0 ignored @db:1/10.0.0.5:1\n");
}

Test(recorder, what_is_in_flight_at_the_end_is_ignored)
{
	begin(T0 + MS);
	read_at(T0 + 5 * SEC);
	finish(T0 + 6 * SEC);
	expect_trace("0.001 begin 0 @db:1/10.0.0.5:1\n6.000 end 0 ignored @db:1/10.0.0.5:1\n");
	cr_assert_eq(recorder.unended, 1);
}

Test(recorder, a_call_of_a_process_that_is_gone_is_ignored_after_its_last_word_was_read)
{
	uint32_t told = begin(T0);

	begin(T0);
	read_at(T0 + 500 * MS);
	dead = 100;
	read_at(T0 + 2 * SEC);
	end(T0 + SEC, told, OUTCOME_SUCCESS);
	read_at(T0 + 4 * SEC);
	read_at(T0 + 6 * SEC);
	expect_trace("0.000 begin 0 @db:1/10.0.0.5:1\n0.000 begin 1 @db:1/10.0.0.5:1\n"
		     "1.000 end 0 success @db:1/10.0.0.5:1\n4.000 end 1 ignored @db:1/10.0.0.5:1\n");
}

Test(recorder, a_program_that_its_process_becomes_ends_what_was_in_flight)
{
	begin(T0);
	put(TAPE_START, T0 + MS, 0, OUTCOME_SUCCESS);
	finish(T0 + SEC);
	expect_trace("0.000 begin 0 @db:1/10.0.0.5:1\n0.001 end 0 ignored @db:1/10.0.0.5:1\n");
	cr_assert_eq(recorder.programs, 1);
}

Test(recorder, an_entry_that_stays_half_costs_itself_and_ends_what_was_in_flight)
{
	uint32_t id = begin(T0);

	die_half_way();
	begin(T0 + 2 * MS);
	end(T0 + 3 * MS, id, OUTCOME_SUCCESS);
	read_at(T0 + 10 * MS);
	cr_assert_eq(recorder.calls, 1);
	read_at(T0 + 10 * MS + RECORDER_PATIENCE);
	cr_assert_eq(recorder.calls, 2);
	cr_assert_eq(recorder.lost, 1);
	cr_assert_eq(recorder.orphans, 1);
	finish(T0 + SEC);
	expect_trace("0.000 begin 0 @db:1/10.0.0.5:1\n0.000 end 0 ignored @db:1/10.0.0.5:1\n"
		     "0.002 begin 2 @db:1/10.0.0.5:1\n1.000 end 2 ignored @db:1/10.0.0.5:1\n");
}

Test(recorder, at_the_end_nobody_is_waited_for)
{
	for (unsigned i = 0; i < 50; i++)
		die_half_way();
	begin(T0 + MS);
	finish(T0 + SEC);
	cr_assert_eq(recorder.lost, 50);
	expect_trace("0.001 begin 50 @db:1/10.0.0.5:1\n1.000 end 50 ignored @db:1/10.0.0.5:1\n");
}

Test(recorder, a_reader_that_falls_behind_counts_every_entry_that_was_overwritten)
{
	for (unsigned i = 0; i < TAPE_ENTRIES + 1000; i++)
		begin(T0 + i);
	finish(T0 + SEC);
	cr_assert_eq(recorder.lost, 1000);
	cr_assert_eq(recorder.calls, TAPE_ENTRIES);
	cr_assert_eq(recorder.unended, TAPE_ENTRIES);
}

Test(recorder, a_call_whose_begin_was_lost_is_not_written)
{
	end(T0, 77, OUTCOME_FAILURE);
	finish(T0 + SEC);
	expect_trace("");
	cr_assert_eq(recorder.orphans, 1);
}

Test(recorder, a_destination_whose_slot_is_anothers_by_now_is_lost)
{
	begin(T0);
	slot->key.port = 2;
	finish(T0 + SEC);
	expect_trace("");
	cr_assert_eq(recorder.lost, 1);
}

Test(recorder, names_are_words_and_say_the_address_where_it_tells_more)
{
	slot = slot_of("10.0.0.5:3", 3);
	begin(T0);
	slot = slot_of("a b\xff#", 4);
	begin(T0);
	finish(T0);
	expect_trace("0.000 begin 0 @10.0.0.5:3\n0.000 begin 1 @a?b?#/10.0.0.5:4\n"
		     "0.000 end 0 ignored @10.0.0.5:3\n0.000 end 1 ignored @a?b?#/10.0.0.5:4\n");
}

static void expect_ascending_times(void)
{
	double before = 0, time;

	fflush(recorder.out);
	for (const char *at = text; *at != '\0'; at = strchr(at, '\n') + 1) {
		cr_assert_eq(sscanf(at, "%lf ", &time), 1);
		cr_assert_geq(time, before);
		before = time;
	}
}

/* Pure noise, or entries of which every field may be anything. */
static void scribble(unsigned seed)
{
	uint64_t *words = (uint64_t *)tape->entries;

	for (uint64_t i = 0; i < sizeof(tape->entries) / 8; i++)
		words[i] = hash_mix(i + ((uint64_t)seed << 40));
	for (uint64_t i = 0; seed % 2 == 1 && i < TAPE_ENTRIES; i++) {
		uint64_t noise = hash_mix(i + ((uint64_t)seed << 32));
		const struct tape_entry entry = {
			.what = (enum tape_what)(noise % 5), .outcome = (enum breaker_outcome)(noise >> 8 & 7),
			.time = noise >> (noise % 64), .id = (uint32_t)(noise >> 16 & 1023), .pid = (uint32_t)(noise >> 26 & 3),
			.slot = (size_t)(slot - panel.file->slots), .breaker = events_breaker(&slot->key),
		};

		memset(tape->entries[i], 0, sizeof(tape->entries[i]));
		tape_put(tape, i, &entry);
	}
}

Test(recorder, whatever_bytes_there_are_it_ends_and_times_ascend)
{
	for (unsigned seed = 0; seed < 6; seed++) {
		scribble(seed);
		atomic_store(&tape->header.next, seed % 2 == 0 ? hash_mix(seed) : TAPE_ENTRIES);
		recorder.at = seed % 2 == 0 ? hash_mix(seed + 1) : 0;
		recorder_read(&recorder, T0 + seed * SEC);
		recorder_read(&recorder, T0 + seed * SEC + RECORDER_PATIENCE);
	}
	finish(T0 + 100 * SEC);
	cr_assert_gt(recorder.calls, 0);
	expect_ascending_times();
}
