/* SPDX-License-Identifier: MIT */
/*
 * evidence.h - what the hooks see of a followed connect, turned into its outcome.
 *
 * The program learns of the end of its connect in its own way: an event, SO_ERROR, a second connect,
 * the first bytes, or never. Each function below takes one such observation, looks at the socket without
 * disturbing it (handshake.h), and reports the call if it is over. Called for watched descriptors only;
 * does nothing where the call is another's or over. errno is kept; any thread, signal handler or child.
 *
 * No failure is ever reported from a stale entry: every verdict begins with the socket's own cookie.
 */
#ifndef CUTOUT_HOOK_EVIDENCE_H
#define CUTOUT_HOOK_EVIDENCE_H

#include <stdint.h>
#include <sys/types.h>

#include "panel/panel.h"
#include "rules/rules.h"

/* What connects are judged by: success, slow or overdue by `elapsed` ns, or by the errno of the failure. */
void evidence_report(const struct panel_call *call, const struct rule *rule, int error, uint64_t elapsed, uint64_t now);

/* A send or receive returned `result`, and errno. Returns it, for the hook to hand on. */
ssize_t evidence_of_transfer(int fd, ssize_t result);

/* Something was received: on a connected datagram socket, from its destination. */
void evidence_of_datagram(int fd);

/* An event, or a call that works on connected sockets only. */
void evidence_of_event(int fd);

/* The program was told `error` by SO_ERROR. */
void evidence_of_error(int fd, int error);

/* A second connect() returned `result` with errno `error`: the same call. If it failed, the socket is a fresh one. */
void evidence_of_connect(int fd, int result, int error);

/* connect() was cut short, and the program is told ETIMEDOUT: a failure now, whatever the handshake comes to. */
void evidence_of_impatience(int fd);

/* The socket is about to be dissolved or shut down: its handshake ends here. */
void evidence_of_giving_up(int fd);

/* The descriptor is about to be closed or replaced. Clears its word. */
void evidence_of_leaving(int fd);

/* It was closed behind our back, and its number is another file's by now, which is not asked. The word is the caller's to write. */
void evidence_of_loss(int fd);

/*
 * Something was waited for, or another connect begins: have a look at calls that may be overdue, and at
 * `looks` others. Bounded; one load when no call is pending.
 */
void evidence_sweep(unsigned looks);

#endif
