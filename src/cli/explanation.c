/* SPDX-License-Identifier: MIT */
/*
 * explanation.c - what cutout explain found out, as text and as JSON.
 */
#include "cli/explanation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/errname.h"
#include "cli/environment.h"
#include "cli/json.h"

enum { LABEL_WIDTH = 9, TEXT_WIDTH = 86 };

/* What was set by hand stands above the rules. */
static enum rule_mode mode_of(const struct explanation *explanation, const struct destination_case *one)
{
	const struct rule *rule = one->rule;

	if (one->view != NULL && one->view->mode != PANEL_MODE_DEFAULT)
		return (enum rule_mode)one->view->mode;
	if (explanation->views->mode != MODE_DEFAULT)
		return explanation->views->mode;
	return rule->mode != MODE_DEFAULT ? rule->mode : explanation->mode;
}

static bool is_lookup(const struct explanation *explanation)
{
	return explanation->destination->protocol == PROTOCOL_LOOKUP;
}

/* A rule says nothing about it: there is none for such sockets, or lookups are off. */
static bool is_left_alone(const struct explanation *explanation, const struct rule *rule)
{
	return rule == NULL || (is_lookup(explanation) && (!rule->lookups || rule->action != RULE_BREAK));
}

static bool is_protected(const struct explanation *explanation, const struct destination_case *one)
{
	return !is_left_alone(explanation, one->rule) && one->rule->action != RULE_PASS &&
	       mode_of(explanation, one) != MODE_OFF;
}

bool explanation_is_protected(const struct explanation *explanation)
{
	for (size_t i = 0; i < explanation->cases->count; i++)
		if (!is_protected(explanation, &explanation->cases->list[i]))
			return false;
	return true;
}

/* NULL for the built-in rule. */
static const struct source *source_of(const struct explanation *explanation, const struct rule *rule)
{
	for (size_t i = 0; i < rules_count(explanation->rules); i++)
		if (rules_at(explanation->rules, i) == rule)
			return sources_of_rule(explanation->sources, i);
	return NULL;
}

static const char *action_name(enum rule_action action)
{
	return action == RULE_PASS ? "pass" : action == RULE_DENY ? "deny" : "break";
}

static const char *per_name(enum rule_per per)
{
	return per == PER_RULE ? "rule" : per == PER_HOST ? "host" : "address";
}

static const char *fail_with_name(const struct rule *rule)
{
	const char *name = errname_of(rule->fail_with);

	return name != NULL ? name : "?";
}

/* "  rule     …" */
static void print_label(const char *label)
{
	printf("  %-*s", LABEL_WIDTH, label);
}

/* Wrapped between words, which are options. */
static void print_wrapped(const char *label, const char *text)
{
	size_t used = 0;

	print_label(label);
	while (*text != '\0') {
		size_t length = strcspn(text, " ");

		if (used > 0 && used + 1 + length > TEXT_WIDTH) {
			printf("\n  %*s", LABEL_WIDTH, "");
			used = 0;
		}
		printf("%s%.*s", used > 0 ? " " : "", (int)length, text);
		used += length + (used > 0);
		text += length;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void print_rule(const struct explanation *explanation, const struct rule *rule, bool is_again)
{
	const struct source *source = source_of(explanation, rule);
	const char *again = is_again ? ", as above" : "";

	print_label("rule");
	if (source != NULL)
		printf("%s (%s, line %u)%s\n", rule->pattern, source->name, rule->line, again);
	else
		printf("%s (built in)%s\n", rule->pattern, again);
}

static const char *mode_source(const struct explanation *explanation, const struct destination_case *one)
{
	bool is_own = one->view != NULL && one->view->mode != PANEL_MODE_DEFAULT;

	if (is_own || explanation->views->mode != MODE_DEFAULT)
		return is_own ? "set by hand, for this breaker" : "set by hand";
	if (one->rule->mode != MODE_DEFAULT)
		return "of the rule";
	return environment_variable("CUTOUT_MODE") != NULL ? "CUTOUT_MODE" : "the default";
}

static void print_action(const struct explanation *explanation, const struct destination_case *one)
{
	const struct rule *rule = one->rule;
	enum rule_mode mode = mode_of(explanation, one);
	char extras[256];

	print_label("action");
	if (is_left_alone(explanation, rule))
		puts("none: its lookups are off");
	else if (rule->action == RULE_PASS)
		puts("pass: never touched, never counted");
	else if (mode == MODE_OFF)
		puts("none: the mode is off");
	else if (rule->action == RULE_DENY)
		printf("deny: connects %s always refused, with %s\n", mode == MODE_OBSERVE ? "would be" : "are",
		       fail_with_name(rule));
	else
		printf("break: %s %s refused with %s while the circuit is open\n",
		       is_lookup(explanation) ? "lookups" : "connects", mode == MODE_OBSERVE ? "would be" : "are",
		       is_lookup(explanation) ? "EAI_AGAIN" : fail_with_name(rule));
	if (is_left_alone(explanation, rule) || rule->action == RULE_PASS)
		return;
	print_label("mode");
	printf("%s (%s)\n", mode_name(mode), mode_source(explanation, one));
	if (rule_format_extras(rule, extras, sizeof(extras)) > 0)
		print_wrapped("also", extras);
}

static const char *scope_of(const struct explanation *explanation, const struct rule *rule)
{
	if (rule->per == PER_RULE)
		return "one for all that the rule matches";
	if (explanation->destination->protocol == PROTOCOL_UNIX)
		return "one for each path";
	return rule->per == PER_HOST || is_lookup(explanation) ? "one for each name and port"
							       : "one for each address and port";
}

static void print_policy(const struct explanation *explanation, const struct rule *rule)
{
	char policy[1024];

	print_label("breaker");
	printf("%s (per=%s)\n", scope_of(explanation, rule), per_name(rule->per));
	policy_format(&rule->policy, policy, sizeof(policy));
	print_wrapped("policy", policy);
}

static void print_state(const struct panel_view *view, uint64_t now)
{
	char text[VIEW_TEXT_MAX];
	const char *error = view_last_error(view, text);
	char state[VIEW_TEXT_MAX];
	char duration[32];
	uint64_t wait;

	duration_format_short(view_age(view, now), duration, sizeof(duration));
	print_label("state");
	printf("%s for %s", view_state(view, state), duration);
	if (view_retries(view, now, &wait)) {
		duration_format_short(wait, duration, sizeof(duration));
		printf(", retry in %s", duration);
	}
	if (error != NULL)
		printf(", last error %s", error);
	putchar('\n');
}

static void print_counts(const struct panel_view *view)
{
	print_label("counts");
	printf("in this state: requests %" PRIu64 ", successes %" PRIu64 ", failures %" PRIu64 ", ignored %" PRIu64 "\n",
	       view->requests, view->successes, view->failures, view->ignored);
	print_label("");
	printf("in a row: successes %" PRIu64 ", failures %" PRIu64 "\n", view->consecutive_successes,
	       view->consecutive_failures);
	print_label("");
	printf("ever: calls %" PRIu64 ", failures %" PRIu64 ", refused %" PRIu64, view->totals[TOTAL_CALLS],
	       view->totals[TOTAL_FAILURES], view->totals[TOTAL_REFUSED]);
	if (view->totals[TOTAL_WOULD_REFUSE] > 0)
		printf(", would refuse %" PRIu64, view->totals[TOTAL_WOULD_REFUSE]);
	printf(", trips %" PRIu64 "; in flight: %u\n", view->totals[TOTAL_TRIPS], view->in_flight);
}

static void print_breaker(const struct explanation *explanation, const struct destination_case *one)
{
	bool is_open_name = one->addr.family == ADDR_NONE && one->rule->per == PER_ADDRESS &&
			    explanation->destination->protocol < PROTOCOL_UNIX;

	if (one->view != NULL) {
		print_state(one->view, explanation->views->now);
		print_counts(one->view);
		return;
	}
	print_label("state");
	if (explanation->is_private)
		puts("the panel is private: known to its programs alone");
	else if (explanation->is_unusable)
		puts("not known: the panel cannot be used");
	else if (is_open_name && explanation->cases->count > 1)
		puts("one for each address, below");
	else if (is_open_name)
		puts("no breaker of that name yet: whatever its addresses are, they begin closed");
	else
		puts("no breaker yet: it begins closed");
}

static void print_case(const struct explanation *explanation, size_t index)
{
	const struct destination_case *one = &explanation->cases->list[index];
	const struct destination *destination = explanation->destination;
	bool is_again = index > 0 && one[-1].rule == one->rule;
	bool same_mode = is_again && one->rule != NULL && mode_of(explanation, &one[-1]) == mode_of(explanation, one);
	char address[ADDR_TEXT_MAX];

	addr_format(&one->addr, address, sizeof(address));
	printf("%s%s", index > 0 ? "\n" : "", destination->text);
	if (destination->name[0] != '\0' && one->addr.family != ADDR_NONE)
		printf(" at %s", address);
	putchar('\n');
	if (one->rule == NULL) {
		print_label("rule");
		puts("none is for it: such destinations are protected only by a rule that names them");
		return;
	}
	print_rule(explanation, one->rule, is_again);
	if (!same_mode)
		print_action(explanation, one);
	if (one->rule->action != RULE_BREAK || !is_protected(explanation, one))
		return;
	if (!is_again)
		print_policy(explanation, one->rule);
	print_breaker(explanation, one);
}

void explanation_print(const struct explanation *explanation)
{
	for (size_t i = 0; i < explanation->cases->count; i++)
		print_case(explanation, i);
}

/* Of a destination that no rule is for. */
static json_t *json_of_nothing(const struct destination_case *one)
{
	char address[ADDR_TEXT_MAX];

	addr_format(&one->addr, address, sizeof(address));
	return json_pack("{s:s?, s:n, s:b, s:n}", "address", one->addr.family != ADDR_NONE ? address : NULL, "rule",
			 "protected", 0, "breaker");
}

static json_t *json_of_case(const struct explanation *explanation, const struct destination_case *one)
{
	const struct rule *rule = one->rule;
	const struct source *source = source_of(explanation, rule);
	char address[ADDR_TEXT_MAX];
	char policy[1024];
	char extras[256];

	addr_format(&one->addr, address, sizeof(address));
	rule_format_extras(rule, extras, sizeof(extras));
	policy_format(&rule->policy, policy, sizeof(policy));
	return json_pack("{s:s?, s:s, s:s?, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:o}",
			 "address", one->addr.family != ADDR_NONE ? address : NULL,
			 "rule", rule->pattern,
			 "source", source != NULL ? source->name : NULL,
			 "line", source != NULL ? json_integer(rule->line) : json_null(),
			 "action", action_name(rule->action),
			 "mode", mode_name(mode_of(explanation, one)),
			 "per", per_name(rule->per),
			 "fail_with", fail_with_name(rule),
			 "also", extras,
			 "policy", policy,
			 "protected", (int)is_protected(explanation, one),
			 "breaker", one->view != NULL ? json_of_view(one->view, explanation->views->now)
						      : json_null());
}

bool explanation_print_json(const struct explanation *explanation)
{
	json_t *json = json_head(explanation->views->path);
	json_t *cases = json_array();

	for (size_t i = 0; i < explanation->cases->count; i++)
		json_array_append_new(cases, explanation->cases->list[i].rule != NULL
						     ? json_of_case(explanation, &explanation->cases->list[i])
						     : json_of_nothing(&explanation->cases->list[i]));
	json_object_set_new(json, "destination", json_string(explanation->destination->text));
	json_object_set_new(json, "protected", json_boolean(explanation_is_protected(explanation)));
	json_object_set_new(json, "cases", cases);
	return json_show(json);
}
