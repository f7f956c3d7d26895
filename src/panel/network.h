/* SPDX-License-Identifier: MIT */
/*
 * network.h - which network namespace? A part of each key, so that 127.0.0.1:5432 of one container is not that of
 * another.
 *
 * The kernel's own number of the namespace that a socket is in (SO_NETNS_COOKIE, Linux 5.14): never given twice, and
 * learnt from the program's first socket by one getsockopt(). A start that looks into /proc instead pays for
 * the entries that a new process does not have there yet (some 25 us); older kernels have only the inode there.
 *
 * errno is kept.
 */
#ifndef CUTOUT_PANEL_NETWORK_H
#define CUTOUT_PANEL_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

/* By the kernel's version, without a socket. */
bool network_is_told_by_sockets(void);

/* Any thread, signal handler or child. */
bool network_of_socket(int fd, uint64_t *network);

/* Of this process, by a socket of its own. */
bool network_of_process(uint64_t *network);

/* Of this process, by its namespace's inode, which may come to be another's when it is gone: open(), fstat(), close(). */
bool network_of_namespace(uint64_t *network);

#endif
