/* SPDX-License-Identifier: MIT */
/*
 * test_call.c - the records of calls in flight, and who may report one.
 *
 * Descriptors are numbers here; nothing is opened.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hook/call.h"
#include "hook/fdtable.h"
#include "hook/owner.h"
#include "hook/record.h"
#include "wiped.h"

enum { FD = 10, COPY = 20, THREADS = 4 };

static const struct rule rule;

static struct call some_call(uint64_t cookie)
{
	return (struct call){
		.admitted = { .slot = (struct panel_slot *)0x1000, .began = 12345, .generation = 6,
			      .place = 7 | PANEL_CALL_IN_RING | PANEL_CALL_PENDING },
		.rule = &rule,
		.cookie = cookie,
	};
}

static bool follow(int fd, uint64_t cookie)
{
	struct call call = some_call(cookie);

	return call_follow(fd, &call);
}

static void init(void)
{
	cr_assert(owner_init());
	cr_assert_eq(owner_claim(), OWNER_SELF);
}

TestSuite(call, .init = init, .timeout = 30);

Test(call, what_was_followed_is_found_through_its_descriptor)
{
	struct call call;

	fd_set_word(FD, FD_TCP);
	cr_assert(follow(FD, 77));
	cr_assert(fd_watched(FD));
	cr_assert(calls_pending());
	cr_assert(call_of_descriptor(FD, &call));
	cr_assert_eq(call.cookie, 77);
	cr_assert_eq(call.fd, FD);
	cr_assert_eq(call.rule, &rule);
	cr_assert_not(call.fastopen);
	cr_assert_eq(call.admitted.slot, (struct panel_slot *)0x1000);
	cr_assert_eq(call.admitted.began, 12345);
	cr_assert_eq(call.admitted.generation, 6);
	cr_assert_eq(call.admitted.place, 7 | PANEL_CALL_IN_RING | PANEL_CALL_PENDING);
}

Test(call, the_flags_of_a_call_are_kept)
{
	struct call call = { .admitted = { .place = PANEL_CALL_PROBE }, .fastopen = true }, found;

	cr_assert(call_follow(FD, &call));
	cr_assert(call_of_descriptor(FD, &found));
	cr_assert(found.fastopen);
	cr_assert_eq(found.admitted.place, PANEL_CALL_PROBE);
}

Test(call, a_call_taken_out_is_over_and_leaves_what_the_descriptor_is)
{
	struct call call;

	fd_set_word(FD, FD_TCP);
	follow(FD, 1);
	cr_assert(call_of_descriptor(FD, &call));
	cr_assert(call_take(&call, 0));
	cr_assert_eq(fd_word(FD), FD_TCP);
	cr_assert_not(calls_pending());
	cr_assert_not(call_take(&call, 0));
	cr_assert_not(call_of_descriptor(FD, &call));
}

Test(call, a_duplicate_refers_to_the_same_call)
{
	struct call call, copy;

	follow(FD, 1);
	call_share(FD, COPY);
	cr_assert(call_of_descriptor(FD, &call));
	cr_assert(call_of_descriptor(COPY, &copy));
	cr_assert_eq(call.number, copy.number);
	cr_assert(call_take(&copy, 0));
	cr_assert_not(call_take(&call, 0));
}

Test(call, only_the_last_descriptor_that_leaves_ends_the_call)
{
	struct call call;

	follow(FD, 1);
	call_share(FD, COPY);
	cr_assert(call_of_descriptor(FD, &call));
	cr_assert_not(call_unshare(FD, &call));
	cr_assert(call_of_descriptor(COPY, &call));
	cr_assert(call_unshare(COPY, &call));
	cr_assert(call_take(&call, 0));
}

Test(call, a_descriptor_closed_twice_does_not_disturb_the_record)
{
	struct call call;

	follow(FD, 1);
	cr_assert(call_of_descriptor(FD, &call));
	cr_assert(call_unshare(FD, &call));
	cr_assert_not(call_unshare(FD, &call));
	cr_assert(call_take(&call, 0));
	cr_assert_not(calls_pending());
}

Test(call, a_walk_finds_the_descriptor_that_is_left)
{
	struct call call;

	follow(FD, 1);
	call_share(FD, COPY);
	cr_assert(call_of_descriptor(COPY, &call));
	call_unshare(COPY, &call);
	fd_set_word(COPY, 0);
	cr_assert(call_of_number(call.number, &call));
	cr_assert_eq(call.fd, -1);
	cr_assert(call_of_descriptor(FD, &call));
	cr_assert(call_of_number(call.number, &call));
	cr_assert_eq(call.fd, FD);
}

Test(call, a_duplicate_of_a_descriptor_without_a_call_is_what_it_is)
{
	fd_set_word(FD, FD_TCP | FD_FASTOPEN);
	fd_set_word(COPY, FD_OTHER);
	call_share(FD, COPY);
	cr_assert_eq(fd_word(COPY), (FD_TCP | FD_FASTOPEN));
	call_share(FD + 1, COPY);
	cr_assert_eq(fd_word(COPY), 0);
}

Test(call, a_call_that_was_counted_is_not_reported_again)
{
	struct call call;

	follow(FD, 1);
	cr_assert(call_of_descriptor(FD, &call));
	cr_assert(call_mark_counted(&call));
	cr_assert_not(call_mark_counted(&call));
	cr_assert(call_of_descriptor(FD, &call));
	cr_assert(call_is_counted(&call));
	cr_assert_not(call_take(&call, 0));
	cr_assert_not(calls_pending());
}

/* Its handshake is over, and what becomes of it is being written by us. */
static struct call filling(int fd)
{
	struct call call;

	cr_assert(follow(fd, 1));
	cr_assert(call_of_descriptor(fd, &call));
	cr_assert(call_settle(&call));
	cr_assert_eq(call_state_of(&call), CALL_FILLING);
	return call;
}

Test(call, what_one_thread_fills_is_taken_out_by_no_other)
{
	struct call ours = filling(FD), call;

	cr_assert(call_of_descriptor(FD, &call));
	cr_assert_not(call_take(&call, 0));
	cr_assert(call_move(&ours, CALL_PARKED));
	cr_assert_not(call_take(&call, 0));
	cr_assert_eq(record_state_of(FD), CALL_PARKED);
}

Test(call, what_was_closed_while_it_was_filled_is_freed_by_who_filled_it)
{
	struct call ours = filling(FD), call = ours, other;

	cr_assert(call_unshare(FD, &call));
	cr_assert(follow(COPY, 2) && call_of_descriptor(COPY, &other));
	cr_assert_neq(other.number, ours.number, "it is not free yet");
	cr_assert_not(call_move(&ours, CALL_WAITING));
	cr_assert_eq(call_state_of(&ours), CALL_FREE);
	cr_assert(follow(FD, 3) && call_of_descriptor(FD, &other));
	cr_assert_eq(other.number, ours.number);
}

Test(call, what_was_given_up_while_it_was_filled_has_no_descriptor_and_is_freed_by_who_filled_it)
{
	struct call ours, call;

	fd_set_word(FD, FD_TCP);
	call = ours = filling(FD);
	call_share(FD, COPY);
	cr_assert(call_give_up(&call));
	cr_assert_eq(fd_word(FD), (FD_TCP | FD_CONNECTED));
	cr_assert_not(call_unshare(COPY, &call));
	cr_assert_not(call_move(&ours, CALL_IDLE));
	cr_assert_not(call_give_up(&call));
	cr_assert_not(call_of_descriptor(COPY, &call));
}

Test(call, bytes_are_not_counted_for_the_next_connection_of_the_record)
{
	struct call call;
	struct record *record;

	follow(FD, 1);
	cr_assert(call_of_descriptor(FD, &call));
	record = &call_records[call.number];
	record_count_received(record, call.word, UINT32_MAX);
	record_count_received(record, call.word, 3);
	cr_assert_eq(record_received(record, call.word), 2, "modulo 2^32");
	cr_assert(call_take(&call, 0));
	follow(FD, 2);
	record_count_received(record, call.word, 3);
	cr_assert_eq(record_received(record, record->word), 0);
}

/* But that there was something: its close is still to be looked at (holding.h). */
Test(call, a_stale_reference_is_cleared_with_all_that_was_known)
{
	struct call call;

	fd_set_word(FD, FD_TCP);
	follow(FD, 1);
	call_share(FD, COPY);
	cr_assert(call_of_descriptor(FD, &call));
	cr_assert(call_take(&call, 0));
	cr_assert(fd_watched(COPY));
	cr_assert_not(call_of_descriptor(COPY, &call));
	cr_assert_eq(fd_word(COPY), FD_MAY_HOLD);
}

Test(call, an_older_copy_does_not_take_the_next_call_of_the_record)
{
	struct call old, call;

	follow(FD, 1);
	cr_assert(call_of_descriptor(FD, &old));
	cr_assert(call_take(&old, 0));
	follow(FD, 2);
	cr_assert(call_of_descriptor(FD, &call));
	cr_assert_eq(call.number, old.number);
	cr_assert_not(call_take(&old, 0));
	cr_assert_not(call_mark_counted(&old));
	cr_assert_not(call_unshare(FD, &old));
	cr_assert(call_take(&call, 0));
}

Test(call, a_descriptor_beyond_the_table_is_not_followed)
{
	cr_assert_not(follow(FD_TABLE_SIZE, 1));
	cr_assert_not(calls_pending());
}

Test(call, a_duplicate_beyond_the_table_keeps_no_call)
{
	struct call call;

	cr_assert(follow(FD, 1));
	call_share(FD, FD_TABLE_SIZE);
	cr_assert(call_of_descriptor(FD, &call));
	cr_assert_eq(call.fd, FD);
	cr_assert(call_unshare(FD, &call));
}

/* A process may have a million descriptors; few machines let a test open so many. */
Test(call, behind_a_hundred_thousand_descriptors_calls_are_followed_shared_and_left_as_before_them)
{
	enum { FIRST = 100000, LAST = FD_TABLE_SIZE - 1, STEP = 9973 };
	struct call call, copy;
	unsigned calls = 0;

	for (int fd = FIRST; fd < LAST; fd += STEP, calls++) {
		fd_set_word(fd, FD_TCP);
		cr_assert(follow(fd, (uint64_t)fd));
		call_share(fd, fd + 1);
	}
	cr_assert_eq(calls_used(), calls);
	for (int fd = FIRST; fd < LAST; fd += STEP) {
		cr_assert(call_of_descriptor(fd, &call) && call_of_descriptor(fd + 1, &copy));
		cr_assert_eq(call.cookie, (uint64_t)fd);
		cr_assert_eq(call.number, copy.number);
		cr_assert_not(call_unshare(fd, &call));
		fd_set_word(fd, 0);
		cr_assert(call_of_descriptor(fd + 1, &copy));
		cr_assert(call_unshare(fd + 1, &copy));
		cr_assert(call_take(&copy, 0));
		fd_set_word(fd + 1, 0);
		cr_assert_not(fd_watched(fd) || fd_watched(fd + 1));
	}
	cr_assert_not(calls_pending());
}

Test(call, a_free_record_is_found_however_many_are_live)
{
	struct call call;

	for (int i = 0; i < 200; i++)
		cr_assert(follow(FD + i, 1));
	cr_assert(call_of_descriptor(FD + 3, &call));
	cr_assert(call_take(&call, 0));
	for (int i = 0; i < 5; i++)
		cr_assert(follow(FD + 200 + i, 1));
}

Test(call, a_call_that_finds_no_record_is_not_followed_until_one_is_free)
{
	struct call call;

	for (int i = 0; i < CALLS_MAX; i++)
		cr_assert(follow(FD + i, 1));
	cr_assert_not(follow(FD + CALLS_MAX, 1));
	cr_assert_not(fd_watched(FD + CALLS_MAX));
	cr_assert(call_of_descriptor(FD + 99, &call));
	cr_assert(call_take(&call, 0));
	cr_assert(follow(FD + CALLS_MAX, 1));
}

static int status_of(pid_t child)
{
	int status;

	cr_assert_gt(child, 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(call, a_forked_child_does_not_own_its_parents_calls)
{
	struct call call;
	pid_t child;

	NEED_WIPING();
	follow(FD, 1);
	call_share(FD, COPY);
	child = fork();
	if (child == 0) {
		bool unclaimed = !call_of_descriptor(FD, &call) && fd_word(FD) == 0 && !calls_pending();

		owner_claim();
		_exit(unclaimed && !call_of_descriptor(COPY, &call) && !call_of_number(0, &call) ? 0 : 1);
	}
	cr_assert_eq(status_of(child), 0);
	cr_assert(call_of_descriptor(FD, &call));
	cr_assert(call_take(&call, 0));
}

Test(call, a_forked_child_has_all_records_to_itself)
{
	pid_t child;

	NEED_WIPING();
	for (int i = 0; i < CALLS_MAX; i++)
		cr_assert(follow(FD + i, 1));
	child = fork();
	if (child == 0) {
		int followed = 0;

		while (followed < CALLS_MAX && follow(FD + followed, 2))
			followed++;
		_exit(followed == CALLS_MAX && !follow(FD + CALLS_MAX, 2) ? 0 : 1);
	}
	cr_assert_eq(status_of(child), 0);
}

/* CPython's subprocess does so between vfork() and exec. */
Test(call, a_vfork_child_that_duplicates_writes_nothing)
{
	struct call call;
	pid_t child;

	follow(FD, 1);
	fd_set_word(COPY, FD_TCP);
	child = vfork();
	if (child == 0) {
		call_share(COPY, FD);
		call_share(FD, COPY);
		_exit(call_of_descriptor(FD, &call) ? 1 : 0);
	}
	cr_assert_eq(status_of(child), 0);
	cr_assert_eq(fd_word(COPY), FD_TCP);
	cr_assert(call_of_descriptor(FD, &call));
}

static atomic_int wins;
static pthread_barrier_t barrier;

static void *take_the_same(void *nothing)
{
	struct call call;
	bool found = call_of_descriptor(FD, &call);

	pthread_barrier_wait(&barrier);
	if (found && call_take(&call, 0))
		wins++;
	return nothing;
}

static void run_threads(void *(*run)(void *))
{
	pthread_t threads[THREADS];

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (intptr_t i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, run, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

Test(call, of_many_threads_one_takes_it)
{
	for (int round = 1; round <= 200; round++) {
		cr_assert(follow(FD, 1));
		run_threads(take_the_same);
		cr_assert_eq(wins, round);
	}
	cr_assert_not(calls_pending());
}

static atomic_int followed;

/* Each has a descriptor of its own, and looks at the others' calls as a sweep does. */
static void *live(void *self)
{
	int fd = FD + (int)(intptr_t)self;
	struct call call;

	pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < 3000; i++) {
		if (follow(fd, (uint64_t)fd))
			followed++;
		if (i % 3 == 0)
			call_share(fd, fd + COPY);
		for (unsigned number = 0; number < calls_used(); number++)
			if (call_of_number(number, &call) && i % 2 && call_take(&call, 0))
				wins++;
		if (call_of_descriptor(fd, &call) && call_unshare(fd, &call) && call_take(&call, 0))
			wins++;
		fd_set_word(fd, 0);
		if (call_of_descriptor(fd + COPY, &call) && call_take(&call, 0))
			wins++;
		fd_set_word(fd + COPY, 0);
	}
	return NULL;
}

Test(call, every_call_is_taken_once_while_threads_follow_share_sweep_and_close)
{
	run_threads(live);
	cr_assert_eq(wins, followed);
	cr_assert_not(calls_pending());
}
