/* SPDX-License-Identifier: MIT */
/*
 * filter.h - was a sandbox put up around this program before it was executed?
 *
 * A filter of system calls outlives exec, and nobody tells what it does with a call that it does not list: kill, or
 * answer with an error. But whose it is can be found out, with such calls as the dynamic linker makes: each process has in
 * /proc how many filters it is behind, and who its parent is.
 *
 *   some ancestor is behind fewer     it was put up between there and here, for this program or for what it belongs to,
 *                                     and may know no more than that needed: assume that it kills
 *   that ancestor is a systemd        SystemCallFilter= is made of groups, and lists more than we need
 *   none is, as far as can be seen    the container's: those answer with errors, and list what we need
 *
 * Who cannot be looked at (another user's process, where /proc is mounted with hidepid) is behind fewer; where there is
 * no /proc there is no filter. A filter that the first process of a container has around itself alone, and that kills, is
 * not told from the container's own.
 *
 * open(), read() and close(). Any thread, signal handler or child; errno is kept; no point of cancellation.
 */
#ifndef CUTOUT_HOOK_FILTER_H
#define CUTOUT_HOOK_FILTER_H

#include <stdbool.h>

/* Some 40 us where there is none, as many more for each ancestor that is looked at where there is one. */
bool filter_may_kill(void);

#endif
