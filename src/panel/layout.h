/* SPDX-License-Identifier: MIT */
/*
 * layout.h - what lies where in the panel: a file mapped shared by every process of a user.
 *
 * Fixed-width fields with explicit alignment, so that 32-bit and 64-bit programs share it. The
 * header's table of sections says what a panel has, for tools; this build's own numbers are what is
 * computed with: nothing read from the file is used as a size or an offset.
 *
 * A change of anything here, or of what it means (policy.h, state.h, word.h, ring.h, hash.h), raises
 * PANEL_LAYOUT, and with it the name of the file: two layouts live side by side.
 */
#ifndef CUTOUT_PANEL_LAYOUT_H
#define CUTOUT_PANEL_LAYOUT_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#include "breaker/policy.h"
#include "breaker/ring.h"

#define PANEL_MAGIC UINT64_C(0x6c656e6174756f63) /* arbitrary, fixed */
enum { PANEL_LAYOUT = 4 };

enum {
	PANEL_SLOTS = 2944,
	PANEL_INDEX = 32768, /* buckets of the hash table; a power of two */
	PANEL_EVENTS = 4096,
	PANEL_EVENT_SIZE = 128,
	PANEL_EVENT_WORDS = PANEL_EVENT_SIZE / 8,
	PANEL_OWNERS_SIZE = 65536,
	PANEL_HOLDS = PANEL_OWNERS_SIZE / 16,
	PANEL_NAME_MAX = 136, /* bytes of a destination's text, with its NUL */
	PANEL_RULE_MAX = 104,
	PANEL_ERRORS = 12,
	PANEL_HISTOGRAM = 16,
	PANEL_MARKS = 6,
	PANEL_PHASES = 3, /* of enum breaker_phase */
};

/* (alignas is not for typedefs; on i386 a uint64_t alone would be aligned to 4) */
typedef _Atomic uint64_t panel_word __attribute__((aligned(8)));

/* Says which breaker. 64 bytes, no padding: hashed and compared as words. */
struct panel_key {
	uint64_t policy;  /* policy_hash() of the rule */
	uint64_t netns;   /* the network namespace (network.h) */
	uint64_t subject; /* per=host: hash of the name; per=rule: hash of the pattern; else 0 */
	uint8_t address[16];
	uint32_t scope;
	uint16_t port;
	uint8_t family;
	uint8_t protocol;
	uint64_t spare[2]; /* 0 */
};

/* Totals of a slot's life; only ever added to. */
enum panel_total {
	TOTAL_CALLS, /* admitted; comes first, see the slot */
	TOTAL_FAILURES,
	TOTAL_IGNORED,
	TOTAL_SLOW,
	TOTAL_REFUSED,
	TOTAL_WOULD_REFUSE,
	TOTAL_LATE,
	TOTAL_TRIPS,
	TOTAL_OPEN_TIME, /* ns spent open, up to the last change of state */
	TOTAL_PROBES,
	TOTAL_FALLBACK, /* refused, but connected to the fallback of the rule */
	PANEL_STORED_TOTALS,

	/* Slow ones that are no failures are not among them. No word of its own: the sum of slot.successes. */
	TOTAL_SUCCESSES = PANEL_STORED_TOTALS,
	PANEL_TOTALS,
};

/* A connection that is held to a destination with max-connections, and by whom: owners.h. */
struct panel_hold {
	panel_word word;
	panel_word who;
};

/* (the protocol of each part is told in slot.h, counts.h, slices.h, inflight.h and owners.h) */
struct panel_slot {
	/* Who it is (identity.h). Written by the claimer, read-only from publication until it is withdrawn. */
	struct panel_key key;
	struct breaker_policy policy;
	char destination[PANEL_NAME_MAX];
	char rule[PANEL_RULE_MAX];
	panel_word marks[PANEL_MARKS]; /* counts.h: totals at the start of the generation */

	/* What every call looks at, in one line of memory with the total that each adds to. */
	alignas(64) panel_word word;     /* breaker/word.h */
	panel_word status;               /* slot.h */
	panel_word used;                 /* ns, about when it was last asked; evict.h */
	panel_word mode;                 /* mode.h: of this breaker alone */
	panel_word swept;                /* inflight.h: when overdue calls were last looked for */
	panel_word answers_swept;        /* the same, of the ring of answers */
	panel_word totals[PANEL_STORED_TOTALS]; /* the rest in the lines behind it */
	panel_word last_error;           /* errno of the last failure; 0: none yet */
	panel_word since;                /* counts.h */
	panel_word run;                  /* counts.h: successes when the run of successes began */
	panel_word connections;          /* owners.h: held to this destination */

	/* What a success adds to, most of them in one line. */
	alignas(64) panel_word duration_sum;   /* ns */
	panel_word successes[PANEL_HISTOGRAM]; /* counts.h: calls by duration */
	panel_word others[PANEL_HISTOGRAM];    /* the same of failures and slow ones */
	panel_word transitions[PANEL_PHASES][PANEL_PHASES]; /* changes of state: from, to; only ever added to */
	panel_word errors[PANEL_ERRORS];       /* counts.h: failures by errno */
	alignas(64) panel_word ring[RING_CELLS];
	panel_word answers[RING_CELLS];        /* inflight.h: exchanges, with on=response */
	panel_word slices[POLICY_BUCKETS_MAX]; /* slices.h: finished and failed */
	panel_word slow_slices[POLICY_BUCKETS_MAX];
};

#endif
