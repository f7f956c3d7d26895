/* SPDX-License-Identifier: MIT */
/*
 * duration.h - "250ms", "30s", "1.5s", "5m", "2h" to nanoseconds and back.
 *
 * Pure; safe everywhere. Nothing here sets errno.
 */
#ifndef CUTOUT_BASE_DURATION_H
#define CUTOUT_BASE_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NSEC_PER_USEC UINT64_C(1000)
#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_SEC  UINT64_C(1000000000)

/* Longest duration that is accepted: a year. */
#define DURATION_MAX (UINT64_C(365) * 24 * 3600 * NSEC_PER_SEC)

/*
 * Units ns, us, ms, s, m, h; a decimal fraction is allowed, a sign, a missing unit (but for a plain 0)
 * or a blank is not. False if it does not parse or exceeds DURATION_MAX.
 */
bool duration_parse(uint64_t *ns, const char *text, size_t length);

/* The shortest text that parses to the same value: "250ms", "90s", "1500ms". Returns the length. */
size_t duration_format(uint64_t ns, char *text, size_t size);

/* For people: two units at most, "0.1s", "4.2s", "58s", "1m30s", "12m", "2h", "3d". Returns the length. */
size_t duration_format_short(uint64_t ns, char *text, size_t size);

#endif
