/* SPDX-License-Identifier: MIT */
/*
 * recording.h - the directory of a recording: a panel and a tape (panel/tape.h) that its programs share.
 *
 * /dev/shm/cutout-record-XXXXXX; in $TMPDIR or /tmp where that is not to be had. Its processes find it by
 * CUTOUT_RECORD. It is locked as long as the recorder lives: one that is left by a dead recorder is removed by the next.
 */
#ifndef CUTOUT_CLI_RECORDING_H
#define CUTOUT_CLI_RECORDING_H

#include <stdbool.h>

#include "panel/panel.h"
#include "panel/tape.h"

struct recording {
	char directory[200];
	int directory_fd; /* close-on-exec */
	struct panel panel;
	struct tape_file *tape;
};

/* False after a message. */
bool recording_make(struct recording *recording);

/* Closes and removes it: programs that start later are not recorded. */
void recording_remove(struct recording *recording);

#endif
