/* SPDX-License-Identifier: MIT */
/*
 * label.c - values of labels in the text format of Prometheus.
 */
#include "cli/label.h"

#include <stddef.h>
#include <stdint.h>

/* The Unicode standard, table 3-7: first byte, bounds of the second, length. Those after it are 80..BF. */
static const struct {
	uint8_t first_least, first_most, second_least, second_most, length;
} forms[] = {
	{ 0x01, 0x7f, 0, 0, 1 },          { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },    { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },    { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* Bytes of the character that begins there; 0 where none does. The text's NUL ends every character. */
static size_t character_length(const unsigned char *at)
{
	size_t form = 0, length = 2;

	while (form < sizeof(forms) / sizeof(forms[0]) && (*at < forms[form].first_least || *at > forms[form].first_most))
		form++;
	if (form == sizeof(forms) / sizeof(forms[0]))
		return 0;
	if (forms[form].length == 1)
		return 1;
	if (at[1] < forms[form].second_least || at[1] > forms[form].second_most)
		return 0;
	while (length < forms[form].length && at[length] >= 0x80 && at[length] <= 0xbf)
		length++;
	return length == forms[form].length ? length : 0;
}

static const char *escape_of(char c)
{
	switch (c) {
	case '\\':
		return "\\\\";
	case '"':
		return "\\\"";
	case '\n':
		return "\\n";
	default:
		return NULL;
	}
}

static void print_value(FILE *file, const char *value)
{
	while (*value != '\0') {
		size_t length = character_length((const unsigned char *)value);

		if (length == 0)
			fputs("\xef\xbf\xbd", file);
		else if (escape_of(*value) != NULL)
			fputs(escape_of(*value), file);
		else
			fwrite(value, 1, length, file);
		value += length > 0 ? length : 1;
	}
}

void label_print(FILE *file, const char *name, const char *value)
{
	fprintf(file, "%s=\"", name);
	print_value(file, value);
	fputc('"', file);
}
