/* SPDX-License-Identifier: MIT */
/*
 * model_connections.h - a program with a few descriptors, and the object that follows its connections.
 *
 * call.c and what stands on it are the object's own; the kernel, the clock and whose table it is are the model's. All
 * operations on the words of descriptors and on records are stops, and between what a hook does and the real call is
 * one. Of the panel, which is explored by itself, only what changes a word is.
 *
 * Each connection has a breaker of its own, so that a call that is reported for another's shows there.
 */
#ifndef CUTOUT_TESTS_STRESS_MODEL_CONNECTIONS_H
#define CUTOUT_TESTS_STRESS_MODEL_CONNECTIONS_H

#include "explore.h"
#include "hook/record.h"
#include "model.h"

/* Two descriptors of the first connection, at most, and one of another. */
enum { FD = 4, COPY = 5, OTHER = 6, DESCRIPTORS = 8 };

extern uint64_t program_now;
extern struct rule program_rule;
extern unsigned program_shut; /* sockets that the object has shut for reading */

/* No descriptor is open, and nothing is followed. */
void program_starts(void);

/* A connect has succeeded at once; is on its way; its handshake is over, which the program is yet to learn. */
void program_connects(int fd);
void program_begins_connect(int fd);
void program_may_connect(int fd);

/* A connect on its way that was admitted before; the hook is yet to follow it. */
void program_is_admitted(int fd);
void program_follows(int fd);

/* One call of the program each. */
void program_sends(int fd);
void program_receives(int fd, ssize_t result, int error); /* nothing but EBADF where it is closed */
void program_polls(int fd);
void program_duplicates(int from, int to);
void program_shuts_down(int fd);
void program_dissolves(int fd);
void program_closes(int fd);

const struct panel_slot *program_slot(int fd); /* of the destination that it was connected to last */
enum call_state program_state(int fd);         /* of its record */

/*
 * Every record belongs to the descriptors that refer to it, and holds what is theirs. Then the program ends all
 * connections: no record is left, nothing is in flight, and each call was reported once. A death costs one record at
 * most, and calls of its connection.
 */
void program_check(void);

bool program_is_quiet(const volatile void *word, bool is_store);

#endif
