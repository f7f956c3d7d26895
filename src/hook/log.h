/* SPDX-License-Identifier: MIT */
/*
 * log.h - one line for each change of state, to stderr, syslog or a file.
 *
 * Never blocks, never kills: a full pipe, a reader that is gone (SIGPIPE) or a file at its size
 * limit (SIGXFSZ) loses the line. The stderr of the start is known by its device and inode: if the
 * program has put another file under number 2 since, nothing is written. Files and syslog are opened
 * for each line, so that no descriptor of ours stays in the program. At most LOG_LINES_PER_SECOND
 * lines a second and process; what was left out is said in the next line.
 *
 * log_init() in the constructor; the rest in any thread, signal handler or child. errno is kept.
 */
#ifndef CUTOUT_HOOK_LOG_H
#define CUTOUT_HOOK_LOG_H

#include "panel/panel.h"

enum { LOG_LINES_PER_SECOND = 20 };

/* `target`: NULL or "off", "stderr", "syslog", or an absolute path. */
void log_init(const char *target);

void log_changes_made(const struct panel_slot *slot, const struct panel_change changes[2], uint64_t now);

/* Nothing for REASON_NONE, which a second change never follows. `now` is clock_now(). */
static inline void log_changes(const struct panel_slot *slot, const struct panel_change changes[2], uint64_t now)
{
	if (changes[0].reason != REASON_NONE)
		log_changes_made(slot, changes, now);
}

/* What went wrong in cutout itself, one line without a newline, once, on stderr even with the log off. Constructor only. */
void log_startup_problem(const char *line);

#endif
