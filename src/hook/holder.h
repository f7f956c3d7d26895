/* SPDX-License-Identifier: MIT */
/*
 * holder.h - who this process is to the others that share the panel, and whether one of those is gone.
 *
 * For max-connections alone: the few system calls that a connect makes for it are made here. Who we are is found out
 * once, in the constructor, and once more by each forked child that connects. Any thread, signal handler or child. Keeps
 * errno.
 */
#ifndef CUTOUT_HOOK_HOLDER_H
#define CUTOUT_HOOK_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "panel/panel.h"

/* By a process that owns its tables (owner.h). True for the first time. */
bool holder_identify(struct panel_holder *holder);

/*
 * Has no process that pid that began by `since` (ns since the start of the system)? One kill() that sends nothing; where
 * somebody has the pid three more, to read when that one began. What cannot be found out is no.
 */
bool holder_is_gone(uint32_t pid, uint64_t since);

#endif
