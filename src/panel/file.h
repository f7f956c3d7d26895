/* SPDX-License-Identifier: MIT */
/*
 * file.h - the panel from its first byte to its last: header page, index, slots, places for later.
 *
 * A new file is all zeros but for the header's upper half, which is written before the file gets its
 * name and is read-only from then on. A zeroed panel is a valid empty one.
 *
 * What each part is for, who writes it and what a death in between costs:
 *
 *   claims      a bit per slot, set by who claims it (slot.h). Dying before publication leaves it set: one slot.
 *   unprotected calls that found no room; evictions: breakers that made room (evict.h). Added to by anybody;
 *               nothing to lose.
 *   hand, barren  where the next victim is looked for, and when none was found (evict.h). Hints.
 *   index       hash table of published slots. Each bucket is one word (bucket.h), whose compare-and-swap is the
 *               publication of a slot, and its withdrawal.
 *   slots       layout.h
 *   mode        the switch for all breakers (mode.h). Written by tools alone, read by every call.
 *   next_event  the number of the next event, counted up by who writes one; events: the ring (events.h). Dying in
 *               between costs one event.
 *   owners      who holds connections that are limited (owners.h). Dying in a claim costs one place.
 */
#ifndef CUTOUT_PANEL_FILE_H
#define CUTOUT_PANEL_FILE_H

#include <assert.h>
#include <stddef.h>

#include "panel/layout.h"

enum {
	PANEL_PAGE = 4096,
	PANEL_SECTIONS = 16,
	PANEL_BOOT_ID_LENGTH = 36,
	PANEL_BOOT_ID_MAX = 40, /* with NULs behind it */
	PANEL_CLAIM_WORDS = PANEL_SLOTS / 64,
	PANEL_SIZE_MAX = 8 << 20, /* a container's /dev/shm has 64 MiB */
};

enum panel_section_kind {
	SECTION_NONE = 0,
	SECTION_INDEX = 1,
	SECTION_SLOTS = 2,
	SECTION_EVENTS = 3,
	SECTION_OWNERS = 4,
};

/* For tools that were built with another layout; this build computes with its own numbers. */
struct panel_section {
	uint32_t kind;
	uint32_t entry_size;
	uint64_t offset;
	uint64_t entries;
	uint64_t spare;
};

struct panel_header {
	uint64_t magic;
	uint32_t layout;
	uint32_t sections; /* in use */
	uint64_t size;     /* of the file */
	uint64_t created;  /* ns since the epoch */
	char boot_id[PANEL_BOOT_ID_MAX];
	uint64_t inode;    /* of the file, if it was made in memory and is of this start of the system, therefore; 0: ask */
	uint64_t device;
	uint8_t spare[40];
	struct panel_section table[PANEL_SECTIONS];

	alignas(64) panel_word mode; /* in a line of its own, which calls read and hardly anybody writes */
	alignas(64) panel_word evictions;
	panel_word next_event;
	panel_word unprotected;
	panel_word hand;
	panel_word barren;
	alignas(64) panel_word claims[PANEL_CLAIM_WORDS];
};

struct panel_file {
	union {
		struct panel_header header;
		unsigned char page[PANEL_PAGE];
	};
	alignas(64) panel_word index[PANEL_INDEX]; /* bucket.h */
	struct panel_slot slots[PANEL_SLOTS];
	alignas(64) panel_word events[PANEL_EVENTS][PANEL_EVENT_WORDS]; /* events.h */
	struct panel_hold owners[PANEL_HOLDS]; /* owners.h */
};

/* The numbers of layout 4, written out: they must be the same for every compiler and word size. */
static_assert(sizeof(panel_word) == 8 && alignof(panel_word) == 8, "layout");
static_assert(sizeof(struct panel_key) == 64, "layout");
static_assert(sizeof(struct breaker_policy) == 96, "layout");
static_assert(offsetof(struct panel_slot, policy) == 64, "layout");
static_assert(offsetof(struct panel_slot, destination) == 160, "layout");
static_assert(offsetof(struct panel_slot, rule) == 296, "layout");
static_assert(offsetof(struct panel_slot, marks) == 400, "layout");
static_assert(offsetof(struct panel_slot, word) == 448, "layout");
static_assert(offsetof(struct panel_slot, status) == 456, "layout");
static_assert(offsetof(struct panel_slot, used) == 464, "layout");
static_assert(offsetof(struct panel_slot, mode) == 472, "layout");
static_assert(offsetof(struct panel_slot, swept) == 480, "layout");
static_assert(offsetof(struct panel_slot, answers_swept) == 488, "layout");
static_assert(offsetof(struct panel_slot, totals) == 496, "layout");
static_assert(offsetof(struct panel_slot, last_error) == 584, "layout");
static_assert(offsetof(struct panel_slot, connections) == 608, "layout");
static_assert(offsetof(struct panel_slot, duration_sum) == 640, "layout");
static_assert(offsetof(struct panel_slot, successes) == 648, "layout");
static_assert(offsetof(struct panel_slot, others) == 776, "layout");
static_assert(offsetof(struct panel_slot, transitions) == 904, "layout");
static_assert(offsetof(struct panel_slot, errors) == 976, "layout");
static_assert(offsetof(struct panel_slot, ring) == 1088, "layout");
static_assert(offsetof(struct panel_slot, answers) == 1216, "layout");
static_assert(offsetof(struct panel_slot, slices) == 1344, "layout");
static_assert(offsetof(struct panel_slot, slow_slices) == 1824, "layout");
static_assert(sizeof(struct panel_slot) == 2304, "layout");
static_assert(sizeof(struct panel_hold) == 16, "layout");
static_assert(sizeof(struct panel_section) == 32, "layout");
static_assert(offsetof(struct panel_header, boot_id) == 32, "layout");
static_assert(offsetof(struct panel_header, inode) == 72, "layout");
static_assert(offsetof(struct panel_header, table) == 128, "layout");
static_assert(offsetof(struct panel_header, mode) == 640, "layout");
static_assert(offsetof(struct panel_header, evictions) == 704, "layout");
static_assert(offsetof(struct panel_header, hand) == 728, "layout");
static_assert(offsetof(struct panel_header, claims) == 768, "layout");
static_assert(sizeof(struct panel_header) <= PANEL_PAGE, "layout");
static_assert(offsetof(struct panel_file, index) == 4096, "layout");
static_assert(offsetof(struct panel_file, slots) == 266240, "layout");
static_assert(offsetof(struct panel_file, events) == 7049216, "layout");
static_assert(offsetof(struct panel_file, owners) == 7573504, "layout");
static_assert(sizeof(struct panel_file) == 7639040, "layout");
static_assert(sizeof(struct panel_file) < PANEL_SIZE_MAX, "too big for a container's /dev/shm");
static_assert(PANEL_CLAIM_WORDS * 64 == PANEL_SLOTS, "each slot has its bit");
static_assert((PANEL_INDEX & (PANEL_INDEX - 1)) == 0 && PANEL_INDEX >= 8 * PANEL_SLOTS, "buckets stay almost empty");

#endif
