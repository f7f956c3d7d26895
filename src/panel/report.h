/* SPDX-License-Identifier: MIT */
/*
 * report.h - results reach the breaker's word: load, compute, compare-and-swap.
 *
 * The word is moved by compare-and-swap alone (acq_rel: what the mover counted before is seen by who loads,
 * with acquire, the word that came of it). A closed breaker without failures is told of a success without
 * being moved. The loop ends after PANEL_TRIES rounds, of which each was lost to somebody who got on; the
 * result is then in the totals and nowhere else. Dying before the swap does the same.
 *
 * May overlap: all with all. Any thread, signal handler or child.
 */
#ifndef CUTOUT_PANEL_REPORT_H
#define CUTOUT_PANEL_REPORT_H

#include "panel/change.h"

enum { PANEL_TRIES = 1000 };

/* `count` calls of a generation ended in the same way. */
struct results {
	uint64_t status; /* of the slot, as in the seat */
	uint32_t generation;
	enum breaker_outcome outcome; /* as the caller of panel_report() has it */
	int error;
	unsigned count;
	uint64_t elapsed; /* ns that each took, or COUNTS_UNTIMED, which a success is not */
};

/* Late ones are counted as that. */
void report_results(struct panel_slot *slot, const struct breaker_policy *policy, const struct results *results,
		    uint64_t now, struct change_list *list);

/* Uniform enough for jitter, and no system call. */
uint32_t report_random(const struct panel_slot *slot, uint64_t now);

#endif
