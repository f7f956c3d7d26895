/* SPDX-License-Identifier: MIT */
/* test_tape.c - the ring of a recording: what an entry says, what overwriting costs, whose file is opened. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"
#include "panel/events.h"
#include "panel/slot.h"
#include "panel/tape_file.h"

static struct kit kit;
static struct tape_file *tape;
static char path[128];

static void set_up(void)
{
	kit_directory(&kit);
	snprintf(path, sizeof(path), "%s" TAPE_NAME, kit.directory);
	tape = tape_create(path, kit.why, sizeof(kit.why));
	cr_assert_not_null(tape, "%s", kit.why);
	policy_defaults(&kit.policy);
	kit_expect_open(&kit);
	kit.slot = kit_find(&kit, 5432);
	tape_attach(tape, kit.panel.file);
}

static void tear_down(void)
{
	tape_detach();
	tape_close(tape);
	kit_remove_directory(&kit);
}

TestSuite(tape, .init = set_up, .fini = tear_down);

static struct tape_entry entry_of(uint64_t number)
{
	struct tape_entry entry;

	cr_assert_eq(tape_get(tape, number, &entry), TAPE_WHOLE, "entry %d", (int)number);
	return entry;
}

static enum tape_found find(uint64_t number)
{
	struct tape_entry entry;

	return tape_get(tape, number, &entry);
}

Test(tape, a_start_the_begin_and_the_end_of_a_call_are_written)
{
	struct panel_call call = kit_admit(&kit, T0);
	struct tape_entry entry;

	kit_report(&kit, &call, OUTCOME_FAILURE, T0 + 5);
	cr_assert_eq(tape_next(tape), 3);
	entry = entry_of(0);
	cr_assert_eq(entry.what, TAPE_START);
	cr_assert_eq(entry.pid, (uint32_t)getpid());
	entry = entry_of(1);
	cr_assert_eq(entry.what, TAPE_BEGIN);
	cr_assert_eq(entry.time, T0);
	cr_assert_eq(entry.id, 1);
	cr_assert_eq(entry.pid, (uint32_t)getpid());
	cr_assert_eq(&kit.panel.file->slots[entry.slot], kit.slot);
	cr_assert_eq(entry.breaker, events_breaker(&kit.slot->key));
	entry = entry_of(2);
	cr_assert_eq(entry.what, TAPE_END);
	cr_assert_eq(entry.outcome, OUTCOME_FAILURE);
	cr_assert_eq(entry.time, T0 + 5);
	cr_assert_eq(entry.id, 1);
	cr_assert_eq(&kit.panel.file->slots[entry.slot], kit.slot);
	cr_assert_eq(find(3), TAPE_PENDING);
}

Test(tape, with_exchanges_a_connect_that_is_parked_is_over_and_each_exchange_is_a_call)
{
	struct panel_call call;

	kit.policy.on = POLICY_ON_RESPONSE;
	call = kit_admit(&kit, T0);
	cr_assert(panel_park(&call, &kit.policy, T0 + 1));
	cr_assert_eq(panel_admit_exchange(slot_seat(kit.slot), &kit.policy, T0 + SEC, true, &call, kit.changes), VERDICT_ADMITTED);
	kit_report(&kit, &call, OUTCOME_FAILURE, T0 + 2 * SEC);
	cr_assert_eq(tape_next(tape), 5);
	cr_assert_eq(entry_of(1).what, TAPE_BEGIN);
	cr_assert_eq(entry_of(2).what, TAPE_END);
	cr_assert_eq(entry_of(2).outcome, OUTCOME_IGNORED);
	cr_assert_eq(entry_of(3).what, TAPE_BEGIN);
	cr_assert_eq(entry_of(3).time, T0 + SEC);
	cr_assert_eq(entry_of(4).id, 3);
	cr_assert_eq(entry_of(4).outcome, OUTCOME_FAILURE);
}

Test(tape, a_connect_that_is_parked_and_never_used_is_over)
{
	struct panel_call call;

	kit.policy.on = POLICY_ON_RESPONSE;
	call = kit_admit(&kit, T0);
	cr_assert(panel_park(&call, &kit.policy, T0 + 1));
	kit_report(&kit, &call, OUTCOME_SUCCESS, T0 + SEC);
	cr_assert_eq(tape_next(tape), 3);
}

Test(tape, without_a_recording_nothing_is_written)
{
	struct panel_call call;

	tape_detach();
	call = kit_admit(&kit, T0);
	cr_assert_eq(call.tape, 0);
	kit_report(&kit, &call, OUTCOME_SUCCESS, T0);
	cr_assert_eq(tape_next(tape), 1);
}

Test(tape, a_call_of_another_panel_is_not_written)
{
	struct kit other;
	struct panel_call call;

	kit_breaker(&other);
	call = kit_admit(&other, T0);
	cr_assert_eq(call.tape, 0);
	panel_close(&other.panel);
}

Test(tape, what_is_overwritten_is_lost_and_a_slow_writer_disturbs_nobody)
{
	const struct tape_entry early = { .what = TAPE_BEGIN, .id = 7 };
	const struct tape_entry late = { .what = TAPE_BEGIN, .id = 8 };

	cr_assert(tape_put(tape, 7 + TAPE_ENTRIES, &late));
	cr_assert_not(tape_put(tape, 7, &early));
	cr_assert_eq(find(7), TAPE_LOST);
	cr_assert_eq(entry_of(7 + TAPE_ENTRIES).id, 8);
	cr_assert_eq(find(7 + 2 * (uint64_t)TAPE_ENTRIES), TAPE_PENDING);
}

Test(tape, children_write_into_the_same_ring_under_their_own_pid)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		kit_call(&kit, OUTCOME_SUCCESS, T0);
		_exit(0);
	}
	waitpid(child, &status, 0);
	cr_assert_eq(tape_next(tape), 3);
	cr_assert_eq(entry_of(1).pid, (uint32_t)child);
	cr_assert_eq(entry_of(2).pid, (uint32_t)child);
}

Test(tape, an_entry_that_no_writer_of_ours_writes_is_lost)
{
	const struct tape_entry wrong[] = {
		{ .what = (enum tape_what)(TAPE_END + 1) },
		{ .what = TAPE_END, .outcome = (enum breaker_outcome)(OUTCOME_IGNORED + 1) },
		{ .what = TAPE_BEGIN, .slot = PANEL_SLOTS },
	};

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_assert(tape_put(tape, 10 + i, &wrong[i]));
		cr_assert_eq(find(10 + i), TAPE_LOST);
	}
}

/* --- the file --- */

static void expect_refused(const char *name, const char *what)
{
	char wanted[640];

	cr_assert_null(tape_open(name, kit.why, sizeof(kit.why)));
	snprintf(wanted, sizeof(wanted), "%s: %s", name, what);
	cr_assert_str_eq(kit.why, what[0] != '\0' ? wanted : "");
}

Test(tape, a_good_one_opens_and_is_the_same_for_all)
{
	struct tape_file *second = tape_open(path, kit.why, sizeof(kit.why));

	cr_assert_not_null(second, "%s", kit.why);
	cr_assert_eq(tape_next(second), tape_next(tape));
	tape_close(second);
}

Test(tape, one_that_is_over_is_passed_by_in_silence)
{
	unlink(path);
	expect_refused(path, "");
	expect_refused("/no/such/directory/tape", "");
}

Test(tape, others_files_and_others_directories_are_refused)
{
	cr_assert_eq(chmod(path, 0644), 0);
	expect_refused(path, "has permissions 0644, not 0600");
	chmod(path, 0600);
	cr_assert_eq(truncate(path, 100), 0);
	expect_refused(path, "has 100 bytes, not 4198400: of another version?");
	unlink(path);
	cr_assert_eq(symlink("panel", path), 0);
	expect_refused(path, "cannot be opened (ELOOP)");
	expect_refused("relative", "is not an absolute path");
}

Test(tape, a_file_that_is_no_tape_is_refused)
{
	tape->header.magic++;
	expect_refused(path, "is no tape of this version");
	tape->header.magic--;
	tape->header.layout++;
	expect_refused(path, "is no tape of this version");
}

Test(tape, one_is_made_once)
{
	cr_assert_null(tape_create(path, kit.why, sizeof(kit.why)));
	cr_assert_not_null(strstr(kit.why, "cannot be created (EEXIST)"), "%s", kit.why);
}
