/* SPDX-License-Identifier: MIT */
/*
 * fdtable.c - the words, and writing them.
 */
#include "hook/fdtable.h"

#include "hook/roomy.h"

ROOMY _Atomic uint64_t fd_table[FD_TABLE_SIZE];

/* Only ever grows. Relaxed: a walk that misses a word which is being written may as well have come earlier. */
static _Atomic unsigned used;

static void note_used(unsigned end)
{
	unsigned seen = atomic_load_explicit(&used, memory_order_relaxed);

	while (seen < end &&
	       !atomic_compare_exchange_weak_explicit(&used, &seen, end, memory_order_relaxed, memory_order_relaxed))
		;
}

bool fd_set_word(int fd, uint64_t word)
{
	if (!fd_in_table(fd))
		return false;
	if (word)
		note_used((unsigned)fd + 1);
	atomic_store_explicit(&fd_table[fd], word, memory_order_release);
	return true;
}

bool fd_replace_word(int fd, uint64_t old, uint64_t word)
{
	if (!fd_in_table(fd))
		return false;
	if (word)
		note_used((unsigned)fd + 1);
	return atomic_compare_exchange_strong_explicit(&fd_table[fd], &old, word, memory_order_acq_rel,
						       memory_order_relaxed);
}

/* Whoever else changes the word at this moment knows better. */
void fd_change_flags(int fd, uint32_t gone, uint32_t come)
{
	uint64_t word = fd_word(fd);
	uint64_t next = (word & ~(uint64_t)gone) | come;

	if (next != word && !fd_word_has_call(word))
		fd_replace_word(fd, word, next);
}

void fd_note(int fd, uint32_t flag)
{
	if (fd_what(fd_word(fd)) & FD_KINDS)
		fd_change_flags(fd, 0, flag);
}

unsigned fd_table_used(void)
{
	return atomic_load_explicit(&used, memory_order_relaxed);
}
