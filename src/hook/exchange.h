/* SPDX-License-Identifier: MIT */
/*
 * exchange.h - requests and answers on an established connection, for rules that ask for them.
 *
 * With on=response the connect and its first exchange are one call, and each later exchange is one. An exchange begins
 * with the first bytes sent after the last one received, and ends with the first byte received, or in one of the ways
 * in which none will come. With shed=all one that would begin while the circuit is open is refused; the connection
 * then is as good as reset, for what is received, too, since no answer will come to what was never sent.
 *
 * Called for watched descriptors only, before and after the real call; where the handshake is still on, or no rule
 * asks for more, they see what evidence.h says. A first look costs two loads. Keeps errno, but for what it refuses.
 * Any thread, signal handler or child.
 *
 * No failure is ever reported from a stale entry: each begins with the socket's own cookie. That no byte came is taken
 * from the kernel's count, where the program itself has not seen it: another process may have read the answer, or
 * a way that has no hook.
 */
#ifndef CUTOUT_HOOK_EXCHANGE_H
#define CUTOUT_HOOK_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "hook/call.h"

/* Bytes are about to be sent. False: they are not to be, and errno is ECONNRESET. */
bool exchange_may_send(int fd);

/* A send returned `result`, and errno. Returns it, for the hook to hand on. Of bytes while no handshake is on: nothing new. */
ssize_t exchange_sent_news(int fd, ssize_t result);

static inline ssize_t exchange_sent(int fd, ssize_t result)
{
	return result >= 0 && !calls_pending() ? result : exchange_sent_news(fd, result);
}

/* Bytes are to be received. `waits`: for as long as it takes, if the socket blocks. False as above. */
bool exchange_may_receive(int fd, bool waits);

/*
 * A receive returned `result`, and errno. Returns it. `takes`: bytes were taken out of the stream (not MSG_PEEK), and
 * there was room for some, so that 0 is its end.
 */
ssize_t exchange_received(int fd, ssize_t result, bool takes);

/* Of what receive hooks are called with: are bytes waited for, and taken? */
static inline bool exchange_waits(int flags)
{
	return !(flags & (MSG_DONTWAIT | MSG_PEEK | MSG_ERRQUEUE));
}

static inline bool exchange_takes(int flags, bool room)
{
	return room && !(flags & (MSG_PEEK | MSG_ERRQUEUE));
}

/* Parts that are all empty take nothing. */
bool exchange_has_room(const struct iovec *parts, size_t count);

/* The same for the result of recvmmsg(): what came is in the messages. */
int exchange_received_messages(int fd, int result, const struct mmsghdr *messages, int flags);

/* The program was told `error` by SO_ERROR. */
void exchange_told_error(int fd, int error);

/* A connect under such a rule has succeeded: by its return value, or by evidence of a followed one. */
void exchange_follows(int fd, const struct panel_call *connect, const struct rule *rule, uint64_t elapsed, uint64_t now);
void exchange_follows_call(struct call *call, uint64_t elapsed, uint64_t now);

/* The program has no more use for it: its last descriptor is closed, or it is shut down or dissolved. */
void exchange_left(int fd, enum call_state then);

#endif
