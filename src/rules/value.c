/* SPDX-License-Identifier: MIT */
/*
 * value.c - the quantities that options have, as text and as integers. Pure.
 */
#include "rules/value.h"

#include <string.h>

#include "base/duration.h"

static size_t count_digits(const char *text, size_t length)
{
	size_t count = 0;

	while (count < length && text[count] >= '0' && text[count] <= '9')
		count++;
	return count;
}

static uint64_t append_digit(uint64_t value, char digit)
{
	return value > (UINT64_MAX - 9) / 10 ? UINT64_MAX : 10 * value + (uint64_t)(digit - '0');
}

/* The length of DIGITS[.DIGITS] at the start of the text; 0 if it does not start so. */
static size_t decimal_length(const char *text, size_t length)
{
	size_t whole = count_digits(text, length);
	size_t fraction;

	if (whole == 0 || whole == length || text[whole] != '.')
		return whole;
	fraction = count_digits(text + whole + 1, length - whole - 1);
	return fraction > 0 ? whole + 1 + fraction : 0;
}

/* The number times 10^decimals. */
static bool parse_decimal(uint64_t *value, unsigned decimals, const char *text, size_t length)
{
	size_t whole = count_digits(text, length);

	if (length == 0 || decimal_length(text, length) != length)
		return false;
	*value = 0;
	for (size_t i = 0; i < whole; i++)
		*value = append_digit(*value, text[i]);
	for (size_t i = whole + 1; decimals > 0; i++, decimals--)
		*value = append_digit(*value, i < length ? text[i] : '0');
	return true;
}

static bool parse_ratio(uint64_t *value, const char *text, size_t length)
{
	if (length > 0 && text[length - 1] == '%')
		return parse_decimal(value, 4, text, length - 1);
	return parse_decimal(value, 6, text, length);
}

/* DIGITS + unit, the unit of `text` behind its number. */
static bool put_with_unit(char number_with_unit[VALUE_TEXT_MAX], const char *number, size_t length, const char *unit)
{
	struct text text;

	if (length + strlen(unit) >= VALUE_TEXT_MAX)
		return false;
	text_init(&text, number_with_unit, VALUE_TEXT_MAX);
	text_put_bytes(&text, number, length);
	text_put(&text, unit);
	return true;
}

static bool parse_duration(uint64_t *value, const char *text, size_t length)
{
	size_t number = decimal_length(text, length);
	uint64_t one;
	char unit[4];

	if (duration_parse(value, text, length))
		return true;
	/* Good but for its size? Then one of its unit is a duration. */
	if (number == 0 || length - number > 2)
		return false;
	unit[0] = '1';
	memcpy(unit + 1, text + number, length - number);
	*value = UINT64_MAX;
	return duration_parse(&one, unit, 1 + length - number);
}

bool value_parse(enum value_type type, uint64_t *value, const char *text, size_t length)
{
	switch (type) {
	case VALUE_NUMBER:
		return count_digits(text, length) == length && parse_decimal(value, 0, text, length);
	case VALUE_DURATION:
		return parse_duration(value, text, length);
	case VALUE_RATIO:
		return parse_ratio(value, text, length);
	case VALUE_FACTOR:
		return parse_decimal(value, 3, text, length);
	}
	return false;
}

/* value / 10^decimals, without zeros at the end. */
static void put_decimal(struct text *text, uint64_t value, unsigned decimals)
{
	uint64_t one = 1;
	uint64_t rest;

	for (unsigned i = 0; i < decimals; i++)
		one *= 10;
	text_put_number(text, value / one);
	rest = value % one;
	if (rest > 0)
		text_put_char(text, '.');
	while (rest > 0) {
		one /= 10;
		text_put_char(text, (char)('0' + rest / one));
		rest %= one;
	}
}

void value_put(struct text *text, enum value_type type, uint64_t value)
{
	char duration[VALUE_TEXT_MAX];

	switch (type) {
	case VALUE_NUMBER:
		text_put_number(text, value);
		break;
	case VALUE_DURATION:
		text_put_bytes(text, duration, duration_format(value, duration, sizeof(duration)));
		break;
	case VALUE_RATIO:
		put_decimal(text, value, 4);
		text_put_char(text, '%');
		break;
	case VALUE_FACTOR:
		put_decimal(text, value, 3);
		break;
	}
}

const char *value_description(enum value_type type)
{
	static const char *const descriptions[] = {
		[VALUE_NUMBER] = "a number",
		[VALUE_DURATION] = "a duration such as 250ms, 30s, 5m or 2h",
		[VALUE_RATIO] = "a ratio such as 50% or 0.5",
		[VALUE_FACTOR] = "a factor such as 2 or 1.5",
	};

	return descriptions[type];
}

/* "" and "sec" are seconds, "min" minutes, "msec" milliseconds, and so on; NULL for what is no unit. */
static const char *nearest_unit(const char *text, size_t length)
{
	static const struct {
		const char *start;
		const char *unit;
	} starts[] = {
		{ "ms", "ms" }, { "mil", "ms" }, { "m", "m" },   { "s", "s" },
		{ "h", "h" },   { "us", "us" },  { "ns", "ns" },
	};

	if (length == 0)
		return "s";
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		size_t j = 0;

		while (j < length && starts[i].start[j] != '\0' && (text[j] | 0x20) == starts[i].start[j])
			j++;
		if (starts[i].start[j] == '\0')
			return starts[i].unit;
	}
	return NULL;
}

const char *value_suggest(enum value_type type, const char *text, size_t length, char suggestion[VALUE_TEXT_MAX])
{
	size_t number = decimal_length(text, length);
	const char *unit = NULL;
	uint64_t value;

	if (number == 0)
		return NULL;
	if (type == VALUE_DURATION && !duration_parse(&value, text, length))
		unit = nearest_unit(text + number, length - number);
	else if (type == VALUE_RATIO && number == length)
		unit = "%";
	if (unit == NULL || !put_with_unit(suggestion, text, number, unit))
		return NULL;
	/* Nothing that would not do either. */
	if (!value_parse(type, &value, suggestion, strlen(suggestion)) || value == UINT64_MAX)
		return NULL;
	if (type == VALUE_RATIO && (value == 0 || value > 1000000))
		return NULL;
	return strlen(suggestion) != length || memcmp(suggestion, text, length) != 0 ? suggestion : NULL;
}
