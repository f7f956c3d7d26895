/* SPDX-License-Identifier: MIT */
/*
 * record.h - the record of a followed connection, and the first look at it.
 *
 * What the fields mean, who writes them and what a death costs is told in call.h. Here is what the way of every byte
 * needs of it without a call: is there a record behind this descriptor, and in which state?
 *
 * Any thread, signal handler or child; no system call.
 */
#ifndef CUTOUT_HOOK_RECORD_H
#define CUTOUT_HOOK_RECORD_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hook/call.h"
#include "hook/fdtable.h"
#include "hook/owner.h"

/* What an exchange needs lies in one line. */
struct record {
	alignas(64) _Atomic uint64_t word;
	_Atomic uint64_t owner;
	_Atomic uint64_t began;
	_Atomic uint64_t status;   /* of the slot */
	_Atomic uintptr_t slot;
	_Atomic uintptr_t rule;
	_Atomic uint32_t generation;
	_Atomic uint32_t details;  /* 31..25 RECORD_…   24..0 the call's place */
	_Atomic uint64_t received; /* 63..40 the serial   31..0 bytes that came through the hooks, modulo 2^32 */
	_Atomic int32_t fd;
	_Atomic uint64_t cookie;
	_Atomic uint64_t tape;     /* where RECORD_TAPED says that there is one */
};

enum {
	RECORD_FASTOPEN = 1 << 25,
	RECORD_NEVER_BLOCKS = 1 << 26, /* a hint, for all exchanges: receives on it were seen to return at once (or on
					  the record's last connection, where that was closed at this very time) */
	RECORD_DATAGRAM = 1 << 27,
	RECORD_TAPED = 1 << 28,
	RECORD_OF_CONNECTION = RECORD_FASTOPEN | RECORD_NEVER_BLOCKS | RECORD_DATAGRAM, /* the same for all exchanges */
};

extern struct record call_records[CALLS_MAX];

static inline uint64_t record_word(uint32_t serial, uint32_t turn, uint32_t descriptors, enum call_state state)
{
	return (uint64_t)(serial & 0xffffff) << 40 | (uint64_t)(turn & 0xffff) << 24 |
	       (uint64_t)(descriptors & 0xfffff) << 4 | state;
}

static inline uint32_t record_serial(uint64_t word)
{
	return (uint32_t)(word >> 40);
}

static inline uint32_t record_turn(uint64_t word)
{
	return (uint32_t)(word >> 24) & 0xffff;
}

static inline uint32_t record_descriptors(uint64_t word)
{
	return (uint32_t)(word >> 4) & 0xfffff;
}

/* What `word` becomes in another state of a live record: with FILLING another turn begins. */
static inline uint64_t record_moved(uint64_t word, enum call_state to)
{
	const uint64_t one = UINT64_C(1) << 24, turn = UINT64_C(0xffff) << 24;
	uint64_t next = (word & ~UINT64_C(0xf)) | to;

	return to == CALL_FILLING ? (next & ~turn) | ((next + one) & turn) : next;
}

static inline enum call_state record_state(uint64_t word)
{
	return (enum call_state)(word & 0xf);
}

/* What a descriptor's word says (fdtable.h). */
static inline uint64_t record_reference(unsigned number, uint32_t serial)
{
	return (uint64_t)serial << 32 | (uint64_t)(number + 1) << 16;
}

static inline unsigned record_number(uint64_t reference)
{
	return (unsigned)(reference >> 16 & 0xffff) - 1;
}

/* What a first look finds. */
struct glance {
	struct record *record;
	uint64_t word; /* 0, which is CALL_FREE: there is none, or a stale one, or another process's */
};

/* call_of_descriptor() tells those apart. Acquire pairs with the release of who moved the word. */
static inline struct glance record_glance(int fd)
{
	uint64_t reference = fd_word(fd);
	unsigned number = record_number(reference);
	struct glance seen = { .word = 0 };

	if (!fd_word_has_call(reference) || number >= CALLS_MAX)
		return seen;
	seen.record = &call_records[number];
	seen.word = atomic_load_explicit(&seen.record->word, memory_order_acquire);
	if (record_serial(seen.word) != reference >> 32 ||
	    atomic_load_explicit(&seen.record->owner, memory_order_relaxed) != owner_mark())
		seen.word = 0;
	return seen;
}

static inline enum call_state record_state_of(int fd)
{
	return record_state(record_glance(fd).word);
}

#define RECORD_GET(field) atomic_load_explicit(&(field), memory_order_relaxed)

/*
 * Copies out what was loaded with the word before: all that is proven by the swap that names it. First what begins a
 * call on it; then with the call that is on; then with what a look at the socket needs.
 */
static inline void record_copy_seat(const struct record *record, uint64_t word, struct call *call)
{
	call->admitted.slot = (struct panel_slot *)RECORD_GET(record->slot);
	call->admitted.status = RECORD_GET(record->status);
	call->rule = (const struct rule *)RECORD_GET(record->rule);
	call->word = word;
	call->number = (unsigned)(record - call_records);
}

static inline void record_copy_call(const struct record *record, uint64_t word, struct call *call)
{
	uint32_t details = RECORD_GET(record->details);

	record_copy_seat(record, word, call);
	call->admitted.began = RECORD_GET(record->began);
	call->admitted.generation = RECORD_GET(record->generation);
	call->admitted.place = details & PANEL_CALL_PLACE;
	if (record_state(word) == CALL_RECEIVING)
		call->admitted.place &= ~PANEL_CALL_PENDING;
	call->admitted.tape = details & RECORD_TAPED ? RECORD_GET(record->tape) : 0;
}

static inline void record_copy(const struct record *record, uint64_t word, struct call *call)
{
	uint32_t details = RECORD_GET(record->details);

	record_copy_call(record, word, call);
	call->cookie = RECORD_GET(record->cookie);
	call->fastopen = (details & RECORD_FASTOPEN) != 0;
	call->datagram = (details & RECORD_DATAGRAM) != 0;
}

#define RECORD_PUT(field, value) atomic_store_explicit(&(field), (value), memory_order_relaxed)

/*
 * By who saw the record as `word` says, which may be another connection's by now. Two threads that receive from one stream
 * at once, or one that does while another closes it, may lose what is counted: then some bytes seem never to have come by
 * our hooks, and silence on that connection, or the record's next, is no failure any more. Nobody reads a stream so.
 */
static inline void record_count_received(struct record *record, uint64_t word, uint32_t bytes)
{
	uint64_t seen = RECORD_GET(record->received);

	if (__builtin_expect(record_serial(seen) == record_serial(word), 1))
		RECORD_PUT(record->received, record_word(record_serial(seen), 0, 0, CALL_FREE) | (uint32_t)(seen + bytes));
}

/* Modulo 2^32. */
static inline uint32_t record_received(const struct record *record, uint64_t word)
{
	uint64_t seen = RECORD_GET(record->received);

	return record_serial(seen) == record_serial(word) ? (uint32_t)seen : 0;
}

/* The fields of the call that is on, by who has claimed the record or moved it to FILLING. */
static inline void record_fill(struct record *record, const struct panel_call *admitted)
{
	uint32_t details = admitted->place | (RECORD_GET(record->details) & RECORD_OF_CONNECTION);

	if (admitted->tape) {
		details |= RECORD_TAPED;
		RECORD_PUT(record->tape, admitted->tape);
	}
	RECORD_PUT(record->began, admitted->began);
	RECORD_PUT(record->generation, admitted->generation);
	RECORD_PUT(record->details, details);
}

/* call_move() between two states of an established connection, for the way of every byte; not from FILLING. */
static inline bool record_move(struct call *call, enum call_state to)
{
	uint64_t seen = call->word;
	uint64_t next = record_moved(seen, to);

	/* Orders and partners are those of swap() in call.c. */
	if (atomic_compare_exchange_strong_explicit(&call_records[call->number].word, &seen, next, memory_order_acq_rel,
						    memory_order_relaxed)) {
		call->word = next;
		return true;
	}
	return call_move(call, to);
}

/* The same from FILLING, by who has moved it there. Without descriptors it becomes free. */
static inline bool record_move_on(struct call *call, enum call_state to)
{
	if (__builtin_expect(record_descriptors(call->word) == 0, 0))
		return call_move(call, to);
	return record_move(call, to);
}

#endif
