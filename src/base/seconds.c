/* SPDX-License-Identifier: MIT */
/*
 * seconds.c - plain seconds to nanoseconds and back, exactly. Pure.
 */
#include "base/seconds.h"

#include <stdbool.h>

#include "base/duration.h"
#include "base/text.h"

enum { DECIMALS = 9, DECIMALS_SHOWN = 3 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t count_digits(const char *text, size_t length)
{
	size_t count = 0;

	while (count < length && is_digit(text[count]))
		count++;
	return count;
}

/* False beyond SECONDS_MAX. */
static bool append_digit(uint64_t *value, char digit)
{
	uint64_t units = (uint64_t)(digit - '0');

	if (*value > (SECONDS_MAX - units) / 10)
		return false;
	*value = 10 * *value + units;
	return true;
}

/* The digits behind the point, as if there were nine of them. */
static enum seconds_result append_fraction(uint64_t *value, const char *text, size_t length)
{
	for (size_t i = 0; i < DECIMALS; i++)
		if (!append_digit(value, i < length ? text[i] : '0'))
			return SECONDS_TOO_BIG;
	for (size_t i = DECIMALS; i < length; i++)
		if (text[i] != '0')
			return SECONDS_TOO_FINE;
	return SECONDS_GOOD;
}

enum seconds_result seconds_parse(uint64_t *ns, const char *text, size_t length)
{
	size_t whole = count_digits(text, length);
	size_t fraction = 0;
	enum seconds_result result;
	uint64_t value = 0;

	if (whole < length && text[whole] == '.')
		fraction = count_digits(text + whole + 1, length - whole - 1);
	if (whole == 0 || length != whole + (fraction > 0) + fraction)
		return SECONDS_NO_NUMBER;
	for (size_t i = 0; i < whole; i++)
		if (!append_digit(&value, text[i]))
			return SECONDS_TOO_BIG;
	result = append_fraction(&value, text + whole + (fraction > 0), fraction);
	if (result == SECONDS_GOOD)
		*ns = value;
	return result;
}

size_t seconds_format(uint64_t ns, char buffer[SECONDS_TEXT_MAX])
{
	uint64_t rest = ns % NSEC_PER_SEC;
	uint64_t unit = NSEC_PER_SEC;
	struct text text;

	text_init(&text, buffer, SECONDS_TEXT_MAX);
	text_put_number(&text, ns / NSEC_PER_SEC);
	text_put_char(&text, '.');
	for (int i = 0; i < DECIMALS_SHOWN || rest > 0; i++) {
		unit /= 10;
		text_put_char(&text, (char)('0' + rest / unit));
		rest %= unit;
	}
	return text_length(&text);
}
