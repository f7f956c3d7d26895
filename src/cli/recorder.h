/* SPDX-License-Identifier: MIT */
/*
 * recorder.h - reads a tape and writes a trace: what processes tell, in the order of time, for cutout simulate.
 *
 * What is written lies RECORDER_WINDOW back, so that what another process tells a little later finds its place. What
 * comes later still is written with the time of the line before it, so that times never decrease. Memory is what
 * happens within the window, the calls in flight, and the names of the destinations.
 *
 * Every begin that is written gets an end. A call whose end nobody told ends as ignored, when that is noticed: its
 * process started another program or is gone, entries were lost, or the recording is over. Of a call whose begin was
 * lost nothing is written. An entry that does not become whole within RECORDER_PATIENCE was its writer's last word, and
 * is lost, as those are that were overwritten before they were read.
 *
 * Time is an argument, and so is who is alive.
 */
#ifndef CUTOUT_CLI_RECORDER_H
#define CUTOUT_CLI_RECORDER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/flights.h"
#include "cli/ordering.h"
#include "cli/places.h"
#include "panel/tape.h"

#define RECORDER_WINDOW   UINT64_C(1000000000)
#define RECORDER_PATIENCE UINT64_C(200000000)

struct recorder {
	/* Set before the first reading; the rest is 0. */
	const struct tape_file *tape;
	struct places places;   /* its panel is set */
	FILE *out;
	uint64_t start;         /* ns; the time 0 of the trace */
	bool (*is_alive)(uint32_t pid);

	struct flights flights;
	struct ordering ordering;
	uint64_t at;            /* number of the next entry */
	uint64_t waiting_since; /* for the entry `at` to become whole; 0: not */
	uint64_t looked;        /* when it was last looked who is alive */
	uint64_t latest;        /* time of the latest entry */
	uint64_t written;       /* time of the last line */

	uint64_t programs;      /* that started */
	uint64_t calls;
	uint64_t lost;          /* entries that were overwritten or never became whole */
	uint64_t orphans;       /* ends whose begin was lost, or which was taken for over */
	uint64_t unended;       /* calls that ended as ignored since nobody told their end */
	bool has_failed;        /* no memory */
};

/* Everything that is there. False, once, without memory. */
bool recorder_read(struct recorder *recorder, uint64_t now);

/* The last reading: what is in flight ends, everything is written. */
bool recorder_finish(struct recorder *recorder, uint64_t now);

void recorder_release(struct recorder *recorder);

#endif
