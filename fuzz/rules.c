/* SPDX-License-Identifier: MIT */
/*
 * rules.c - any text as rules: it parses or is complained of, and what parses says the same when it is shown and
 * parsed again.
 *
 * Up to a line "--" the text is CUTOUT_DEFAULTS, where there is one; the rest is CUTOUT_RULES.
 */
#include <string.h>

#include "fuzz.h"
#include "rules/rules.h"

static void count(void *context, const struct rules_error *error)
{
	char text[512];

	FUZZ_MUST(error->line > 0 && error->column > 0 && error->message[0] != '\0');
	FUZZ_MUST(rules_error_format(error, text, sizeof(text)) > 0);
	++*(size_t *)context;
}

static void shown_and_parsed_again(const struct rule *rule)
{
	char options[4096], shown_again[4096];
	size_t length = rule_format_options(rule, options, sizeof(options)), complaints = 0;
	struct arena arena = ARENA_EMPTY;
	char text[4200];
	struct rules_text again = { "again", text, 0 };
	struct rules *rules;

	FUZZ_MUST(length < sizeof(options));
	snprintf(text, sizeof(text), "* %s", options);
	again.length = strlen(text);
	rules = rules_parse(&arena, &again, 1, NULL, count, &complaints);
	FUZZ_MUST(rules != NULL && complaints == 0);
	FUZZ_MUST(rules_at(rules, 0)->action == rule->action);
	rule_format_options(rules_at(rules, 0), shown_again, sizeof(shown_again));
	FUZZ_MUST(strcmp(shown_again, options) == 0);
	FUZZ_MUST(rule->action != RULE_BREAK || rules_at(rules, 0)->policy_id == rule->policy_id);
	arena_release(&arena);
}

/* Every rule has a destination that it might match; any of them finds a rule. */
static void match_some(const struct rules *rules, const uint8_t *data, size_t size)
{
	struct addr addr = { .family = ADDR_IPV4, .port = 5432 };

	for (size_t i = 0; i + 4 <= size && i < 64; i += 4) {
		memcpy(addr.bytes, data + i, 4);
		addr.port = (uint16_t)(data[i] << 8 | data[i + 3]);
		FUZZ_MUST(rules_match(rules, PROTOCOL_TCP, &addr, NULL, 0) != NULL);
		rules_match(rules, PROTOCOL_UDP, &addr, (const char *)data + i, 4);
		FUZZ_MUST(rules_match(rules, PROTOCOL_TCP, &addr, (const char *)data + i, size - i) != NULL);
	}
}

/* Every word of the text as the name that was looked up, and as a path: those that rules name are among them. */
static void match_words(const struct rules *rules, const char *text, size_t size)
{
	struct addr addr = { .family = ADDR_IPV4, .bytes = { 10, 0, 0, 5 }, .port = 80 };
	const char *end = text + size;

	for (unsigned i = 0; i < 64 && text < end; i++) {
		const char *word = text;

		while (text < end && memchr(" \t\n;:", *text, 5) == NULL)
			text++;
		FUZZ_MUST(rules_match(rules, PROTOCOL_TCP, &addr, word, (size_t)(text - word)) != NULL);
		rules_match(rules, PROTOCOL_UNIX, NULL, word, (size_t)(text - word));
		rules_match_name(rules, PROTOCOL_TCP, word, (size_t)(text - word), 80);
		text++;
	}
}

static size_t length_of_defaults(const uint8_t *data, size_t size)
{
	const uint8_t *mark = size > 0 ? memmem(data, size, "\n--\n", 4) : NULL;

	return mark != NULL ? (size_t)(mark - data) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t before = length_of_defaults(data, size), complaints = 0;
	size_t start = before > 0 ? before + 4 : 0;
	struct rules_text defaults = { "CUTOUT_DEFAULTS", (const char *)data, before };
	struct rules_text text = { "CUTOUT_RULES", (const char *)data + start, size - start };
	struct arena arena = ARENA_EMPTY;
	struct rules *rules = rules_parse(&arena, &text, 1, before > 0 ? &defaults : NULL, count, &complaints);

	FUZZ_MUST((rules == NULL) == (complaints > 0));
	if (rules != NULL) {
		for (size_t i = 0; i < rules_count(rules) && i < 32; i++)
			shown_and_parsed_again(rules_at(rules, i));
		match_some(rules, data, size);
		match_words(rules, (const char *)data, size);
	}
	arena_release(&arena);
	return 0;
}
