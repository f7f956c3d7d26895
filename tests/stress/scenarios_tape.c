/* SPDX-License-Identifier: MIT */
/*
 * scenarios_tape.c - what is explored: the ring of a recording.
 *
 * Calls of two tasks against a reader that is there, and against one that fell behind; of each task, a death at every
 * operation. Whatever happens, a call's begin is in the ring before its end, and what is read is what was written.
 */
#include <string.h>

#include "explore.h"
#include "model.h"
#include "panel/file.h"
#include "panel/tape_file.h"

enum { T = 1000, TASK_STEP = 100 };

static struct tape_file tape;
static struct panel_file file; /* of slots only the place matters */
static uint64_t marks[TASKS_MAX];

static void set_up_tape(void)
{
	memset(&tape.header, 0, sizeof(tape.header));
	memset(tape.entries, 0, 16 * sizeof(tape.entries[0]));
	memset(marks, 0, sizeof(marks));
	tape_attach(&tape, &file);
}

static void call(int task)
{
	uint64_t now = T + TASK_STEP * (uint64_t)task;

	marks[task] = tape_begin(&file.slots[task], now);
	tape_end(&file.slots[task], marks[task], OUTCOME_FAILURE, now + 1);
}

static void call_0(void) { call(0); }
static void call_1(void) { call(1); }

static void expect_whole(const struct tape_entry *entry, uint64_t number)
{
	int task = (int)entry->slot;

	if (entry->what == TAPE_START)
		return;
	expect(task == 0 || task == 1, "an entry is of a call");
	if (entry->what == TAPE_BEGIN)
		expect(entry->id == number && entry->time == T + TASK_STEP * (uint64_t)task, "a begin is what was written");
	else
		expect(entry->id < number && entry->time == T + TASK_STEP * (uint64_t)task + 1 &&
			       entry->outcome == OUTCOME_FAILURE,
		       "an end is what was written, and behind its begin");
}

static unsigned read_all(void)
{
	unsigned whole = 0;
	struct tape_entry entry;

	for (uint64_t i = 0; i < tape_next(&tape); i++) {
		if (tape_get(&tape, i, &entry) != TAPE_WHOLE)
			continue;
		expect_whole(&entry, i);
		whole++;
	}
	return whole;
}

static void read_them(void) { read_all(); }

static void check_calls(void)
{
	unsigned whole = read_all();

	if (explore_dead() < 0)
		expect(whole == 5 && tape_next(&tape) == 5, "every entry is there, and each once");
	else
		expect(whole >= tape_next(&tape) - 1, "a death costs one entry");
	for (int task = 0; task < 2; task++)
		expect(task == explore_dead() || marks[task] != 0, "a call knows its mark");
}

/* A writer that was held up for a whole round, and who came after it. */
static void put_at(uint64_t number)
{
	const struct tape_entry entry = { .what = TAPE_BEGIN, .slot = number >= TAPE_ENTRIES, .id = (uint32_t)number,
					  .time = T + TASK_STEP * (number >= TAPE_ENTRIES) };

	tape_put(&tape, number, &entry);
}

static void put_early(void) { put_at(3); }
static void put_late(void) { put_at(3 + TAPE_ENTRIES); }

static bool is_whole_at(uint64_t number)
{
	struct tape_entry entry;

	if (tape_get(&tape, number, &entry) != TAPE_WHOLE)
		return false;
	expect_whole(&entry, number);
	return true;
}

static void read_rounds(void)
{
	is_whole_at(3);
	is_whole_at(3 + TAPE_ENTRIES);
}

static void check_rounds(void)
{
	expect(is_whole_at(3 + TAPE_ENTRIES) || explore_dead() == 1, "the later round is whole, unless its writer died");
}

static const struct scenario scenarios[] = {
	{
		.name = "tape: two calls and a reader",
		.set_up = set_up_tape,
		.tasks = { call_0, call_1, read_them },
		.is_quiet = model_is_quiet,
		.check = check_calls,
		.switches = 1,
	},
	{
		.name = "tape: two calls, with deaths",
		.set_up = set_up_tape,
		.tasks = { call_0, call_1 },
		.is_quiet = model_is_quiet,
		.check = check_calls,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "tape: two rounds of an entry and a reader, with deaths",
		.set_up = set_up_tape,
		.tasks = { put_early, put_late, read_rounds },
		.is_quiet = model_is_quiet,
		.check = check_rounds,
		.switches = 2,
		.deaths = true,
	},
};

const struct scenario_list tape_scenarios = { scenarios, sizeof(scenarios) / sizeof(scenarios[0]) };
