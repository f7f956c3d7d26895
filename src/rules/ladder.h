/* SPDX-License-Identifier: MIT */
/*
 * ladder.h - puts the address keys of an index in order, and finds out which of them are around which.
 */
#ifndef CUTOUT_RULES_LADDER_H
#define CUTOUT_RULES_LADDER_H

#include "base/arena.h"
#include "rules/key.h"

/* Once the spans of all keys are set. False without memory. */
bool ladder_build(struct index *index, uint32_t keys, struct arena *arena, struct arena *scratch);

#endif
