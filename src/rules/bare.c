/* SPDX-License-Identifier: MIT */
/*
 * bare.c - options without a pattern: a policy by itself.
 *
 * One thread; no allocation.
 */
#include "rules/option.h"
#include "rules/reader.h"

static void read_option(struct draft *draft, const struct word *word, struct report *report)
{
	if (word_is(word, "pass") || word_is(word, "deny"))
		report_word(report, word, "", " is for a rule, not for a policy", NULL);
	else if (word_looks_like_pattern(word))
		report_word(report, word, "", " is not an option; a policy has no pattern", NULL);
	else
		draft_option(draft, word, report);
}

static void read_text(struct draft *draft, const struct rules_text *text, struct report *report)
{
	struct reader reader;
	struct word word;
	enum reader_token token;

	report->source = text->source;
	reader_init(&reader, text);
	while ((token = reader_next(&reader, &word)) != READER_TEXT_END)
		if (token == READER_WORD)
			read_option(draft, &word, report);
}

/* What the defaults say together must be right by itself, as with rules. */
static void read_defaults(struct draft *draft, const struct rules_text *text, struct report *report)
{
	struct draft finished;

	draft_start(draft, NULL);
	if (text == NULL)
		return;
	read_text(draft, text, report);
	finished = *draft;
	draft_finish(&finished, report);
}

bool rules_parse_policy(struct breaker_policy *policy, const struct rules_text *text,
			const struct rules_text *defaults, rules_complain *complain, void *context)
{
	struct report report = { .complain = complain, .context = context };
	struct draft base, draft;

	read_defaults(&base, defaults, &report);
	draft_start(&draft, &base);
	read_text(&draft, text, &report);
	draft_finish(&draft, &report);
	*policy = draft.rule.policy;
	return report.count == 0;
}
