/* SPDX-License-Identifier: MIT */
/*
 * ports.h - the part of a pattern behind the colon: "*", "80", "80,8000-8099".
 */
#ifndef CUTOUT_RULES_PORTS_H
#define CUTOUT_RULES_PORTS_H

#include "rules/pattern.h"

/* Every port, 0 (a destination without one) included. */
void ports_any(struct pattern *pattern);

/* Sets the pattern's ports. Complains and returns false if the word is none. */
bool ports_parse(struct pattern *pattern, const struct word *word, struct arena *arena, struct report *report);

/* True if the word is one number that a port can have. */
bool ports_is_one(const struct word *word);

#endif
