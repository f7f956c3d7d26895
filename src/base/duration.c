/* SPDX-License-Identifier: MIT */
/*
 * duration.c - "250ms", "30s", "1.5s", "5m", "2h" to nanoseconds and back.
 *
 * Digits are read by hand: strtod() follows the program's locale and sets errno. Pure.
 */
#include "base/duration.h"

#include <string.h>

#include "base/text.h"

static const struct unit {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "h", 3600 * NSEC_PER_SEC },
	{ "m", 60 * NSEC_PER_SEC },
	{ "s", NSEC_PER_SEC },
	{ "ms", NSEC_PER_MSEC },
	{ "us", NSEC_PER_USEC },
	{ "ns", 1 },
};

enum { UNITS = sizeof(units) / sizeof(units[0]) };

static const struct unit *unit_find(const char *name, size_t length)
{
	for (size_t i = 0; i < UNITS; i++)
		if (strlen(units[i].name) == length && memcmp(units[i].name, name, length) == 0)
			return &units[i];
	return NULL;
}

static size_t digits(const char *text, size_t length)
{
	size_t count = 0;

	while (count < length && text[count] >= '0' && text[count] <= '9')
		count++;
	return count;
}

/* whole * unit; false beyond DURATION_MAX. */
static bool scale_whole(uint64_t *ns, const char *text, size_t length, uint64_t unit)
{
	uint64_t whole = 0;

	for (size_t i = 0; i < length; i++) {
		whole = 10 * whole + (uint64_t)(text[i] - '0');
		if (whole > DURATION_MAX / unit)
			return false;
	}
	*ns = whole * unit;
	return true;
}

/* 0.fraction * unit, without what is below a nanosecond: from the last digit on nothing overflows or is lost. */
static uint64_t scale_fraction(const char *text, size_t length, uint64_t unit)
{
	uint64_t ns = 0;

	while (length-- > 0)
		ns = ((uint64_t)(text[length] - '0') * unit + ns) / 10;
	return ns;
}

bool duration_parse(uint64_t *ns, const char *text, size_t length)
{
	size_t whole = digits(text, length);
	size_t fraction = 0;
	size_t end = whole;
	const struct unit *unit;

	if (length == 1 && text[0] == '0') {
		*ns = 0;
		return true;
	}
	if (whole < length && text[whole] == '.') {
		fraction = digits(text + whole + 1, length - whole - 1);
		if (fraction == 0)
			return false;
		end = whole + 1 + fraction;
	}
	unit = unit_find(text + end, length - end);
	if (whole == 0 || unit == NULL || !scale_whole(ns, text, whole, unit->ns))
		return false;
	*ns += fraction > 0 ? scale_fraction(text + whole + 1, fraction, unit->ns) : 0;
	return *ns <= DURATION_MAX;
}

size_t duration_format(uint64_t ns, char *buffer, size_t size)
{
	struct text text;
	size_t i = 0;

	text_init(&text, buffer, size);
	while (ns % units[i].ns != 0)
		i++;
	text_put_number(&text, ns / units[i].ns);
	if (ns > 0)
		text_put(&text, units[i].name);
	return text_length(&text);
}

/* Of less than ten minutes, hours or days the next smaller unit matters, too: 90 seconds are not a minute. */
static void put_rest(struct text *text, uint64_t ns, const struct unit *unit)
{
	uint64_t rest;

	if (unit->ns == NSEC_PER_SEC || ns / unit->ns >= 10)
		return;
	rest = ns % unit->ns / unit[1].ns;
	if (rest == 0)
		return;
	text_put_number(text, rest);
	text_put(text, unit[1].name);
}

size_t duration_format_short(uint64_t ns, char *buffer, size_t size)
{
	static const struct unit steps[] = {
		{ "d", 24 * 3600 * NSEC_PER_SEC },
		{ "h", 3600 * NSEC_PER_SEC },
		{ "m", 60 * NSEC_PER_SEC },
		{ "s", NSEC_PER_SEC },
	};
	struct text text;
	size_t i = 0;

	text_init(&text, buffer, size);
	while (steps[i].ns > ns && steps[i].ns > NSEC_PER_SEC)
		i++;
	text_put_number(&text, ns / steps[i].ns);
	if (ns < 10 * NSEC_PER_SEC) {
		text_put_char(&text, '.');
		text_put_number(&text, ns % NSEC_PER_SEC / (100 * NSEC_PER_MSEC));
	}
	text_put(&text, steps[i].name);
	put_rest(&text, ns, &steps[i]);
	return text_length(&text);
}
