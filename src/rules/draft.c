/* SPDX-License-Identifier: MIT */
/*
 * draft.c - where a rule's options start from, and what they say together once all are read.
 */
#include "rules/option.h"

#include <errno.h>
#include <string.h>

#include "base/duration.h"

#define WINDOW_WITH_A_RATE  (10 * NSEC_PER_SEC)
#define SLOW_CALL_OF_ANSWER (30 * NSEC_PER_SEC)

static const char nothing_trips[] = "nothing can trip this breaker";

void draft_start(struct draft *draft, const struct draft *defaults)
{
	memset(draft, 0, sizeof(*draft));
	if (defaults != NULL) {
		draft->rule = defaults->rule;
		draft->known = defaults->known;
		draft->broken = defaults->broken;
		return;
	}
	draft->rule.action = RULE_BREAK;
	draft->rule.mode = MODE_DEFAULT;
	draft->rule.per = PER_ADDRESS;
	draft->rule.fail_with = ECONNREFUSED;
	policy_defaults(&draft->rule.policy);
}

static bool in_set(const uint64_t set[3], int error)
{
	return set[error / 64] >> error % 64 & 1;
}

void draft_protocol(struct draft *draft, enum addr_protocol protocol, const struct draft *defaults)
{
	static const int of_unix[] = { ENOENT, EAGAIN };

	draft->protocol = protocol;
	if (protocol == PROTOCOL_TCP)
		return;
	draft->rule.fallback = (struct addr){ .family = ADDR_NONE };
	draft->rule.shed = SHED_NEW;
	draft->rule.policy.on = POLICY_ON_CONNECT;
	if (protocol == PROTOCOL_UDP) {
		draft->rule.connect_timeout = 0;
		return;
	}
	draft->rule.lookups = false;
	draft->rule.stale_names = 0;
	for (size_t i = 0; i < sizeof(of_unix) / sizeof(of_unix[0]); i++)
		if (!in_set(defaults->ignored, of_unix[i]))
			policy_count_error(&draft->rule.policy, of_unix[i], true);
}

static void refuse_given(const struct draft *draft, const enum option_id *ids, size_t count, const char *why,
			 struct report *report)
{
	for (size_t i = 0; i < count; i++)
		if (draft->given[ids[i]].at != NULL)
			report_word(report, &draft->given[ids[i]], "option ", why, NULL);
}

/* What sockets have no use for that have no connections, or no addresses. */
static void check_protocol(const struct draft *draft, struct report *report)
{
	static const enum option_id not_of_udp[] = { OPTION_FALLBACK, OPTION_CONNECT_TIMEOUT, OPTION_ON, OPTION_SHED };
	static const enum option_id not_of_unix[] = {
		OPTION_FALLBACK, OPTION_LOOKUPS, OPTION_STALE_NAMES, OPTION_ON, OPTION_SHED,
	};

	if (draft->protocol == PROTOCOL_UDP)
		refuse_given(draft, not_of_udp, sizeof(not_of_udp) / sizeof(not_of_udp[0]), " is not for UDP", report);
	if (draft->protocol == PROTOCOL_UNIX)
		refuse_given(draft, not_of_unix, sizeof(not_of_unix) / sizeof(not_of_unix[0]),
			     " is not for Unix-domain sockets", report);
}

/* The first of the options that this text gives; NULL if it gives none of them. */
static const struct word *first_given(const struct draft *draft, const enum option_id *ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (draft->given[ids[i]].at != NULL)
			return &draft->given[ids[i]];
	return NULL;
}

/* pass goes alone; deny goes with what tells how it refuses. */
static void check_action(const struct draft *draft, struct report *report)
{
	bool pass = draft->given[OPTION_PASS].at != NULL;
	bool deny = draft->given[OPTION_DENY].at != NULL;

	if (!pass && !deny)
		return;
	for (unsigned id = 0; id < OPTIONS; id++) {
		if (draft->given[id].at == NULL || id == (pass ? OPTION_PASS : OPTION_DENY))
			continue;
		if (deny && !pass && (id == OPTION_MODE || id == OPTION_FAIL_WITH || id == OPTION_PACE))
			continue;
		report_word(report, &draft->given[id], "option ",
			    pass ? " cannot go with pass" : " cannot go with deny", NULL);
	}
}

static void check_something_trips(const struct draft *draft, struct report *report)
{
	static const enum option_id trips[] = { OPTION_FAILURES, OPTION_FAILURE_RATE, OPTION_SLOW_RATE };
	const struct breaker_policy *policy = &draft->rule.policy;
	const struct word *place = first_given(draft, trips, sizeof(trips) / sizeof(trips[0]));

	if (policy->failures == 0 && policy->failure_rate == 0 && policy->slow_rate == 0 && place != NULL)
		report_at(report, place, nothing_trips);
}

/* An inherited one makes way where the rule is about connects, of which none is slow without slow-call. */
static void settle_slow_rate(struct draft *draft, struct report *report)
{
	static const enum option_id slow[] = { OPTION_SLOW_RATE, OPTION_SLOW_CALL };
	struct breaker_policy *policy = &draft->rule.policy;
	const struct word *place = first_given(draft, slow, sizeof(slow) / sizeof(slow[0]));

	if (policy->slow_rate == 0 || policy->slow_call != 0)
		return;
	if (place != NULL) {
		report_at(report, place, "slow-rate needs slow-call, which says what is slow");
		return;
	}
	policy->slow_rate = 0;
	place = draft->given[OPTION_ON].at != NULL ? &draft->given[OPTION_ON] : &draft->pattern;
	if (policy->failures == 0 && policy->failure_rate == 0 && place->at != NULL)
		report_at(report, place, nothing_trips);
}

/* A cap that the same text gives must hold; an inherited one makes way for a longer timeout. */
static void settle_max_timeout(struct draft *draft, struct report *report)
{
	struct breaker_policy *policy = &draft->rule.policy;
	const struct word *place = &draft->given[OPTION_MAX_TIMEOUT];

	if (policy->max_timeout >= policy->timeout)
		return;
	if (place->at != NULL) {
		struct complaint complaint;

		complaint_begin(&complaint, report, place);
		text_put(&complaint.text, "max-timeout is below timeout, which is ");
		value_put(&complaint.text, VALUE_DURATION, policy->timeout);
		complaint_end(&complaint);
	}
	policy->max_timeout = policy->timeout;
}

static void settle_window(struct draft *draft)
{
	struct breaker_policy *policy = &draft->rule.policy;

	if ((draft->known & UINT32_C(1) << OPTION_WINDOW) == 0)
		policy->window = policy->failure_rate != 0 || policy->slow_rate != 0 ? WINDOW_WITH_A_RATE : 0;
}

/* An answer that never comes must end some time. */
static void settle_slow_call(struct draft *draft)
{
	struct breaker_policy *policy = &draft->rule.policy;

	if ((draft->known & UINT32_C(1) << OPTION_SLOW_CALL) == 0)
		policy->slow_call = policy->on == POLICY_ON_RESPONSE ? SLOW_CALL_OF_ANSWER : 0;
}

/* As with options of its own: pass and deny take over from the defaults only what they could be given. */
static void leave_out_extras(struct rule *rule)
{
	rule->fallback = (struct addr){ .family = ADDR_NONE };
	rule->connect_timeout = 0;
	rule->max_connections = 0;
	rule->lookups = false;
	rule->stale_names = 0;
}

void draft_finish(struct draft *draft, struct report *report)
{
	check_action(draft, report);
	check_protocol(draft, report);
	if (draft->broken)
		return;
	settle_slow_call(draft);
	if (draft->rule.action == RULE_BREAK) {
		check_something_trips(draft, report);
		settle_slow_rate(draft, report);
	} else {
		leave_out_extras(&draft->rule);
	}
	settle_max_timeout(draft, report);
	settle_window(draft);
	draft->rule.policy_id = policy_hash(&draft->rule.policy);
}
