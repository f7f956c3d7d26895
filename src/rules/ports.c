/* SPDX-License-Identifier: MIT */
/*
 * ports.c - the part of a pattern behind the colon: "*", "80", "80,8000-8099".
 */
#include "rules/ports.h"

#include "rules/value.h"

enum { PORT_MAX = 65535 };

void ports_any(struct pattern *pattern)
{
	static const struct port_range any = { 0, PORT_MAX };

	pattern->ports = &any;
	pattern->port_count = 1;
}

bool ports_is_one(const struct word *word)
{
	uint64_t number;

	return value_parse(VALUE_NUMBER, &number, word->at, word->length) && number > 0 && number <= PORT_MAX;
}

static bool parse_port(uint16_t *port, const struct word *word, struct report *report)
{
	uint64_t number = 0;

	if (word->length == 0)
		report_at(report, word, "missing port");
	else if (!value_parse(VALUE_NUMBER, &number, word->at, word->length))
		report_word(report, word, "", " is not a port number", NULL);
	else if (number > PORT_MAX)
		report_word(report, word, "port ", " is above 65535", NULL);
	else if (number == 0)
		report_word(report, word, "port ", " is below 1", NULL);
	*port = (uint16_t)number;
	return number > 0 && number <= PORT_MAX;
}

static void complain_backwards(const struct word *word, const struct port_range *range, struct report *report)
{
	char buffer[VALUE_TEXT_MAX];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	text_put_number(&text, range->last);
	text_put_char(&text, '-');
	text_put_number(&text, range->first);
	report_word(report, word, "port range ", " is backwards", buffer);
}

static bool parse_range(struct port_range *range, const struct word *word, struct report *report)
{
	size_t dash = word_find(word, '-');
	struct word first = word_part(word, 0, dash);
	struct word last = first;
	bool good;

	if (dash < word->length)
		last = word_part(word, dash + 1, word->length - dash - 1);
	good = parse_port(&range->first, &first, report);
	if (last.at == first.at) {
		range->last = range->first;
		return good;
	}
	good &= parse_port(&range->last, &last, report);
	if (good && range->first > range->last) {
		complain_backwards(word, range, report);
		return false;
	}
	return good;
}

static size_t count_items(const struct word *word)
{
	size_t count = 1;

	for (size_t i = 0; i < word->length; i++)
		count += word->at[i] == ',';
	return count;
}

bool ports_parse(struct pattern *pattern, const struct word *word, struct arena *arena, struct report *report)
{
	size_t count = count_items(word);
	struct port_range *ranges;
	bool good = true;
	size_t start = 0;

	if (word_is(word, "*")) {
		ports_any(pattern);
		return true;
	}
	ranges = arena_take(arena, count * sizeof(*ranges));
	if (ranges == NULL) {
		report_at(report, word, "out of memory");
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		struct word item = word_part(word, start, word->length - start);

		item.length = word_find(&item, ',');
		start += item.length + 1;
		good &= parse_range(&ranges[i], &item, report);
	}
	pattern->ports = ranges;
	pattern->port_count = count;
	return good;
}
