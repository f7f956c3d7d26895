/* SPDX-License-Identifier: MIT */
/*
 * target.h - from a destination's address to its rule and its breaker.
 *
 * target_init() in the constructor; the rest lock-free, without a system call, in any thread, signal
 * handler or child.
 */
#ifndef CUTOUT_HOOK_TARGET_H
#define CUTOUT_HOOK_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "hook/names.h"
#include "hook/settings.h"
#include "panel/panel.h"

struct target {
	const struct rule *rule;
	struct panel_seat seat;
	bool observe;
};

/* Both are kept; false when the panel cannot be had at all. `why` is "" or a line about the panel. */
bool target_init(const struct settings *settings, char *why, size_t size);

/* After target_init(). */
struct panel *target_panel(void);
bool target_limits_connections(void); /* some rule does */

/*
 * The program has a TCP socket: which network namespace are its breakers of? One getsockopt() for the first socket, a
 * load for the others. False when the kernel does not tell.
 */
bool target_learn_network(int socket);

/* The mode that is on now, for a rule and its breaker. */
enum rule_mode target_mode(const struct rule *rule, const struct panel_slot *slot);

/* Connects may be refused. */
static inline bool target_enforces(const struct rule *rule, const struct panel_slot *slot)
{
	return target_mode(rule, slot) == MODE_ENFORCE;
}

/* A name that the program asks the resolver for. */
struct lookup {
	const struct name *name;
	const char *service; /* NULL: it did not say */
	bool is_udp;         /* it asked for datagrams */
};

/* True when some rule is about lookups. */
bool target_looks_up(void);

/* Where target_looks_up(). NULL: pass or deny, which are about connects. */
const struct rule *target_rule_of_lookup(const struct lookup *lookup);

/* The breaker of a lookup by target->rule. False as below. */
bool target_find_lookup(struct target *target, const struct lookup *lookup);

/* After that. False when the destination is not protected: pass, mode off, or no room in the panel. */
bool target_find(struct target *target, enum addr_protocol protocol, const struct addr *addr);

/* The same for a Unix-domain socket: "/run/db.sock", "@name"; where target_covers(PROTOCOL_UNIX). */
bool target_find_path(struct target *target, const struct name *path);

/* True when some rule is for that protocol. */
bool target_covers(enum addr_protocol protocol);

#endif
