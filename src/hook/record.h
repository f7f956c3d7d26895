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

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hook/call.h"
#include "hook/fdtable.h"
#include "hook/owner.h"

struct record {
	_Atomic uint64_t word;
	_Atomic uint64_t cookie;
	_Atomic uint64_t began;
	_Atomic uint64_t tape;
	_Atomic uint64_t owner;
	_Atomic uint64_t status;   /* of the slot */
	_Atomic uintptr_t slot;
	_Atomic uintptr_t rule;
	_Atomic uint32_t generation;
	_Atomic uint32_t details;  /* 31..20 RECORD_…   19..0 slice */
	_Atomic int32_t fd;
	_Atomic uint32_t received; /* bytes that came through the hooks, modulo 2^32 */
};

enum {
	RECORD_SLICE = 0xfffff,
	RECORD_IN_RING = 1 << 20,
	RECORD_PENDING = 1 << 21,
	RECORD_PROBE = 1 << 22,
	RECORD_EXCHANGE = 1 << 23,
	RECORD_FASTOPEN = 1 << 24,
	RECORD_DATAGRAM = 1 << 26,
	RECORD_NEVER_BLOCKS = 1 << 25, /* a hint, for all exchanges: receives on it were seen to return at once */
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

/*
 * The state of the connection behind the descriptor; CALL_FREE when there is none, or a stale one, or another
 * process's, which call_of_descriptor() tells apart. Acquire pairs with the release of who moved the word.
 */
static inline enum call_state record_glance(int fd, struct record **record)
{
	uint64_t reference = fd_word(fd);
	unsigned number = record_number(reference);
	uint64_t word;

	*record = NULL;
	if (!fd_word_has_call(reference) || number >= CALLS_MAX)
		return CALL_FREE;
	*record = &call_records[number];
	word = atomic_load_explicit(&(*record)->word, memory_order_acquire);
	if (record_serial(word) != reference >> 32 ||
	    atomic_load_explicit(&(*record)->owner, memory_order_relaxed) != owner_mark())
		return CALL_FREE;
	return record_state(word);
}

static inline bool record_is_in_handshake(int fd)
{
	struct record *record;

	return record_glance(fd, &record) < CALL_ESTABLISHED;
}

#endif
