/* SPDX-License-Identifier: MIT */
/*
 * report.c - complaints about a text: where, what, and what was perhaps meant.
 *
 * Messages go to terminals and logs: control characters of the text are not repeated, and long
 * words are cut so that what is said about them still fits.
 */
#include "rules/report.h"

enum { QUOTE_MAX = 40 };

bool word_looks_like_pattern(const struct word *word)
{
	static const char signs[] = ":./*[";

	if (word_find(word, '=') < word->length)
		return false;
	for (const char *sign = signs; *sign != '\0'; sign++)
		if (word_find(word, *sign) < word->length)
			return true;
	return false;
}

void complaint_begin(struct complaint *complaint, struct report *report, const struct word *place)
{
	complaint->report = report;
	complaint->error.source = report->source;
	complaint->error.line = place->line;
	complaint->error.column = place->column;
	text_init(&complaint->text, complaint->error.message, sizeof(complaint->error.message));
}

void complaint_quote(struct complaint *complaint, const struct word *word)
{
	size_t length = word->length < QUOTE_MAX ? word->length : QUOTE_MAX;

	text_put_char(&complaint->text, '"');
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)word->at[i];

		text_put_char(&complaint->text, c < ' ' || c == 0x7f ? '?' : (char)c);
	}
	text_put(&complaint->text, length < word->length ? "...\"" : "\"");
}

void complaint_suggest(struct complaint *complaint, const char *suggestion)
{
	if (suggestion == NULL)
		return;
	text_put(&complaint->text, " (did you mean \"");
	text_put(&complaint->text, suggestion);
	text_put(&complaint->text, "\"?)");
}

void complaint_end(struct complaint *complaint)
{
	struct report *report = complaint->report;

	report->count++;
	if (report->complain != NULL)
		report->complain(report->context, &complaint->error);
}

void report_word(struct report *report, const struct word *word, const char *before, const char *after,
		 const char *suggestion)
{
	struct complaint complaint;

	complaint_begin(&complaint, report, word);
	text_put(&complaint.text, before);
	complaint_quote(&complaint, word);
	text_put(&complaint.text, after);
	complaint_suggest(&complaint, suggestion);
	complaint_end(&complaint);
}

void report_at(struct report *report, const struct word *place, const char *message)
{
	struct complaint complaint;

	complaint_begin(&complaint, report, place);
	text_put(&complaint.text, message);
	complaint_end(&complaint);
}

size_t rules_error_format(const struct rules_error *error, char *buffer, size_t size)
{
	struct text text;

	text_init(&text, buffer, size);
	text_put(&text, error->source);
	text_put_char(&text, ':');
	text_put_number(&text, error->line);
	text_put_char(&text, ':');
	text_put_number(&text, error->column);
	text_put(&text, ": ");
	text_put(&text, error->message);
	return text_length(&text);
}
