/* SPDX-License-Identifier: MIT */
/*
 * socket.h - what a socket option changes about a later connect.
 *
 * Any thread, signal handler or child; errno is kept.
 */
#ifndef CUTOUT_HOOK_SOCKET_H
#define CUTOUT_HOOK_SOCKET_H

#include <stdbool.h>

/* TCP_FASTOPEN_CONNECT was set or cleared: connect() then returns before any handshake, or no longer does. */
void socket_notes_fastopen(int fd, bool on);

#endif
