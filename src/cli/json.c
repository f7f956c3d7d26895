/* SPDX-License-Identifier: MIT */
/*
 * json.c - machine-readable output.
 */
#include "cli/json.h"

#include <stdio.h>

#include "base/duration.h"
#include "cli/say.h"
#include "cli/version.h"
#include "rules/rules.h"

/* Milliseconds are as exact as a panel is. */
json_t *json_of_seconds(uint64_t ns)
{
	return json_real((double)(ns / NSEC_PER_MSEC) / 1000.0);
}

static json_t *number(uint64_t value)
{
	return json_integer(value <= INT64_MAX ? (json_int_t)value : INT64_MAX);
}

json_t *json_of_counts(const struct panel_view *view)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "requests", number(view->requests), "successes",
			 number(view->successes), "failures", number(view->failures), "ignored",
			 number(view->ignored), "consecutive_successes", number(view->consecutive_successes),
			 "consecutive_failures", number(view->consecutive_failures));
}

static json_t *totals_of(const struct panel_view *view)
{
	static const struct {
		const char *key;
		enum panel_total total;
	} fields[] = {
		{ "calls", TOTAL_CALLS },
		{ "successes", TOTAL_SUCCESSES },
		{ "failures", TOTAL_FAILURES },
		{ "ignored", TOTAL_IGNORED },
		{ "slow", TOTAL_SLOW },
		{ "refused", TOTAL_REFUSED },
		{ "would_refuse", TOTAL_WOULD_REFUSE },
		{ "fallback", TOTAL_FALLBACK },
		{ "late", TOTAL_LATE },
		{ "trips", TOTAL_TRIPS },
	};
	json_t *totals = json_object();

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		json_object_set_new(totals, fields[i].key, number(view->totals[fields[i].total]));
	json_object_set_new(totals, "open_seconds", json_of_seconds(view->open_time));
	return totals;
}

json_t *json_of_view(const struct panel_view *view, uint64_t now)
{
	char destination[VIEW_TEXT_MAX], address[VIEW_TEXT_MAX], rule[VIEW_TEXT_MAX], error[VIEW_TEXT_MAX];
	const char *state = phase_name(view->state.phase);
	char policy[1024];
	uint64_t wait;
	bool retries = view_retries(view, now, &wait);

	json_t *json;

	policy_format(&view->policy, policy, sizeof(policy));
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:i, s:o, s:o, s:o, s:o, s:i, s:s?}",
			 "destination", view_destination(view, destination),
			 "address", view_address(view, address),
			 "protocol", view_protocol(view),
			 "rule", view_rule(view, rule),
			 "policy", policy,
			 "state", state,
			 "held", view->state.held ? state : NULL,
			 "generation", (int)view->state.generation,
			 "since_seconds", json_of_seconds(view_age(view, now)),
			 "retry_in_seconds", retries ? json_of_seconds(wait) : json_null(),
			 "counts", json_of_counts(view),
			 "totals", totals_of(view),
			 "in_flight", (int)view->in_flight,
			 "last_error", view_last_error(view, error));
	if (view->counts_connections)
		json_object_set_new(json, "connections", json_integer(view->connections));
	if (view->mode != PANEL_MODE_DEFAULT)
		json_object_set_new(json, "mode", json_string(mode_name((enum rule_mode)view->mode)));
	return json;
}

json_t *json_head(const char *panel)
{
	return json_pack("{s:s, s:s}", "panel", panel, "version", version_text());
}

bool json_show(json_t *json)
{
	/* 15 digits: what is a decimal fraction stays one. */
	if (json != NULL) {
		json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
		fputc('\n', stdout);
	} else {
		say_error("the output cannot be written as JSON");
	}
	json_decref(json);
	return json != NULL;
}
