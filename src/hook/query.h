/* SPDX-License-Identifier: MIT */
/*
 * query.h - one lookup of a name, from its admission to what the resolver said.
 *
 * The hook holds a query on its stack, with query_abandon() as its cleanup, as connect() does with an
 * attempt (attempt.h). Any thread or child; lookups are not made in signal handlers. Until query_activate(), and
 * where no rule is about lookups, each is one load.
 */
#ifndef CUTOUT_HOOK_QUERY_H
#define CUTOUT_HOOK_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "hook/names.h"
#include "hook/target.h"

enum query_kind {
	QUERY_NONE,     /* no rule is about it: pass it on */
	QUERY_PLAIN,    /* without a breaker; perhaps with stale names */
	QUERY_REFUSED,  /* the circuit is open */
	QUERY_ADMITTED, /* a call */
};

struct query {
	enum query_kind kind;
	struct target target;
	struct panel_call call;
	struct name name;
};

/* Errors of resolvers, as rules and the panel have them (base/errname.h); 0 is an answer, also that there is none. */
enum { QUERY_SAYS_NOTHING = -1 };

/* The constructor says that everything is in place. `wanted`: some rule is about lookups. */
void query_activate(bool wanted);

/* Asks for admission; query->kind says what came of it. `node` may be an address: then nothing. Keeps errno. */
void query_begin(struct query *query, const char *node, const char *service, bool is_udp);

/* In place of the resolver: takes its pace. A cancellation point where it waits. Keeps errno. */
void query_refuse(const struct query *query);

/* The resolver has answered, failed (`error`), or said nothing about itself. Keeps errno. */
void query_end(struct query *query, int error);

/* When its addresses are to be remembered: now; 0 where they are not. */
uint64_t query_remembers(const struct query *query);

/* After a failure: the last good addresses of the name, as text, at most two. Returns how many. */
unsigned query_last_good(const struct query *query, char texts[2][ADDR_TEXT_MAX]);

/* The cleanup: of a thread that did not come back from the resolver. */
void query_abandon(struct query *query);

#endif
