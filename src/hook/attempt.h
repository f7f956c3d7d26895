/* SPDX-License-Identifier: MIT */
/*
 * attempt.h - one connect() of the program, from its admission to what it returned.
 *
 * The hook holds an attempt on its stack, with attempt_abandon() as its cleanup: a cancelled thread
 * ends its call as ignored, and gives the socket its own time limit back; after a longjmp out of a signal handler the
 * call's entry in the ring expires, and the limit stays (patience.h). Nothing else is held across the real call. Any
 * thread, signal handler or child.
 */
#ifndef CUTOUT_HOOK_ATTEMPT_H
#define CUTOUT_HOOK_ATTEMPT_H

#include <stdbool.h>

#include "hook/detour.h"
#include "hook/libc.h"
#include "hook/patience.h"
#include "hook/target.h"

enum attempt_kind {
	ATTEMPT_NONE,     /* not ours: pass it on */
	ATTEMPT_REFUSED,  /* the circuit is open */
	ATTEMPT_DIVERTED, /* it is, and the rule has a fallback: connect to attempt->detour */
	ATTEMPT_ADMITTED, /* a call */
	ATTEMPT_AGAIN,    /* a second connect of a call in flight */
	ATTEMPT_SETTLED,  /* the kernel only has its word on an earlier one to say: connected, or failed */
};

struct attempt {
	enum attempt_kind kind;
	int fd;
	enum addr_protocol protocol;
	bool fastopen;
	bool is_send; /* of a datagram: no connect */
	int flags;    /* of a send; 0 of connect() */
	uint32_t hold; /* with max-connections: holding.h; 0: none */
	struct patience patience; /* with connect-timeout */
	struct detour detour;     /* of a diverted one only */
	struct target target;
	struct panel_call call;
};

/* The constructor says that everything is in place. */
void attempt_activate(void);

/*
 * Asks for admission; attempt->kind says what came of it. `flags` are those of a send that connects, 0 for connect().
 * Keeps errno.
 */
void attempt_begin(struct attempt *attempt, int fd, const struct sockaddr *address, socklen_t length, int flags);

/* In place of connect(): takes its pace, sets errno and returns -1. A cancellation point where it waits. */
int attempt_refuse(const struct attempt *attempt);

/* connect() returned `result`, and errno. Returns it, for the hook to hand on. Keeps errno. */
int attempt_end(struct attempt *attempt, int result);

/*
 * The same for a send that connects, and returned a count of bytes or messages: that it took them is no handshake, which
 * may be over all the same, as after one that blocks.
 */
ssize_t attempt_sent(struct attempt *attempt, ssize_t result);

/*
 * The same pair for a datagram that names its destination. That the kernel took it is a success on a Unix-domain
 * socket, where it lies with the receiver; of UDP it says nothing, and only an error of the send itself tells.
 */
void attempt_begin_datagram(struct attempt *attempt, int fd, const struct sockaddr *address, socklen_t length, int flags);
ssize_t attempt_sent_datagram(struct attempt *attempt, ssize_t result);

/* With connect-timeout: it is about to go on its way, and shall not wait for longer. */
void attempt_limit_patience(struct attempt *attempt);

/* Admitted, and nothing is to be learnt of how it ends. Keeps errno. */
void attempt_end_ignored(struct attempt *attempt, uint64_t now);

/* The cleanup: the call of a thread that did not come back from the real connect(). */
void attempt_abandon(struct attempt *attempt);

#endif
