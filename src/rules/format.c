/* SPDX-License-Identifier: MIT */
/*
 * format.c - a rule's options as they would be written.
 *
 * A policy may come from a panel, whose content is not trusted: whatever its numbers, the text is of
 * bounded length. Pure.
 */
#include "rules/rules.h"

#include <errno.h>
#include <string.h>

#include "base/errname.h"
#include "rules/endpoint.h"
#include "rules/option.h"

/* All quantities at their longest, and every errno name there is. */
enum { WHOLE_MAX = 4096 };

static void put_key(struct text *text, enum option_id id)
{
	if (text_length(text) > 0)
		text_put_char(text, ' ');
	text_put(text, option_names[id]);
}

static void put_option(struct text *text, enum option_id id, const char *value)
{
	put_key(text, id);
	text_put_char(text, '=');
	text_put(text, value);
}

static void put_quantity(struct text *text, enum option_id id, const void *of)
{
	const struct quantity *quantity = &quantities[id];
	uint64_t value = quantity_get(quantity, of);

	if (value == quantity->off && value < quantity->least) {
		put_option(text, id, "off");
		return;
	}
	put_option(text, id, "");
	value_put(text, quantity->type, value);
}

/* The errors that are counted, or not, and by default are not, or are. */
static void put_errors(struct text *text, enum option_id id, const struct breaker_policy *policy)
{
	struct breaker_policy usual;
	bool counted = id == OPTION_COUNT;
	bool first = true;

	policy_defaults(&usual);
	for (int error = 1; error < ERRNAME_MAX; error++) {
		const char *name = errname_of(error);

		if (name == NULL || policy_counts_error(policy, error) != counted ||
		    policy_counts_error(&usual, error) == counted)
			continue;
		if (first)
			put_option(text, id, name);
		else
			text_put_char(text, ',');
		if (!first)
			text_put(text, name);
		first = false;
	}
}

static void put_policy(struct text *text, const struct breaker_policy *policy)
{
	for (unsigned id = 0; id < POLICY_QUANTITIES; id++)
		put_quantity(text, (enum option_id)id, policy);
	put_option(text, OPTION_ON, on_names[policy->on == POLICY_ON_RESPONSE]);
	put_errors(text, OPTION_COUNT, policy);
	put_errors(text, OPTION_IGNORE, policy);
}

/* By number, if it has no name. */
static void put_fail_with(struct text *text, int error)
{
	const char *name = errname_of(error);

	put_option(text, OPTION_FAIL_WITH, name != NULL ? name : "");
	if (name == NULL)
		text_put_number(text, (uint64_t)error);
}

static void put_mode(struct text *text, const struct rule *rule)
{
	if (rule->mode != MODE_DEFAULT)
		put_option(text, OPTION_MODE, mode_name(rule->mode));
}

/* What a rule has beside its policy is shown where it is on. */
static void put_extras(struct text *text, const struct rule *rule)
{
	if (rule->lookups)
		put_option(text, OPTION_LOOKUPS, "on");
	for (unsigned id = POLICY_QUANTITIES; id < QUANTITIES; id++)
		if (quantity_get(&quantities[id], rule) != quantities[id].off)
			put_quantity(text, (enum option_id)id, rule);
	if (rule->fallback.family != ADDR_NONE) {
		put_option(text, OPTION_FALLBACK, "");
		endpoint_put(text, &rule->fallback);
	}
}

static void put_deny(struct text *text, const struct rule *rule)
{
	put_key(text, OPTION_DENY);
	if (rule->fail_with != ECONNREFUSED)
		put_fail_with(text, rule->fail_with);
	put_extras(text, rule);
	put_mode(text, rule);
}

static void put_break(struct text *text, const struct rule *rule)
{
	put_policy(text, &rule->policy);
	put_option(text, OPTION_SHED, shed_names[rule->shed]);
	put_option(text, OPTION_PER, per_names[rule->per]);
	put_fail_with(text, rule->fail_with);
	put_extras(text, rule);
	put_mode(text, rule);
}

/* The caller's buffer gets what fits; the length is that of the whole. */
static size_t copy_out(const struct text *whole, char *buffer, size_t size)
{
	struct text text;

	if (size > 0) {
		text_init(&text, buffer, size);
		text_put_bytes(&text, whole->start, text_length(whole));
	}
	return text_length(whole);
}

size_t rule_format_options(const struct rule *rule, char *buffer, size_t size)
{
	char whole[WHOLE_MAX];
	struct text text;

	text_init(&text, whole, sizeof(whole));
	if (rule->action == RULE_PASS)
		put_key(&text, OPTION_PASS);
	else if (rule->action == RULE_DENY)
		put_deny(&text, rule);
	else
		put_break(&text, rule);
	return copy_out(&text, buffer, size);
}

size_t rule_format_extras(const struct rule *rule, char *buffer, size_t size)
{
	char whole[WHOLE_MAX];
	struct text text;

	text_init(&text, whole, sizeof(whole));
	put_extras(&text, rule);
	return copy_out(&text, buffer, size);
}

size_t policy_format(const struct breaker_policy *policy, char *buffer, size_t size)
{
	char whole[WHOLE_MAX];
	struct text text;

	text_init(&text, whole, sizeof(whole));
	put_policy(&text, policy);
	return copy_out(&text, buffer, size);
}
