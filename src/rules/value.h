/* SPDX-License-Identifier: MIT */
/*
 * value.h - the quantities that options have, as text and as integers.
 *
 * A ratio is parts per million, a factor thousandths, a duration nanoseconds. Digits beyond that are
 * dropped. Pure.
 */
#ifndef CUTOUT_RULES_VALUE_H
#define CUTOUT_RULES_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum value_type {
	VALUE_NUMBER,   /* "5" */
	VALUE_DURATION, /* "250ms" */
	VALUE_RATIO,    /* "50%", "0.5" */
	VALUE_FACTOR,   /* "2", "1.5" */
};

/* False if the text is no such value. One that is too big for any use becomes UINT64_MAX. */
bool value_parse(enum value_type type, uint64_t *value, const char *text, size_t length);

/* The canonical text, which parses to the same value. */
void value_put(struct text *text, enum value_type type, uint64_t value);

/* "a duration such as 250ms, 30s, 5m or 2h" */
const char *value_description(enum value_type type);

enum { VALUE_TEXT_MAX = 32 };

/* What was perhaps meant by a text that is no such value, or too big a one; NULL if there is no telling. */
const char *value_suggest(enum value_type type, const char *text, size_t length, char suggestion[VALUE_TEXT_MAX]);

#endif
