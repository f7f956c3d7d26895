/* SPDX-License-Identifier: MIT */
/*
 * text.c - build a line of text in a buffer of fixed size without stdio.
 *
 * Every function leaves the buffer NUL-terminated, so that a line may be written at any point.
 */
#include "base/text.h"

#include <string.h>

void text_init(struct text *text, char *buffer, size_t size)
{
	text->start = buffer;
	text->at = buffer;
	text->end = buffer + size - 1;
	*buffer = '\0';
}

void text_put_bytes(struct text *text, const char *bytes, size_t length)
{
	size_t room = (size_t)(text->end - text->at);

	if (length > room)
		length = room;
	if (length > 0)
		memcpy(text->at, bytes, length);
	text->at += length;
	*text->at = '\0';
}

void text_put(struct text *text, const char *string)
{
	if (string != NULL)
		text_put_bytes(text, string, strlen(string));
}

void text_put_char(struct text *text, char c)
{
	text_put_bytes(text, &c, 1);
}

void text_put_number(struct text *text, uint64_t number)
{
	char digits[20]; /* of 2^64 - 1 */
	char *at = digits + sizeof(digits);

	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	text_put_bytes(text, at, (size_t)(digits + sizeof(digits) - at));
}

size_t text_length(const struct text *text)
{
	return (size_t)(text->at - text->start);
}
