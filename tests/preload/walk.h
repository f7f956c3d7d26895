/* SPDX-License-Identifier: MIT */
/*
 * walk.h - what the parts of walk.c share: chance, the transcript, the places to connect to, the steps.
 */
#ifndef CUTOUT_TESTS_WALK_H
#define CUTOUT_TESTS_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	ERRNO_BEFORE = 4000, /* errno before every call, to see whether a call that succeeded changed it */
	FIRST_FD = 3,        /* the walk's descriptors: these numbers, */
	END_FD = 40,
	HIDDEN_FD = 300,     /* and those of what the walk does not touch: the other ends of its connections */
	END_HIDDEN_FD = 400,
	ROOM = 1024,         /* bytes that are sent or received at once, at most */
};

/* --- chance (walk.c): the same for the same seed, whatever the calls return --- */

uint32_t below(uint32_t bound);
bool once_in(uint32_t times);

/* An open descriptor of the walk, or a socket among them, mostly. Never one of the hidden ones, nor 0 to 2. */
int some_fd(void);
int some_socket(void);
int any_number(void);
int how_many_open(void);

/* --- the transcript (walk_say.c) --- */

/* The call that is made next, as text; sets errno. The second lets a signal come again and again until it is over. */
void begin(const char *format, ...) __attribute__((format(printf, 1, 2)));
void begin_blocking(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What it returned, errno where the call changed it, and what else is to be said. */
void returned(long result);
void ended(long result, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For what is no call of the walk's own. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_where_we_are(const char *mark);

/* Does it block for as long as nothing comes? Then a signal must end that. */
bool blocks(int fd);

uint32_t hash(const void *data, size_t length);
void prepare_signals(void);

/* --- places (walk_places.c) --- */

struct place {
	const char *name;
	int family;
	int type;
	struct sockaddr_storage address;
	socklen_t length;
	int fd;                  /* hidden: who listens there, or holds the port so that nobody does; -1 */
	void (*greet)(int peer); /* what happens to a connection when it has been accepted */
};

extern struct place places[];
extern const unsigned places_count;

void open_places(const char *directory);
struct place *some_place(int fd);
const char *name_of_address(const void *address, socklen_t length, bool valid);

/* The port that a walk's own listener has. */
void remember_own(int fd);

/* --- the wait (walk_settle.c) --- */

/* Accepts what has come, and waits until nothing is under way between any two sockets of the walk. */
void prepare_to_settle(void);
void settle(void);

/* A connect to there has been made, perhaps: it may be the one who never answers. */
void is_bound_for(int fd, const struct place *place);

bool was_mapped(int fd);

/* Would a handshake on that socket wait for ever? */
bool never_answers(int fd, const struct place *place);

/* --- steps --- */

enum {
	NOT_IN_VFORK = 1, /* it allocates, or keeps something for later */
	IN_CHILD = 2,     /* only there: it would close what is hidden */
	NOT_IN_CHILD = 4, /* it moves the other ends */
	UNTIDY = 8,       /* the object cannot see it, and loses what it has counted */
};

struct step {
	unsigned weight;
	unsigned where;
	void (*run)(void);
};

/* Each ends with a step without `run`. */
extern const struct step socket_steps[];
extern const struct step data_steps[];
extern const struct step descriptor_steps[];
extern const struct step wait_steps[];
extern const struct step peer_steps[];

#endif
