/* SPDX-License-Identifier: MIT */
/*
 * query.c - admission of a lookup, and what its result means.
 */
#include "hook/query.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "hook/evidence.h"
#include "hook/hostname.h"
#include "hook/log.h"
#include "hook/pace.h"

/* Set once, by the constructor; release and acquire publish everything that it mapped. */
static _Atomic bool active;

void query_activate(bool wanted)
{
	atomic_store_explicit(&active, wanted, memory_order_release);
}

static void admit(struct query *query)
{
	const struct target *target = &query->target;
	struct panel_change changes[2];
	uint64_t now = clock_now();
	enum breaker_verdict verdict = panel_admit(target->seat, &target->rule->policy, now,
						   target->observe ? PANEL_WOULD_REFUSE : PANEL_REFUSED, &query->call,
						   changes);

	log_changes(target->seat.slot, changes, now);
	/* Without a slot: the breaker has just made room for another. */
	if (verdict == VERDICT_ADMITTED)
		query->kind = query->call.slot ? QUERY_ADMITTED : QUERY_PLAIN;
	else if (!target->observe)
		query->kind = QUERY_REFUSED;
}

void query_begin(struct query *query, const char *node, const char *service, bool is_udp)
{
	struct lookup lookup = { .name = &query->name, .service = service, .is_udp = is_udp };
	int saved = errno;

	query->kind = QUERY_NONE;
	if (!atomic_load_explicit(&active, memory_order_acquire) ||
	    !hostname_read(&query->name, node, strnlen(node, NAME_MAX_LENGTH + 2)))
		return;
	query->target.rule = target_rule_of_lookup(&lookup);
	if (query->target.rule) {
		query->kind = QUERY_PLAIN;
		if (query->target.rule->lookups && target_find_lookup(&query->target, &lookup))
			admit(query);
	}
	errno = saved;
}

void query_refuse(const struct query *query)
{
	int saved = errno;

	if (query->target.rule->pace != 0)
		pace_wait(query->target.rule->pace);
	errno = saved;
}

static void end_ignored(struct query *query, uint64_t now)
{
	struct panel_change changes[2];

	panel_report(&query->call, &query->target.rule->policy, OUTCOME_IGNORED, 0, now, changes);
	log_changes(query->target.seat.slot, changes, now);
}

void query_end(struct query *query, int error)
{
	int saved = errno;
	uint64_t now;

	if (query->kind != QUERY_ADMITTED)
		return;
	query->kind = QUERY_PLAIN;
	now = clock_now();
	if (error == QUERY_SAYS_NOTHING)
		end_ignored(query, now);
	else
		evidence_report(&query->call, query->target.rule, error,
				now > query->call.began ? now - query->call.began : 0, now);
	errno = saved;
}

uint64_t query_remembers(const struct query *query)
{
	return query->kind != QUERY_NONE && query->target.rule->stale_names != 0 ? clock_now() : 0;
}

unsigned query_last_good(const struct query *query, char texts[2][ADDR_TEXT_MAX])
{
	struct addr addresses[2];
	uint64_t age, now;
	unsigned count;

	if (query->kind == QUERY_NONE || query->target.rule->stale_names == 0)
		return 0;
	age = query->target.rule->stale_names;
	now = clock_now();
	count = names_last_good(&query->name, now > age ? now - age : 0, addresses);
	for (unsigned i = 0; i < count; i++) {
		addresses[i].port = 0;
		addr_format(&addresses[i], texts[i], ADDR_TEXT_MAX);
	}
	return count;
}

void query_abandon(struct query *query)
{
	int saved = errno;

	if (query->kind == QUERY_ADMITTED)
		end_ignored(query, clock_now());
	errno = saved;
}
