/* SPDX-License-Identifier: MIT */
/*
 * tape_file.h - the tape from its first byte to its last.
 *
 * The header's upper half is written before the file has a name that anybody knows, and read-only from then on. The
 * same for every compiler and word size. A change of anything here raises TAPE_LAYOUT.
 */
#ifndef CUTOUT_PANEL_TAPE_FILE_H
#define CUTOUT_PANEL_TAPE_FILE_H

#include <assert.h>
#include <stddef.h>

#include "panel/layout.h"
#include "panel/tape.h"

#define TAPE_MAGIC UINT64_C(0x0065706174756f63) /* arbitrary, fixed */
enum { TAPE_LAYOUT = 1, TAPE_PAGE = 4096 };

struct tape_header {
	uint64_t magic;
	uint32_t layout;
	uint32_t spare;
	uint64_t size;          /* of the file */
	uint64_t pid_namespace; /* the recorder's: inode; 0: not known */

	alignas(64) panel_word next;
};

struct tape_file {
	union {
		struct tape_header header;
		unsigned char page[TAPE_PAGE];
	};
	panel_word entries[TAPE_ENTRIES][TAPE_ENTRY_WORDS];
};

static_assert(offsetof(struct tape_header, pid_namespace) == 24, "layout");
static_assert(offsetof(struct tape_header, next) == 64, "layout");
static_assert(offsetof(struct tape_file, entries) == TAPE_PAGE, "layout");
static_assert(sizeof(struct tape_file) == TAPE_PAGE + 4 * 1024 * 1024, "layout");

#endif
