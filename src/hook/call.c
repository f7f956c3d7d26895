/* SPDX-License-Identifier: MIT */
/*
 * call.c - the records of calls in flight. The protocol is in call.h.
 */
#include "hook/call.h"

#include <stdatomic.h>
#include <stddef.h>

#include "hook/fdtable.h"
#include "hook/owner.h"
#include "hook/roomy.h"

struct record {
	_Atomic uint64_t word;
	_Atomic uint64_t cookie;
	_Atomic uint64_t began;
	_Atomic uint64_t tape;
	_Atomic uint64_t owner;
	_Atomic uintptr_t slot;
	_Atomic uintptr_t rule;
	_Atomic uint32_t generation;
	_Atomic uint32_t slice;
	_Atomic int32_t fd;
	_Atomic uint32_t flags;
};

enum { FLAG_IN_RING = 1, FLAG_PENDING = 2, FLAG_PROBE = 4, FLAG_FASTOPEN = 8 };

/* How many records a claim looks at in either place before it goes without. */
enum { TRIES = 64 };

extern struct record call_records[CALLS_MAX];
ROOMY struct record call_records[CALLS_MAX];
static _Atomic unsigned next_hint; /* where the next claim begins; any value will do */
static _Atomic unsigned used;      /* only grows */

#define GET(field)        atomic_load_explicit(&(field), memory_order_relaxed)
#define PUT(field, value) atomic_store_explicit(&(field), (value), memory_order_relaxed)

static uint64_t make_word(uint32_t serial, uint32_t references, enum call_state state)
{
	return (uint64_t)serial << 32 | (uint64_t)references << 8 | state;
}

static uint32_t serial_of(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static uint32_t references_of(uint64_t word)
{
	return (uint32_t)(word >> 8) & 0xffffff;
}

static enum call_state state_of(uint64_t word)
{
	return (enum call_state)(word & 0xff);
}

static bool is_live(uint64_t word)
{
	return state_of(word) == CALL_PENDING || state_of(word) == CALL_COUNTED;
}

static uint64_t reference_to(unsigned number, uint32_t serial)
{
	return (uint64_t)serial << 32 | (uint64_t)(number + 1) << 16;
}

bool calls_pending(void)
{
	return GET(owner_page->pending) != 0;
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

/* A record that a forked child inherited is as good as free. */
static bool is_claimable(const struct record *record, uint64_t word)
{
	return state_of(word) == CALL_FREE || (is_live(word) && GET(record->owner) != owner_mark());
}

/* Acquire pairs with the release of who freed it: its fields are no longer read by a winner. */
static bool claim_from(unsigned first, unsigned *number, uint64_t *busy)
{
	for (unsigned i = 0; i < TRIES; i++) {
		unsigned at = (first + i) % CALLS_MAX;
		uint64_t word = GET(call_records[at].word);

		if (!is_claimable(&call_records[at], word))
			continue;
		*busy = make_word(serial_of(word) + 1, 1, CALL_BUSY);
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

static void fill(struct record *record, int fd, const struct call *call)
{
	uint32_t flags = (call->admitted.in_ring ? FLAG_IN_RING : 0) | (call->admitted.pending ? FLAG_PENDING : 0) |
			 (call->admitted.probe ? FLAG_PROBE : 0) | (call->fastopen ? FLAG_FASTOPEN : 0);

	PUT(record->cookie, call->cookie);
	PUT(record->began, call->admitted.began);
	PUT(record->tape, call->admitted.tape);
	PUT(record->slot, (uintptr_t)call->admitted.slot);
	PUT(record->rule, (uintptr_t)call->rule);
	PUT(record->generation, call->admitted.generation);
	PUT(record->slice, call->admitted.slice);
	PUT(record->owner, owner_mark());
	PUT(record->fd, fd);
	PUT(record->flags, flags);
}

bool call_follow(int fd, const struct call *call)
{
	unsigned number;
	uint64_t busy;

	if (!fd_in_table(fd) || owner_claim() != OWNER_SELF || !claim(&number, &busy))
		return false;
	fill(&call_records[number], fd, call);
	/* Pairs with the acquire in copy_out(). Dying before it costs this record. */
	atomic_store_explicit(&call_records[number].word, make_word(serial_of(busy), 1, CALL_PENDING), memory_order_release);
	atomic_fetch_add_explicit(&owner_page->pending, 1, memory_order_relaxed);
	fd_set_word(fd, reference_to(number, serial_of(busy)) | fd_what(fd_word(fd)));
	return true;
}

static bool copy_out(unsigned number, struct call *call)
{
	struct record *record = &call_records[number];
	uint64_t word = atomic_load_explicit(&record->word, memory_order_acquire);
	uint32_t flags = GET(record->flags);

	if (!is_live(word) || GET(record->owner) != owner_mark())
		return false;
	*call = (struct call){
		.admitted = {
			.slot = (struct panel_slot *)GET(record->slot),
			.began = GET(record->began),
			.tape = GET(record->tape),
			.generation = GET(record->generation),
			.slice = GET(record->slice),
			.in_ring = (flags & FLAG_IN_RING) != 0,
			.pending = (flags & FLAG_PENDING) != 0,
			.probe = (flags & FLAG_PROBE) != 0,
		},
		.rule = (const struct rule *)GET(record->rule),
		.cookie = GET(record->cookie),
		.fastopen = (flags & FLAG_FASTOPEN) != 0,
		.word = word,
		.number = number,
		.fd = GET(record->fd),
	};
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
	unsigned number = (unsigned)(reference >> 16 & 0xffff) - 1;

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
	if (!copy_out(number, call) || serial_of(call->word) != serial_of(reference)) {
		fd_replace_word(fd, reference, 0);
		return false;
	}
	if (call->fd < 0)
		move_fd(&call_records[number], -1, fd);
	call->fd = fd;
	return true;
}

/*
 * Moves a live record on, whatever the count of its descriptors is by now; *from is what it was. Release:
 * our reads of its fields come before whoever claims it next (acquire in claim()) writes them. The
 * unchanged serial proves that they were this call's.
 */
static bool advance(const struct call *call, enum call_state to, enum call_state *from)
{
	_Atomic uint64_t *at = &call_records[call->number].word;
	uint32_t serial = serial_of(call->word);
	uint64_t word = GET(*at);

	while (serial_of(word) == serial && is_live(word) && state_of(word) != to) {
		uint64_t next = to == CALL_FREE ? make_word(serial + 1, 0, CALL_FREE)
						: make_word(serial, references_of(word), to);

		*from = state_of(word);
		if (atomic_compare_exchange_weak_explicit(at, &word, next, memory_order_acq_rel, memory_order_relaxed))
			return true;
	}
	return false;
}

/* In one swap: what is learnt of this socket must not come to be said of the next under its number. */
static void forget_reference(const struct call *call, uint32_t learnt)
{
	uint64_t reference = fd_word(call->fd);

	if (fd_word_has_call(reference) && serial_of(reference) == serial_of(call->word))
		fd_replace_word(call->fd, reference, fd_what(reference) | learnt);
}

bool call_take(const struct call *call, uint32_t learnt)
{
	enum call_state from;

	if (!advance(call, CALL_FREE, &from))
		return false;
	atomic_fetch_sub_explicit(&owner_page->pending, 1, memory_order_relaxed);
	PUT(next_hint, call->number);
	forget_reference(call, learnt);
	return from == CALL_PENDING;
}

bool call_mark_counted(const struct call *call)
{
	enum call_state from;

	return advance(call, CALL_COUNTED, &from);
}

/* Adds to the count of descriptors. *left is what it is then. */
static bool count_references(const struct call *call, int change, uint32_t *left)
{
	_Atomic uint64_t *at = &call_records[call->number].word;
	uint64_t word = GET(*at);

	/* None left: the program closes one descriptor in two threads. */
	while (serial_of(word) == serial_of(call->word) && is_live(word) && references_of(word) > 0) {
		*left = references_of(word) + (uint32_t)change;
		if (atomic_compare_exchange_weak_explicit(at, &word, make_word(serial_of(word), *left, state_of(word)),
							  memory_order_acq_rel, memory_order_relaxed))
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

	if (reference == 0 && fd_word(to) == 0)
		return;
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
