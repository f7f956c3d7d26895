/* SPDX-License-Identifier: MIT */
/*
 * wait.h - what the return of a wait function tells about pending connects.
 *
 * Each takes the result of the real function and returns it. One load when no call is pending. errno is
 * kept; any thread, signal handler or child.
 */
#ifndef CUTOUT_HOOK_WAIT_H
#define CUTOUT_HOOK_WAIT_H

#include "hook/libc.h"

int waited_for_poll(const struct pollfd *fds, nfds_t count, int result);
int waited_for_select(int count, const fd_set *reading, const fd_set *writing, const fd_set *exceptional, int result);

/* An epoll event does not say which descriptor it is about, so some of the pending ones are looked at. */
int waited_for_epoll(int result);

#endif
