/* SPDX-License-Identifier: MIT */
/*
 * fdtable.h - what we know about each descriptor: one word, found by its number.
 *
 *   63..32 serial of the call   31..16 number of the call + 1, 0: none   15..0 what it is
 *
 * A descriptor with a call is watched; whether one is costs a load and a branch. The word is only a
 * reference: the call's own record (call.h) decides whether it still is what the word says, so a
 * word that went stale (closed behind our back, call over) is found out there and cleared.
 *
 * Who writes: the process that owns the table (owner.h), in any thread; a word is cleared before the
 * descriptor is closed, so that a later owner of the number never loses its own. Release stores pair
 * with the acquire in fd_word(): whoever sees the reference sees the record. A death costs nothing,
 * the table dies with its process. Descriptors beyond the table are not watched.
 */
#ifndef CUTOUT_HOOK_FDTABLE_H
#define CUTOUT_HOOK_FDTABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fd_kind {
	FD_UNKNOWN = 0, /* not seen created: ask the kernel */
	FD_TCP = 1,
	FD_OTHER = 2, /* a socket that is none of ours */
	FD_UDP = 3, /* where rules are for it; else one of the others */
	FD_KINDS = 3,

	FD_CONNECTED = 4, /* its connect succeeded: until it is dissolved another one is no call */
	FD_OWED = 8,      /* the kernel owes it a word on a connect, ECONNABORTED after one that failed, or how one ends
			     that is not followed: the next one is no call */
	FD_FASTOPEN = 16, /* TCP_FASTOPEN_CONNECT is set: connect() returns before any handshake */
	FD_MAY_HOLD = 32, /* whatever else is known of it, its close is to be looked at: holding.h may have it */
	FD_WHAT = 0xffff,
};

enum { FD_TABLE_SIZE = 1 << 20 };

/* Zeros, which take no memory before a descriptor has a word. */
extern _Atomic uint64_t fd_table[FD_TABLE_SIZE];

static inline bool fd_in_table(int fd)
{
	return (unsigned)fd < FD_TABLE_SIZE;
}

static inline uint64_t fd_word(int fd)
{
	if (__builtin_expect(!fd_in_table(fd), 0))
		return 0;
	return atomic_load_explicit(&fd_table[fd], memory_order_acquire);
}

static inline bool fd_word_has_call(uint64_t word)
{
	return (word & UINT64_C(0xffff0000)) != 0;
}

/* A call is in flight on it, or was: its next step is worth looking at. */
static inline bool fd_watched(int fd)
{
	return __builtin_expect(fd_word_has_call(fd_word(fd)), 0);
}

/* What a hook does then, apart: for a descriptor that is not watched no register is saved. */
#define WATCHED static __attribute__((noinline))

static inline uint32_t fd_what(uint64_t word)
{
	return (uint32_t)(word & FD_WHAT);
}

/* False for a descriptor beyond the table, which stays unknown. */
bool fd_set_word(int fd, uint64_t word);

/* Puts `word` where `old` is; false when it is not any more. */
bool fd_replace_word(int fd, uint64_t old, uint64_t word);

/* Changes what it is, unless a call is in flight on it: some flags go, some come. */
void fd_change_flags(int fd, uint32_t gone, uint32_t come);

/*
 * Adds a flag, only where the table knows the socket, and without asking whose table it is, which would cost each connect a
 * system call: were a vfork child to connect (none does), at worst a socket that its parent has made under the same
 * number meanwhile would count as connected, and its next connect would pass unprotected, once.
 */
void fd_note(int fd, uint32_t flag);

/* One more than the highest descriptor that ever had a word: where a walk may end. */
unsigned fd_table_used(void);

#endif
