/* SPDX-License-Identifier: MIT */
/*
 * arith.h - arithmetic on nanoseconds that does not overflow.
 *
 * Pure; safe everywhere.
 */
#ifndef CUTOUT_BREAKER_ARITH_H
#define CUTOUT_BREAKER_ARITH_H

#include <stdint.h>

static inline uint64_t at_most(uint64_t value, uint64_t most)
{
	return value < most ? value : most;
}

static inline uint64_t add_saturated(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static inline uint64_t divide_up(uint64_t value, uint64_t unit)
{
	return value / unit + (value % unit != 0);
}

#endif
