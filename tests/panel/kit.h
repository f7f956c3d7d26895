/* SPDX-License-Identifier: MIT */
/*
 * kit.h - what the tests of the panel share: a directory of their own, a breaker, calls in fabricated time.
 */
#ifndef CUTOUT_TESTS_PANEL_KIT_H
#define CUTOUT_TESTS_PANEL_KIT_H

#include <stdbool.h>
#include <stdint.h>

#include "panel/file.h"
#include "panel/panel.h"
#include "panel/slot.h"

#define MS UINT64_C(1000000)
#define SEC UINT64_C(1000000000)

/* Of the monotonic clock that the tests make up. */
#define T0 (1000 * SEC)

struct kit {
	char directory[64];
	char path[96];
	struct panel panel;
	char why[512];
	struct breaker_policy policy;
	struct panel_slot *slot;
	struct panel_change changes[2];
};

/* A directory with nothing in it; its `path` is <directory>/panel. */
void kit_directory(struct kit *kit);
void kit_remove_directory(struct kit *kit);

/* Skips the test: Criterion then leaves out its tear-down, so the directory goes first. */
void kit_skip(struct kit *kit, const char *reason);

/* Mounts of this process's own, for root or in a user namespace; false where neither is to be had. */
bool kit_own_mounts(void);

/* A private panel with one breaker of a policy without jitter. */
void kit_breaker(struct kit *kit);

/* The breaker of that port under kit->policy; NULL when there is no room. */
struct panel_slot *kit_find(struct kit *kit, uint16_t port);

/* Opens kit->path for use and expects a private panel, and why: "<kit->path>: <what>; using a private panel". */
void kit_expect_refusal(struct kit *kit, const char *what);
void kit_expect_refusal_of(struct kit *kit, const char *path, const char *what);

/* Opens kit->path for use and expects it to work. */
void kit_expect_open(struct kit *kit);

/* Writes a good panel file at kit->path and closes it. */
void kit_make_file(struct kit *kit);

struct panel_call kit_admit(struct kit *kit, uint64_t now); /* and expects it */
void kit_expect_refused(struct kit *kit, uint64_t now);
void kit_report(struct kit *kit, struct panel_call *call, enum breaker_outcome outcome, uint64_t now);
void kit_call(struct kit *kit, enum breaker_outcome outcome, uint64_t now); /* both at once */

/* Failures until it is open, in no time. */
void kit_trip(struct kit *kit, uint64_t now);

struct panel_view kit_view(const struct kit *kit, uint64_t now);

/* Runs the child's part in a forked process and returns its exit status, 255 for a signal. */
int kit_in_child(int (*part)(struct kit *kit), struct kit *kit);

#endif
