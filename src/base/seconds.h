/* SPDX-License-Identifier: MIT */
/*
 * seconds.h - plain seconds, "0.5", "1700000000.123456789", to nanoseconds and back, exactly.
 *
 * Pure; safe everywhere. No floating point: 53 bits do not hold a time of today in nanoseconds.
 */
#ifndef CUTOUT_BASE_SECONDS_H
#define CUTOUT_BASE_SECONDS_H

#include <stddef.h>
#include <stdint.h>

/* The latest time: that many nanoseconds are 292 years. Two of them can be added. */
#define SECONDS_MAX ((uint64_t)INT64_MAX)

enum seconds_result {
	SECONDS_GOOD,
	SECONDS_NO_NUMBER, /* not DIGITS or DIGITS.DIGITS */
	SECONDS_TOO_FINE,  /* has a digit below a nanosecond that is not 0 */
	SECONDS_TOO_BIG,   /* beyond SECONDS_MAX */
};

/* `*ns` is set for SECONDS_GOOD only. */
enum seconds_result seconds_parse(uint64_t *ns, const char *text, size_t length);

enum { SECONDS_TEXT_MAX = 32 };

/* "0.500", "0.000000001": three decimals, and as many more as it takes. Returns the length. */
size_t seconds_format(uint64_t ns, char text[SECONDS_TEXT_MAX]);

#endif
