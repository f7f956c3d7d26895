/* SPDX-License-Identifier: MIT */
/*
 * logline.h - what a line of the log says.
 *
 *   cutout[812] legacy-app: db.internal:5432 (10.0.0.5:5432): closed -> open: consecutive failures
 *   (3 of 9 calls failed, last ECONNREFUSED), retry in 10s                       (in one line)
 *
 * Pure: no allocation, no errno. Safe in any thread, in a signal handler and in a child. What comes from
 * the panel or the environment is not trusted to be printable, nor to end in a NUL.
 */
#ifndef CUTOUT_HOOK_LOGLINE_H
#define CUTOUT_HOOK_LOGLINE_H

#include <stddef.h>
#include <sys/types.h>

#include "panel/panel.h"

enum logline_form {
	LOGLINE_PLAIN,  /* ends in a newline, also when it was cut to fit */
	LOGLINE_SYSLOG, /* RFC 3164, without a newline */
};

struct logline_origin {
	enum logline_form form;
	pid_t pid;           /* 0: neither pid nor program are said */
	const char *program;
};

/* Room for every line, so that none is cut in practice. */
enum { LOGLINE_SIZE = 640 };

/* Return the length. `left_out` lines before this one were not written. */
size_t logline_change(char *line, size_t size, const struct logline_origin *origin, const struct panel_slot *slot,
		      const struct panel_change *change, unsigned left_out);
size_t logline_problem(char *line, size_t size, const struct logline_origin *origin, const char *problem);

#endif
