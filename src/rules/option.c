/* SPDX-License-Identifier: MIT */
/*
 * option.c - reads the words behind a pattern, each "key=value", "pass" or "deny".
 */
#include "rules/option.h"

#include <errno.h>
#include <string.h>

#include "base/duration.h"
#include "base/errname.h"
#include "base/suggest.h"
#include "rules/endpoint.h"

#define FIELD_OF(type, name) offsetof(type, name), sizeof(((type *)NULL)->name)
#define FIELD(name)          FIELD_OF(struct breaker_policy, name)
#define DAY                  (24 * 3600 * NSEC_PER_SEC)

const struct quantity quantities[QUANTITIES] = {
	[OPTION_FAILURES] = { VALUE_NUMBER, FIELD(failures), 1, POLICY_FAILURES_MAX, 0 },
	[OPTION_FAILURE_RATE] = { VALUE_RATIO, FIELD(failure_rate), 1, POLICY_RATE_ONE, 0 },
	[OPTION_MIN_CALLS] = { VALUE_NUMBER, FIELD(min_calls), 1, POLICY_MIN_CALLS_MAX, QUANTITY_NO_OFF },
	[OPTION_WINDOW] = { VALUE_DURATION, FIELD(window), 1, DURATION_MAX, 0 },
	[OPTION_BUCKETS] = { VALUE_NUMBER, FIELD(buckets), 1, POLICY_BUCKETS_MAX, QUANTITY_NO_OFF },
	[OPTION_TIMEOUT] = { VALUE_DURATION, FIELD(timeout), 1, DAY, QUANTITY_NO_OFF },
	[OPTION_BACKOFF] = { VALUE_FACTOR, FIELD(backoff), POLICY_FACTOR_ONE, POLICY_BACKOFF_MAX, POLICY_FACTOR_ONE },
	[OPTION_MAX_TIMEOUT] = { VALUE_DURATION, FIELD(max_timeout), 1, DAY, QUANTITY_NO_OFF },
	[OPTION_JITTER] = { VALUE_RATIO, FIELD(jitter), 0, POLICY_RATE_ONE, 0 },
	[OPTION_PROBES] = { VALUE_NUMBER, FIELD(probes), 1, POLICY_PROBES_MAX, QUANTITY_NO_OFF },
	[OPTION_SUCCESSES] = { VALUE_NUMBER, FIELD(successes), 1, POLICY_SUCCESSES_MAX, QUANTITY_NO_OFF },
	[OPTION_OVERDUE] = { VALUE_DURATION, FIELD(overdue), 1, DURATION_MAX, 0 },
	[OPTION_SLOW_CALL] = { VALUE_DURATION, FIELD(slow_call), 1, DURATION_MAX, 0 },
	[OPTION_SLOW_RATE] = { VALUE_RATIO, FIELD(slow_rate), 1, POLICY_RATE_ONE, 0 },
	[OPTION_CONNECT_TIMEOUT] = { VALUE_DURATION, FIELD_OF(struct rule, connect_timeout), NSEC_PER_MSEC, DAY, 0 },
	[OPTION_PACE] = { VALUE_DURATION, FIELD_OF(struct rule, pace), 1, DAY, 0 },
	[OPTION_STALE_NAMES] = { VALUE_DURATION, FIELD_OF(struct rule, stale_names), 1, DURATION_MAX, 0 },
	[OPTION_MAX_CONNECTIONS] = { VALUE_NUMBER, FIELD_OF(struct rule, max_connections), 1, MAX_CONNECTIONS_MAX, 0 },
};

const char *const option_names[OPTIONS] = {
	[OPTION_FAILURES] = "failures",       [OPTION_FAILURE_RATE] = "failure-rate",
	[OPTION_MIN_CALLS] = "min-calls",     [OPTION_WINDOW] = "window",
	[OPTION_BUCKETS] = "buckets",         [OPTION_TIMEOUT] = "timeout",
	[OPTION_BACKOFF] = "backoff",         [OPTION_MAX_TIMEOUT] = "max-timeout",
	[OPTION_JITTER] = "jitter",           [OPTION_PROBES] = "probes",
	[OPTION_SUCCESSES] = "successes",     [OPTION_OVERDUE] = "overdue",
	[OPTION_SLOW_CALL] = "slow-call",     [OPTION_SLOW_RATE] = "slow-rate",
	[OPTION_CONNECT_TIMEOUT] = "connect-timeout",
	[OPTION_MAX_CONNECTIONS] = "max-connections",
	[OPTION_PACE] = "pace",               [OPTION_STALE_NAMES] = "stale-names",
	[OPTION_ON] = "on",                   [OPTION_COUNT] = "count",
	[OPTION_IGNORE] = "ignore",           [OPTION_SHED] = "shed",
	[OPTION_PER] = "per",                 [OPTION_FAIL_WITH] = "fail-with",
	[OPTION_FALLBACK] = "fallback",       [OPTION_LOOKUPS] = "lookups",
	[OPTION_MODE] = "mode",               [OPTION_PASS] = "pass",
	[OPTION_DENY] = "deny",
};

const char *const per_names[3] = {
	[PER_ADDRESS] = "address",
	[PER_HOST] = "host",
	[PER_RULE] = "rule",
};

const char *const on_names[2] = {
	[POLICY_ON_CONNECT] = "connect",
	[POLICY_ON_RESPONSE] = "response",
};

const char *const shed_names[2] = {
	[SHED_NEW] = "new",
	[SHED_ALL] = "all",
};

uint64_t quantity_get(const struct quantity *quantity, const void *of)
{
	const char *field = (const char *)of + quantity->offset;
	uint64_t wide;
	uint32_t narrow;

	switch (quantity->size) {
	case sizeof(wide):
		memcpy(&wide, field, sizeof(wide));
		return wide;
	case sizeof(narrow):
		memcpy(&narrow, field, sizeof(narrow));
		return narrow;
	default:
		return *(const uint8_t *)field;
	}
}

static void quantity_set(const struct quantity *quantity, void *of, uint64_t value)
{
	char *field = (char *)of + quantity->offset;
	uint32_t narrow = (uint32_t)value;

	switch (quantity->size) {
	case sizeof(value):
		memcpy(field, &value, sizeof(value));
		break;
	case sizeof(narrow):
		memcpy(field, &narrow, sizeof(narrow));
		break;
	default:
		*(uint8_t *)field = (uint8_t)value;
	}
}

static void complain_range(const struct quantity *quantity, enum option_id id, const struct word *value,
			   struct report *report)
{
	struct complaint complaint;
	char suggestion[VALUE_TEXT_MAX];

	complaint_begin(&complaint, report, value);
	complaint_quote(&complaint, value);
	text_put(&complaint.text, " is out of range for ");
	text_put(&complaint.text, option_names[id]);
	text_put(&complaint.text, " (");
	value_put(&complaint.text, quantity->type, quantity->least);
	text_put(&complaint.text, " to ");
	value_put(&complaint.text, quantity->type, quantity->most);
	text_put(&complaint.text, quantity->off != QUANTITY_NO_OFF ? ", or off)" : ")");
	complaint_suggest(&complaint, value_suggest(quantity->type, value->at, value->length, suggestion));
	complaint_end(&complaint);
}

static void complain_no_value(const struct quantity *quantity, const struct word *value, struct report *report)
{
	struct complaint complaint;
	char suggestion[VALUE_TEXT_MAX];
	const char *near = value_suggest(quantity->type, value->at, value->length, suggestion);
	static const char *const off[] = { "off" };

	if (near == NULL && quantity->off != QUANTITY_NO_OFF)
		near = suggest(value->at, value->length, off, 1);
	complaint_begin(&complaint, report, value);
	complaint_quote(&complaint, value);
	text_put(&complaint.text, " is not ");
	text_put(&complaint.text, value_description(quantity->type));
	complaint_suggest(&complaint, near);
	complaint_end(&complaint);
}

static void complain_not_off(enum option_id id, const struct word *value, struct report *report)
{
	struct complaint complaint;

	complaint_begin(&complaint, report, value);
	text_put(&complaint.text, option_names[id]);
	text_put(&complaint.text, " cannot be off");
	complaint_end(&complaint);
}

static void parse_quantity(struct draft *draft, enum option_id id, const struct word *value, struct report *report)
{
	const struct quantity *quantity = &quantities[id];
	void *of = id < POLICY_QUANTITIES ? (void *)&draft->rule.policy : &draft->rule;
	uint64_t number;

	if (word_is(value, "off") && quantity->off == QUANTITY_NO_OFF) {
		complain_not_off(id, value, report);
	} else if (word_is(value, "off")) {
		quantity_set(quantity, of, quantity->off);
	} else if (!value_parse(quantity->type, &number, value->at, value->length)) {
		complain_no_value(quantity, value, report);
	} else if (number < quantity->least || number > quantity->most) {
		complain_range(quantity, id, value, report);
	} else {
		quantity_set(quantity, of, number);
	}
}

/* The value of one errno name; 0 after a complaint. */
static int parse_error(const struct word *name, struct report *report)
{
	int error = errname_parse(name->at, name->length);
	size_t count;
	const char *const *all = errname_all(&count);

	if (error == 0 && name->length == 0)
		report_at(report, name, "missing errno name");
	else if (error == 0)
		report_word(report, name, "unknown errno name ", "", suggest(name->at, name->length, all, count));
	return error;
}

static bool in_set(const uint64_t set[3], int error)
{
	return set[error / 64] >> error % 64 & 1;
}

/* "ETIMEDOUT,ECONNRESET": counted as failures, or ignored. */
static void parse_errors(struct draft *draft, enum option_id id, const struct word *value, struct report *report)
{
	bool counted = id == OPTION_COUNT;
	uint64_t *set = counted ? draft->counted : draft->ignored;
	const uint64_t *other = counted ? draft->ignored : draft->counted;

	for (size_t start = 0; start <= value->length;) {
		struct word name = word_part(value, start, value->length - start);
		int error;

		name.length = word_find(&name, ',');
		start += name.length + 1;
		error = parse_error(&name, report);
		if (error <= 0 || error >= ERRNAME_MAX)
			continue;
		if (in_set(other, error))
			report_word(report, &name, "", " is in both count and ignore", NULL);
		set[error / 64] |= UINT64_C(1) << error % 64;
		policy_count_error(&draft->rule.policy, error, counted);
	}
}

/* Errors by which a connect says something else than that it failed: programs would wait, or go on. */
static bool is_no_refusal(int error)
{
	return error == EINPROGRESS || error == EALREADY || error == EISCONN || error == EINTR || error == EAGAIN ||
	       error == EWOULDBLOCK || error == ERRNAME_EAI_AGAIN || error == ERRNAME_EAI_FAIL;
}

static void parse_fail_with(struct draft *draft, const struct word *value, struct report *report)
{
	int error = parse_error(value, report);

	if (error > 0 && is_no_refusal(error))
		report_word(report, value, "", " does not tell a program that its connect failed", NULL);
	else if (error > 0)
		draft->rule.fail_with = error;
}

static void parse_fallback(struct draft *draft, const struct word *value, struct report *report)
{
	draft->rule.fallback = (struct addr){ .family = ADDR_NONE };
	if (!word_is(value, "off"))
		endpoint_parse(&draft->rule.fallback, value, report);
}

static void parse_per(struct draft *draft, const struct word *value, struct report *report)
{
	for (unsigned per = PER_ADDRESS; per <= PER_RULE; per++) {
		if (word_is(value, per_names[per])) {
			draft->rule.per = (enum rule_per)per;
			return;
		}
	}
	report_word(report, value, "", " is not address, host or rule",
		    suggest(value->at, value->length, per_names, 3));
}

static void parse_lookups(struct draft *draft, const struct word *value, struct report *report)
{
	static const char *const words[] = { "on", "off" };

	draft->rule.lookups = word_is(value, "on");
	if (!word_is(value, "on") && !word_is(value, "off"))
		report_word(report, value, "", " is not on or off", suggest(value->at, value->length, words, 2));
}

static void parse_on(struct draft *draft, const struct word *value, struct report *report)
{
	for (unsigned on = POLICY_ON_CONNECT; on <= POLICY_ON_RESPONSE; on++) {
		if (word_is(value, on_names[on])) {
			draft->rule.policy.on = (uint8_t)on;
			return;
		}
	}
	report_word(report, value, "", " is not connect or response", suggest(value->at, value->length, on_names, 2));
}

static void parse_shed(struct draft *draft, const struct word *value, struct report *report)
{
	for (unsigned shed = SHED_NEW; shed <= SHED_ALL; shed++) {
		if (word_is(value, shed_names[shed])) {
			draft->rule.shed = (enum rule_shed)shed;
			return;
		}
	}
	report_word(report, value, "", " is not new or all", suggest(value->at, value->length, shed_names, 2));
}

static void parse_mode(struct draft *draft, const struct word *value, struct report *report)
{
	static const char *const names[] = { "enforce", "observe", "off" };

	if (!mode_parse(&draft->rule.mode, value->at, value->length))
		report_word(report, value, "", " is not enforce, observe or off",
			    suggest(value->at, value->length, names, 3));
}

static void parse_value(struct draft *draft, enum option_id id, const struct word *value, struct report *report)
{
	if (id < QUANTITIES)
		parse_quantity(draft, id, value, report);
	else if (id == OPTION_COUNT || id == OPTION_IGNORE)
		parse_errors(draft, id, value, report);
	else if (id == OPTION_ON)
		parse_on(draft, value, report);
	else if (id == OPTION_SHED)
		parse_shed(draft, value, report);
	else if (id == OPTION_PER)
		parse_per(draft, value, report);
	else if (id == OPTION_FAIL_WITH)
		parse_fail_with(draft, value, report);
	else if (id == OPTION_FALLBACK)
		parse_fallback(draft, value, report);
	else if (id == OPTION_LOOKUPS)
		parse_lookups(draft, value, report);
	else
		parse_mode(draft, value, report);
}

static void complain_unknown(const struct word *word, const struct word *key, struct report *report)
{
	if (key->length == 0)
		report_at(report, word, "an option is written without blanks around its \"=\"");
	else if (word_looks_like_pattern(word))
		report_word(report, key, "", " is not an option; rules are separated by \";\" or a new line", NULL);
	else
		report_word(report, key, "unknown option ", "",
			    suggest(key->at, key->length, option_names, OPTIONS));
}

static enum option_id find_option(const struct word *key)
{
	unsigned id = 0;

	/* The first letter spares most of the comparisons: this is half of what loading a rule costs. */
	while (id < OPTIONS &&
	       (key->length == 0 || key->at[0] != option_names[id][0] || !word_is(key, option_names[id])))
		id++;
	return (enum option_id)id;
}

static void parse_option(struct draft *draft, const struct word *word, struct report *report)
{
	struct word key = word_part(word, 0, word_find(word, '='));
	bool has_value = key.length < word->length;
	struct word value = word_part(word, key.length + has_value, word->length - key.length - has_value);
	enum option_id id = find_option(&key);
	bool is_action = id == OPTION_PASS || id == OPTION_DENY;

	if (id == OPTIONS) {
		complain_unknown(word, &key, report);
		return;
	}
	if (draft->given[id].at != NULL) {
		report_word(report, &key, "option ", " is given twice", NULL);
		return;
	}
	draft->given[id] = key;
	draft->known |= UINT32_C(1) << id;
	if (is_action && has_value)
		report_word(report, &key, "", " takes no value", NULL);
	else if (is_action)
		draft->rule.action = id == OPTION_PASS ? RULE_PASS : RULE_DENY;
	else if (value.length == 0)
		report_word(report, &key, "option ", " needs a value", NULL);
	else
		parse_value(draft, id, &value, report);
}

void draft_option(struct draft *draft, const struct word *word, struct report *report)
{
	size_t before = report->count;

	parse_option(draft, word, report);
	draft->broken |= report->count > before;
}
