/* SPDX-License-Identifier: MIT */
/*
 * tagged.h - entries of a ring in shared memory, written by many without locks: words that carry their round.
 *
 * Who wants to write takes a number, by one fetch-and-add of a word that all share; number n belongs into entry
 * n % ENTRIES, and is one of round n / ENTRIES. An entry is a few words of
 *
 *   63..48 tag: 1 + round % 65535; 0: never written   47..0 six bytes of what is written
 *
 * each moved by compare-and-swap, and only forward: a word whose tag is of the same round or of a later one is left
 * alone, and whoever finds one gives up. Since a number is given once, and its bearer writes each word at most once,
 * a word of tag t in an entry has one value only, whoever reads it when. So an entry is whole when all its words carry
 * its tag, and then it is exactly what its writer wrote: no word says anything about another, and all orders are
 * relaxed.
 *
 *   a word's tag is older   not written yet, or never: its writer was killed half way. It costs this one entry; the
 *                           writer of the next round does not notice
 *   a word's tag is newer   overwritten. A writer that was held up for a whole round finds that out itself, and cannot
 *                           disturb who came after it
 *
 * A reader cannot tell a slow writer from a dead one: it comes back later. A tag comes back after 65535 rounds, by
 * which time every word has been written again.
 *
 * May overlap: all with all. Any thread, signal handler, child or process; bounded; nothing that is read is trusted.
 */
#ifndef CUTOUT_PANEL_TAGGED_H
#define CUTOUT_PANEL_TAGGED_H

#include <stdbool.h>
#include <stdint.h>

#include "panel/layout.h"

enum { TAGGED_BYTES = 6 }; /* in each word */

enum tagged_found {
	TAGGED_WHOLE,
	TAGGED_PENDING, /* not yet, or only half */
	TAGGED_LOST,    /* overwritten */
};

/* Writes `count` words from TAGGED_BYTES times as many bytes. False: a later round was there before. */
bool tagged_put(panel_word *words, unsigned count, uint64_t round, const unsigned char *bytes);

/* *bytes are whole for TAGGED_WHOLE only. */
enum tagged_found tagged_get(const panel_word *words, unsigned count, uint64_t round, unsigned char *bytes);

#endif
