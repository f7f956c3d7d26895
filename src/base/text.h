/* SPDX-License-Identifier: MIT */
/*
 * text.h - build a line of text in a buffer of fixed size without stdio.
 *
 * What does not fit is cut off; the buffer always ends in a NUL. For log lines, which are
 * written from hooks: no allocation, no locale, no errno. Safe in any thread, in a signal
 * handler and in a forked or vforked child (the buffer is the caller's).
 */
#ifndef CUTOUT_BASE_TEXT_H
#define CUTOUT_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
	char *start;
	char *at;
	char *end; /* the last byte, kept for the NUL */
};

void text_init(struct text *text, char *buffer, size_t size); /* size >= 1 */
void text_put(struct text *text, const char *string);         /* NULL counts as "" */
void text_put_bytes(struct text *text, const char *bytes, size_t length);
void text_put_char(struct text *text, char c);
void text_put_number(struct text *text, uint64_t number);
size_t text_length(const struct text *text);

#endif
