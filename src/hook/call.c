/* SPDX-License-Identifier: MIT */
/*
 * call.c - the records of followed connections. The protocol is in call.h.
 */
#include "hook/call.h"

#include <stddef.h>

#include "hook/holding.h"
#include "hook/record.h"
#include "hook/roomy.h"
#include "hook/sandbox.h"

/* How many records a claim looks at in either place before it goes without. */
enum { TRIES = 64 };

ROOMY struct record call_records[CALLS_MAX];
static _Atomic unsigned next_hint; /* where the next claim begins; any value will do */
static _Atomic unsigned used;      /* only grows */

#define GET(field)        RECORD_GET(field)
#define PUT(field, value) RECORD_PUT(field, value)

static bool is_live(uint64_t word)
{
	return record_state(word) >= CALL_PENDING;
}

static bool is_in_handshake(uint64_t word)
{
	return record_state(word) == CALL_PENDING || record_state(word) == CALL_COUNTED;
}

unsigned calls_used(void)
{
	return GET(used);
}

static void note_used(unsigned end)
{
	unsigned seen = GET(used);

	while (seen < end &&
	       !atomic_compare_exchange_weak_explicit(&used, &seen, end, memory_order_relaxed, memory_order_relaxed))
		;
}

/*
 * A record that a forked child inherited is as good as free. `word` was loaded with acquire, which pairs with the release
 * of who published it: with an owner from before, one that is ours would be taken for such a record.
 */
static bool is_claimable(const struct record *record, uint64_t word)
{
	return record_state(word) == CALL_FREE || (is_live(word) && GET(record->owner) != owner_mark());
}

/* Acquire pairs with the release of who freed it: its fields are no longer read by a winner. */
static bool claim_from(unsigned first, unsigned *number, uint64_t *busy)
{
	for (unsigned i = 0; i < TRIES; i++) {
		unsigned at = (first + i) % CALLS_MAX;
		uint64_t word = atomic_load_explicit(&call_records[at].word, memory_order_acquire);

		if (!is_claimable(&call_records[at], word))
			continue;
		*busy = record_word(record_serial(word) + 1, 0, 1, CALL_BUSY);
		if (atomic_compare_exchange_strong_explicit(&call_records[at].word, &word, *busy, memory_order_acquire,
							    memory_order_relaxed)) {
			*number = at;
			PUT(next_hint, at + 1);
			note_used(at + 1);
			return true;
		}
	}
	return false;
}

/* Where one was freed lately, else behind all that ever were used. */
static bool claim(unsigned *number, uint64_t *busy)
{
	unsigned hint = GET(next_hint);

	if (claim_from(hint, number, busy) || claim_from(GET(used), number, busy))
		return true;
	PUT(next_hint, hint + TRIES);
	return false;
}

static void fill(struct record *record, uint32_t serial, int fd, const struct call *call)
{
	PUT(record->cookie, call->cookie);
	PUT(record->slot, (uintptr_t)call->admitted.slot);
	PUT(record->status, call->admitted.status);
	PUT(record->rule, (uintptr_t)call->rule);
	PUT(record->owner, owner_mark());
	PUT(record->fd, fd);
	PUT(record->details, (call->fastopen ? RECORD_FASTOPEN : 0) | (call->datagram ? RECORD_DATAGRAM : 0));
	PUT(record->received, record_word(serial, 0, 0, CALL_FREE));
	record_fill(record, &call->admitted);
}

/* *call becomes what call_of_descriptor() would say. */
static bool publish(int fd, struct call *call, enum call_state state)
{
	uint64_t busy;

	if (!fd_in_table(fd) || owner_claim() != OWNER_SELF || sandbox_is_inherited() || !claim(&call->number, &busy))
		return false;
	fill(&call_records[call->number], record_serial(busy), fd, call);
	call->fd = fd;
	call->word = record_word(record_serial(busy), 0, 1, state);
	/* Pairs with the acquire in copy_out(). Dying before it costs this record. */
	atomic_store_explicit(&call_records[call->number].word, call->word, memory_order_release);
	if (state == CALL_PENDING)
		atomic_fetch_add_explicit(&owner_page()->pending, 1, memory_order_relaxed);
	fd_set_word(fd, record_reference(call->number, record_serial(busy)) | fd_what(fd_word(fd)));
	return true;
}

bool call_follow(int fd, const struct call *call)
{
	struct call followed = *call;

	return publish(fd, &followed, CALL_PENDING);
}

bool call_follow_established(int fd, struct call *call)
{
	return publish(fd, call, CALL_FILLING);
}

static bool copy_out(unsigned number, struct call *call)
{
	const struct record *record = &call_records[number];
	uint64_t word = atomic_load_explicit(&record->word, memory_order_acquire);

	if (!is_live(word) || GET(record->owner) != owner_mark())
		return false;
	record_copy(record, word, call);
	call->fd = GET(record->fd);
	return true;
}

bool call_glance(int fd, struct call *call)
{
	uint64_t reference = fd_word(fd);

	if (!fd_word_has_call(reference) || !call_of_number(record_number(reference), call) ||
	    record_serial(call->word) != reference >> 32)
		return false;
	call->fd = fd;
	return true;
}

bool call_of_number(unsigned number, struct call *call)
{
	return number < CALLS_MAX && copy_out(number, call);
}

/* A swap: the record may be another call's by now. */
static void move_fd(struct record *record, int32_t from, int to)
{
	atomic_compare_exchange_strong_explicit(&record->fd, &from, to, memory_order_relaxed, memory_order_relaxed);
}

bool call_of_descriptor(int fd, struct call *call)
{
	uint64_t reference = fd_word(fd);
	unsigned number = record_number(reference);

	if (!fd_word_has_call(reference) || number >= CALLS_MAX)
		return false;
	switch (owner_check()) {
	case OWNER_OTHER:
		return false;
	case OWNER_UNCLAIMED:
		fd_replace_word(fd, reference, 0);
		return false;
	case OWNER_SELF:
		break;
	}
	if (!copy_out(number, call) || record_serial(call->word) != reference >> 32) {
		fd_replace_word(fd, reference, FD_MAY_HOLD);
		return false;
	}
	if (call->fd < 0)
		move_fd(&call_records[number], -1, fd);
	call->fd = fd;
	return true;
}

/*
 * One step of `word`, which was read before. Release: our reads of its fields come before whoever claims or fills it
 * next (acquire) writes them. Acquire: the other way round.
 */
static bool swap(unsigned number, uint64_t *word, uint64_t next)
{
	return atomic_compare_exchange_weak_explicit(&call_records[number].word, word, next, memory_order_acq_rel,
						     memory_order_relaxed);
}

/* What `word` becomes in another state. */
static uint64_t moved(uint64_t word, enum call_state to)
{
	return to == CALL_FREE ? record_word(record_serial(word) + 1, 0, 0, CALL_FREE) : record_moved(word, to);
}

/* What follows from a step that was made. */
static void stepped(unsigned number, uint64_t from, enum call_state to)
{
	if (is_in_handshake(from) && to != CALL_COUNTED)
		atomic_fetch_sub_explicit(&owner_page()->pending, 1, memory_order_relaxed);
	if (to == CALL_FREE)
		PUT(next_hint, number);
}

/* In one swap: what is learnt of this socket must not come to be said of the next under its number. */
static void forget_reference(const struct call *call, uint32_t learnt)
{
	uint64_t reference = fd_word(call->fd);

	if (fd_word_has_call(reference) && reference >> 32 == record_serial(call->word))
		fd_replace_word(call->fd, reference, fd_what(reference) | learnt);
}

/* The unchanged serial proves that what was copied of it is this connection's, which is enough in its handshake. */
bool call_take(const struct call *call, uint32_t learnt)
{
	uint64_t word = GET(call_records[call->number].word);

	while (record_serial(word) == record_serial(call->word) && is_in_handshake(word)) {
		if (!swap(call->number, &word, moved(word, CALL_FREE)))
			continue;
		stepped(call->number, word, CALL_FREE);
		forget_reference(call, learnt);
		return record_state(word) == CALL_PENDING;
	}
	return false;
}

bool call_mark_counted(const struct call *call)
{
	struct call pending = *call;

	return call_state_of(call) == CALL_PENDING && call_move(&pending, CALL_COUNTED);
}

bool call_settle(struct call *call)
{
	if (call_state_of(call) == CALL_PENDING && call_move(call, CALL_FILLING))
		return true;
	/* Another may have found it overdue since it was copied. */
	call->word = record_moved(call->word, CALL_COUNTED);
	call_move(call, CALL_IDLE);
	return false;
}

/* The count of descriptors does not matter. */
static bool is_as_copied(uint64_t word, uint64_t copied)
{
	return record_serial(word) == record_serial(copied) && record_turn(word) == record_turn(copied) &&
	       record_state(word) == record_state(copied);
}

/* It was closed, or given up, while one thread was alone with it. */
static bool is_left(uint64_t word)
{
	return record_state(word) == CALL_FILLING && record_descriptors(word) == 0;
}

bool call_move(struct call *call, enum call_state to)
{
	uint64_t word = call->word;

	do {
		bool left = is_left(word);
		enum call_state then = left ? CALL_FREE : to;
		uint64_t next = moved(word, then);

		if (swap(call->number, &word, next)) {
			stepped(call->number, word, then);
			call->word = next;
			return !left;
		}
	} while (is_as_copied(word, call->word));
	return false;
}

bool call_give_up(const struct call *call)
{
	uint64_t word = GET(call_records[call->number].word);

	while (is_as_copied(word, call->word)) {
		uint64_t next = record_word(record_serial(word), record_turn(word), 0, record_state(word));

		if (next == word || swap(call->number, &word, next)) {
			forget_reference(call, FD_CONNECTED);
			return true;
		}
	}
	return false;
}

/* Adds to the count of descriptors. *left is what it is then. */
static bool count_references(const struct call *call, int change, uint32_t *left)
{
	uint64_t word = GET(call_records[call->number].word);

	/* None left: the program closes one descriptor in two threads. */
	while (record_serial(word) == record_serial(call->word) && is_live(word) && record_descriptors(word) > 0) {
		*left = record_descriptors(word) + (uint32_t)change;
		if (swap(call->number, &word, record_word(record_serial(word), record_turn(word), *left,
							  record_state(word))))
			return true;
	}
	return false;
}

void call_share(int from, int to)
{
	uint64_t reference = fd_word(from);
	struct call call;
	enum owner owner;
	uint32_t left;

	/* Beyond the table nothing could ever say that it is closed: it is no descriptor of the call. */
	if ((reference == 0 && fd_word(to) == 0) || !fd_in_table(to))
		return;
	holding_share(from, to);
	owner = owner_check();
	if (owner == OWNER_OTHER)
		return;
	/* A forked child that owns nothing yet writes only zeros: see owner.h. */
	if (owner == OWNER_UNCLAIMED)
		reference = 0;
	else if (!call_of_descriptor(from, &call) || !count_references(&call, 1, &left))
		reference = fd_what(reference);
	else
		move_fd(&call_records[call.number], from, to);
	fd_set_word(to, reference);
}

bool call_unshare(int fd, const struct call *call)
{
	uint32_t left = 0;

	move_fd(&call_records[call->number], fd, -1);
	return count_references(call, -1, &left) && left == 0;
}
