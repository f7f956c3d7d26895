/* SPDX-License-Identifier: MIT */
/*
 * option.h - the options of a rule, and a rule while its options are read.
 *
 * One thread; no allocation.
 */
#ifndef CUTOUT_RULES_OPTION_H
#define CUTOUT_RULES_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/report.h"
#include "rules/rules.h"
#include "rules/value.h"

/* In the order in which they are shown. */
enum option_id {
	OPTION_FAILURES,
	OPTION_FAILURE_RATE,
	OPTION_MIN_CALLS,
	OPTION_WINDOW,
	OPTION_BUCKETS,
	OPTION_TIMEOUT,
	OPTION_BACKOFF,
	OPTION_MAX_TIMEOUT,
	OPTION_JITTER,
	OPTION_PROBES,
	OPTION_SUCCESSES,
	OPTION_OVERDUE,
	OPTION_SLOW_CALL,
	OPTION_SLOW_RATE,
	OPTION_CONNECT_TIMEOUT,
	OPTION_PACE,
	OPTION_STALE_NAMES,
	OPTION_MAX_CONNECTIONS,
	OPTION_ON,
	OPTION_COUNT,
	OPTION_IGNORE,
	OPTION_SHED,
	OPTION_PER,
	OPTION_FAIL_WITH,
	OPTION_FALLBACK,
	OPTION_LOOKUPS,
	OPTION_MODE,
	OPTION_PASS,
	OPTION_DENY,
	OPTIONS,

	/* Quantities come first, and first of all those of the policy. */
	POLICY_QUANTITIES = OPTION_SLOW_RATE + 1,
	QUANTITIES = OPTION_MAX_CONNECTIONS + 1,
};

#define QUANTITY_NO_OFF UINT64_MAX

/* An option whose value is a quantity. */
struct quantity {
	enum value_type type;
	uint8_t offset; /* in struct breaker_policy; behind its quantities, in struct rule */
	uint8_t size;   /* 1, 4 or 8 bytes */
	uint64_t least;
	uint64_t most;
	uint64_t off; /* what "off" means; QUANTITY_NO_OFF: it cannot be off */
};

extern const struct quantity quantities[QUANTITIES];
extern const char *const option_names[OPTIONS];
extern const char *const per_names[3];
extern const char *const on_names[2];
extern const char *const shed_names[2];

/* `of`: the policy or the rule. */
uint64_t quantity_get(const struct quantity *quantity, const void *of);

/* A rule in the making. */
struct draft {
	struct rule rule;
	bool broken;                /* some option did not parse: what they say together is not known */
	enum addr_protocol protocol; /* of the rule's pattern */
	uint32_t known;             /* set of option_id: given here or in the defaults */
	struct word pattern;        /* of the rule; at is NULL if there is none */
	struct word given[OPTIONS]; /* where it was given in this rule's own text; at is NULL if it was not */
	uint64_t counted[3];        /* by count= and ignore= of this rule */
	uint64_t ignored[3];
};

/* Starts from the defaults' draft; NULL: from the built-in ones. */
void draft_start(struct draft *draft, const struct draft *defaults);

/*
 * The pattern is known, the options are not read yet. On a Unix-domain socket two more errors are failures, unless the
 * defaults say that they are ignored: there is no socket of that name, or nobody takes the connections made to it. What
 * is about addresses and names is not taken over from the defaults.
 */
void draft_protocol(struct draft *draft, enum addr_protocol protocol, const struct draft *defaults);

/* Reads one word, and complains. */
void draft_option(struct draft *draft, const struct word *word, struct report *report);

/*
 * What options say together: complains about what cannot go with what, and completes the policy by those
 * defaults that depend on others. Complaints have the place of an option that this text itself gives;
 * what is wrong in the defaults alone is complained about there.
 */
void draft_finish(struct draft *draft, struct report *report);

#endif
