/* SPDX-License-Identifier: MIT */
/*
 * rules.h - text to rules, destination to rule. The grammar is in cutout-rules(5).
 *
 * Parsing happens once, in one thread, into an arena. Matching is read-only: any thread, signal
 * handler or child, no allocation, no errno, and in time that does not grow with the number of
 * rules (but for globs whose only wildcard is not a leading label).
 */
#ifndef CUTOUT_RULES_RULES_H
#define CUTOUT_RULES_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/arena.h"
#include "breaker/policy.h"

enum rule_action {
	RULE_BREAK, /* a circuit breaker by its policy */
	RULE_PASS,  /* never touched, never counted */
	RULE_DENY,  /* always refused */
};

enum rule_mode {
	MODE_DEFAULT = 0, /* of a rule: as CUTOUT_MODE says */
	MODE_ENFORCE = 1,
	MODE_OBSERVE = 2,
	MODE_OFF = 3,
};

/* As many as a panel has room for, of all destinations together. */
enum { MAX_CONNECTIONS_MAX = 4096 };

enum rule_per {
	PER_ADDRESS,
	PER_HOST,
	PER_RULE,
};

/* What an open circuit refuses. */
enum rule_shed {
	SHED_NEW, /* connects */
	SHED_ALL, /* and what would be sent next on an established connection */
};

struct rule {
	const char *pattern; /* as written, without options */
	enum rule_action action;
	enum rule_mode mode;
	enum rule_per per;
	enum rule_shed shed;
	int fail_with; /* errno of a refused connect */
	uint64_t connect_timeout; /* ns that a blocking connect may take; 0: as long as it takes */
	struct addr fallback; /* where connects go while the circuit is open; ADDR_NONE: nowhere; port 0: the same */
	uint32_t max_connections; /* in flight or established, of all processes; 0: any number */
	uint64_t pace; /* ns after which a blocking connect is refused; 0: at once */
	bool lookups;  /* failing lookups have a breaker of their own */
	uint64_t stale_names; /* ns for which a failing lookup is answered with the last good address; 0: never */
	unsigned line; /* of its source; 0: the built-in last rule "*" */
	uint64_t policy_id; /* policy_hash() */
	struct breaker_policy policy;
};

struct rules; /* opaque */

/* One complaint. Everything is NUL-terminated and cut to fit. */
struct rules_error {
	const char *source; /* "CUTOUT_RULES", "-r", a file's name */
	unsigned line;      /* from 1 */
	unsigned column;    /* from 1, in bytes */
	char message[160];  /* unknown option "falures" (did you mean "failures"?) */
};

/* Called for each complaint in the order of the text; `context` is the caller's. */
typedef void rules_complain(void *context, const struct rules_error *error);

/* "SOURCE:3:14: message". Returns the length. */
size_t rules_error_format(const struct rules_error *error, char *text, size_t size);

/* One text to parse. */
struct rules_text {
	const char *source;
	const char *text; /* need not end in NUL */
	size_t length;
};

/*
 * Parses the texts as if they stood one after the other; the first rule that matches wins, and behind
 * the last stands the built-in rule "*". `defaults` (NULL: none) are options that every rule starts
 * from, "*" included. All complaints are reported; with any, or without memory, returns NULL.
 */
struct rules *rules_parse(struct arena *arena, const struct rules_text *texts, size_t count,
			  const struct rules_text *defaults, rules_complain *complain, void *context);

/*
 * Parses options without a pattern, on however many lines; `defaults` as above. False after complaints. Options
 * that are not of the policy (connect-timeout, shed, per, fail-with, pace, fallback, mode) are checked, and have no
 * effect.
 */
bool rules_parse_policy(struct breaker_policy *policy, const struct rules_text *text,
			const struct rules_text *defaults, rules_complain *complain, void *context);

/*
 * For `cutout record`: the rules still say which calls belong together and which errors are failures, but no circuit
 * opens by itself, and nothing is refused; what they leave alone or deny is passed. How long a call took is for
 * whoever reads the record to judge.
 */
void rules_only_record(struct rules *rules);

/*
 * The first rule that matches a TCP, UDP or Unix destination; never NULL for TCP, whose last rule is "*";
 * NULL for a UDP or Unix destination that no rule names. `name` is the name the address was looked up
 * under, NULL if there is none. For PROTOCOL_UNIX the name is the path, and `addr` is not looked at.
 */
const struct rule *rules_match(const struct rules *rules, enum addr_protocol protocol, const struct addr *addr,
			       const char *name, size_t name_length);

/* Of a lookup the port may be open: the program connects to one that it does not tell the resolver. */
#define RULES_ANY_PORT (-1)

/*
 * The first rule that matches a lookup of that name, for TCP or UDP, whatever rules there are for addresses; as above
 * NULL for UDP. With RULES_ANY_PORT its ports are not looked at.
 */
const struct rule *rules_match_name(const struct rules *rules, enum addr_protocol protocol, const char *name,
				    size_t length, int port);

/* True when some rule has lookups or stale-names on: only then need lookups be matched. */
bool rules_use_lookups(const struct rules *rules);

/* True when some rule's pattern has a name: only then can names make a difference to matching. */
bool rules_use_names(const struct rules *rules);

/* True when some rule is for that protocol. */
bool rules_use_protocol(const struct rules *rules, enum addr_protocol protocol);

/* In their order, the built-in one last. */
size_t rules_count(const struct rules *rules);
const struct rule *rules_at(const struct rules *rules, size_t index);

/*
 * The options of a rule, every one, as they would be written: "failures=5 failure-rate=off …"; "pass"; "deny".
 * Returns the length that the whole text has, as snprintf() does.
 */
size_t rule_format_options(const struct rule *rule, char *text, size_t size);

/* Only those that are neither of the policy nor per, fail-with or mode, where they are on; else "". */
size_t rule_format_extras(const struct rule *rule, char *text, size_t size);

/* The same for a bare policy, as the panel keeps it. */
size_t policy_format(const struct breaker_policy *policy, char *text, size_t size);

const char *mode_name(enum rule_mode mode);                                /* "enforce", …; "default" */
bool mode_parse(enum rule_mode *mode, const char *text, size_t length);    /* enforce, observe, off */

#endif
