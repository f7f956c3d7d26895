/* SPDX-License-Identifier: MIT */
/*
 * rules.c - text to rules, destination to rule.
 *
 * Parsing: one thread, memory from the caller's arena. Matching: read-only, safe everywhere.
 */
#include "rules/rules.h"

#include <stdalign.h>
#include <string.h>

#include "rules/index.h"
#include "rules/option.h"
#include "rules/path.h"
#include "rules/pattern.h"
#include "rules/reader.h"

struct rules {
	const struct index *index[PROTOCOL_UDP + 1]; /* by protocol; NULL: no rule is for it */
	const struct path_rule *paths;
	struct rule *all;
	size_t count;
	bool use_names;
	bool use_lookups;
};

/* While texts are read. */
struct parser {
	struct arena *arena;
	struct report report;
	struct draft defaults;
	struct rule *rules;
	struct pattern *patterns; /* in parallel */
	size_t count;
};

static const char built_in[] = "*";

static size_t count_letter(const struct rules_text *text, char letter)
{
	const char *end = text->text + text->length;
	const char *at = text->text;
	size_t count = 0;

	while (at < end && (at = memchr(at, letter, (size_t)(end - at))) != NULL) {
		count++;
		at++;
	}
	return count;
}

/* No text has more rules than ends of lines and semicolons, and one; and there is the built-in one. */
static size_t count_room(const struct rules_text *texts, size_t count)
{
	size_t room = 1;

	for (size_t i = 0; i < count; i++)
		room += count_letter(&texts[i], '\n') + count_letter(&texts[i], ';') + 1;
	return room;
}

static bool begins_with_option(const struct word *word)
{
	static const char scheme[] = "unix:";
	size_t length = sizeof(scheme) - 1;

	if (word->length >= length && memcmp(word->at, scheme, length) == 0)
		return false;
	return word_is(word, "pass") || word_is(word, "deny") || word_find(word, '=') < word->length;
}

/* The options up to the end of the rule. */
static void read_options(struct parser *parser, struct reader *reader, struct draft *draft)
{
	struct word word;

	while (reader_next(reader, &word) == READER_WORD)
		draft_option(draft, &word, &parser->report);
}

/* `first` is the rule's first word. */
static void read_rule(struct parser *parser, struct reader *reader, const struct word *first)
{
	struct rule *rule = &parser->rules[parser->count];
	struct draft draft;

	draft_start(&draft, &parser->defaults);
	draft.pattern = *first;
	if (begins_with_option(first)) {
		report_at(&parser->report, first, "a rule begins with a pattern, such as \"*\", not with an option");
		draft_option(&draft, first, &parser->report);
	} else if (!pattern_parse(&parser->patterns[parser->count], first, parser->arena, &parser->report)) {
		draft.broken = true;
	} else {
		draft_protocol(&draft, parser->patterns[parser->count].protocol, &parser->defaults);
	}
	read_options(parser, reader, &draft);
	draft_finish(&draft, &parser->report);
	*rule = draft.rule;
	rule->line = first->line;
	rule->pattern = arena_copy(parser->arena, first->at, first->length);
	if (rule->pattern == NULL)
		report_at(&parser->report, first, "out of memory");
	parser->count++;
}

static void read_rules(struct parser *parser, const struct rules_text *text)
{
	struct reader reader;
	struct word word;
	enum reader_token token;

	parser->report.source = text->source;
	reader_init(&reader, text);
	while ((token = reader_next(&reader, &word)) != READER_TEXT_END)
		if (token == READER_WORD)
			read_rule(parser, &reader, &word);
}

static void read_default(struct draft *draft, const struct word *word, struct report *report)
{
	if (word_is(word, "pass") || word_is(word, "deny"))
		report_word(report, word, "", " is for a rule, not for the defaults", NULL);
	else if (word_looks_like_pattern(word))
		report_word(report, word, "", " is not an option; the defaults have no patterns", NULL);
	else
		draft_option(draft, word, report);
}

/* All words are options of one rule, on however many lines. The draft stays unfinished, for the rules to start from. */
static void read_defaults(struct parser *parser, const struct rules_text *text)
{
	struct draft finished;
	struct reader reader;
	struct word word;
	enum reader_token token;

	draft_start(&parser->defaults, NULL);
	if (text == NULL)
		return;
	parser->report.source = text->source;
	reader_init(&reader, text);
	while ((token = reader_next(&reader, &word)) != READER_TEXT_END)
		if (token == READER_WORD)
			read_default(&parser->defaults, &word, &parser->report);
	finished = parser->defaults;
	draft_finish(&finished, &parser->report);
}

static void add_built_in(struct parser *parser)
{
	struct word word = { built_in, 1, 0, 1 };
	struct rule *rule = &parser->rules[parser->count];
	struct draft draft;

	draft_start(&draft, &parser->defaults);
	draft_finish(&draft, &parser->report);
	pattern_parse(&parser->patterns[parser->count], &word, parser->arena, &parser->report);
	*rule = draft.rule;
	rule->pattern = built_in;
	parser->count++;
}

static bool read_all(struct parser *parser, const struct rules_text *texts, size_t count,
		     const struct rules_text *defaults)
{
	read_defaults(parser, defaults);
	for (size_t i = 0; i < count; i++)
		read_rules(parser, &texts[i]);
	add_built_in(parser);
	return parser->report.count == 0;
}

static bool has_protocol(const struct parser *parser, enum addr_protocol protocol)
{
	for (size_t i = 0; i < parser->count; i++)
		if (parser->patterns[i].protocol == protocol)
			return true;
	return false;
}

static bool has_name(const struct pattern *pattern)
{
	return pattern->protocol != PROTOCOL_UNIX && (pattern->kind == PATTERN_NAME || pattern->kind == PATTERN_GLOB);
}

static struct rules *build(const struct parser *parser)
{
	struct rules *rules = arena_take(parser->arena, sizeof(*rules));
	bool failed = false;

	if (rules == NULL)
		return NULL;
	rules->all = parser->rules;
	rules->count = parser->count;
	for (size_t i = 0; i < parser->count; i++) {
		const struct rule *rule = &parser->rules[i];

		rules->use_names |= has_name(&parser->patterns[i]);
		rules->use_lookups |= rule->action == RULE_BREAK && (rule->lookups || rule->stale_names != 0);
	}
	for (unsigned protocol = PROTOCOL_TCP; protocol <= PROTOCOL_UDP; protocol++) {
		if (!has_protocol(parser, (enum addr_protocol)protocol))
			continue;
		rules->index[protocol] = index_build(parser->arena, parser->patterns, parser->count,
						     (enum addr_protocol)protocol);
		if (rules->index[protocol] == NULL)
			return NULL;
	}
	rules->paths = path_build(parser->arena, parser->patterns, parser->count, &failed);
	return failed ? NULL : rules;
}

struct rules *rules_parse(struct arena *arena, const struct rules_text *texts, size_t count,
			  const struct rules_text *defaults, rules_complain *complain, void *context)
{
	size_t room = count_room(texts, count);
	alignas(16) char few[1024] = { 0 };
	struct arena scratch = ARENA_ON(few);
	struct parser parser = {
		.arena = arena,
		.report = { .complain = complain, .context = context },
		.rules = arena_take(arena, room * sizeof(*parser.rules)),
		.patterns = arena_take(&scratch, room * sizeof(*parser.patterns)),
	};
	struct rules *rules = NULL;

	if (parser.rules != NULL && parser.patterns != NULL && read_all(&parser, texts, count, defaults))
		rules = build(&parser);
	arena_release(&scratch);
	return rules;
}

static void only_record(struct rule *rule)
{
	struct breaker_policy *policy = &rule->policy;

	if (rule->action == RULE_DENY)
		rule->action = RULE_PASS;
	rule->mode = MODE_OBSERVE;
	rule->stale_names = 0;
	policy->failures = 0;
	policy->failure_rate = 0;
	policy->slow_rate = 0;
	policy->window = 0;
	policy->overdue = 0;
	/* With on=response it says when a program that closes has waited in vain. */
	if (policy->on != POLICY_ON_RESPONSE)
		policy->slow_call = 0;
	rule->policy_id = policy_hash(policy);
}

void rules_only_record(struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		only_record(&rules->all[i]);
}

const struct rule *rules_match(const struct rules *rules, enum addr_protocol protocol, const struct addr *addr,
			       const char *name, size_t name_length)
{
	uint32_t number = SPAN_NONE;

	if (protocol == PROTOCOL_UNIX)
		number = path_match(rules->paths, name, name_length);
	else if (rules->index[protocol] != NULL)
		number = index_match(rules->index[protocol], addr, name, name_length);
	return number != SPAN_NONE ? &rules->all[number] : NULL;
}

const struct rule *rules_match_name(const struct rules *rules, enum addr_protocol protocol, const char *name,
				    size_t length, int port)
{
	const struct index *index = rules->index[protocol];
	uint32_t number;

	if (index == NULL)
		return NULL;
	number = index_match_name(index, port, name, length);
	return number != SPAN_NONE ? &rules->all[number] : NULL;
}

bool rules_use_lookups(const struct rules *rules)
{
	return rules->use_lookups;
}

bool rules_use_names(const struct rules *rules)
{
	return rules->use_names;
}

bool rules_use_protocol(const struct rules *rules, enum addr_protocol protocol)
{
	return protocol == PROTOCOL_UNIX ? rules->paths != NULL : rules->index[protocol] != NULL;
}

size_t rules_count(const struct rules *rules)
{
	return rules->count;
}

const struct rule *rules_at(const struct rules *rules, size_t index)
{
	return &rules->all[index];
}
