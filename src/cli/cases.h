/* SPDX-License-Identifier: MIT */
/*
 * cases.h - what a destination comes to: its addresses, and for each of them the rule and the breaker.
 *
 * Of a name several addresses may be known, and a rule for one of them may stand before the rule for
 * the name: each is a case of its own.
 */
#ifndef CUTOUT_CLI_CASES_H
#define CUTOUT_CLI_CASES_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/destination.h"
#include "cli/views.h"
#include "rules/rules.h"

struct destination_case {
	struct addr addr; /* without a family: a name of which the address is left open */
	const struct rule *rule;       /* NULL: none is for that protocol */
	const struct panel_view *view; /* NULL: there is no breaker yet */
};

struct cases {
	struct destination_case *list;
	size_t count;
};

#define CASES_EMPTY { NULL, 0 }

/* Adds a case, once for each address; only its address is set. False, after a message, without memory. */
bool cases_add(struct cases *cases, const struct addr *addr);

/* Adds the addresses of those breakers whose destination is that name. */
bool cases_add_known(struct cases *cases, const struct destination *destination, const struct views *views);

/* Asks the resolver, as the program will. False after a message. */
bool cases_add_resolved(struct cases *cases, const struct destination *destination);

/* Finds the rule and the breaker of each. */
void cases_settle(struct cases *cases, const struct destination *destination, const struct rules *rules,
		  const struct views *views);

void cases_release(struct cases *cases);

#endif
