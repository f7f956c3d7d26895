/* SPDX-License-Identifier: MIT */
/*
 * parsing.h - texts to rules, or to what is said about them, for the tests of this room.
 */
#ifndef CUTOUT_TESTS_RULES_PARSING_H
#define CUTOUT_TESTS_RULES_PARSING_H

#include "rules/rules.h"

/* The rules of a text. The test fails if it does not parse. */
struct rules *parse_good(const char *text);
struct rules *parse_good_with(const char *text, const char *defaults);

/* What is said about a text, a line for each complaint: "r:1:3: unknown option …\n". "" if it parses. */
const char *complaints(const char *text);
const char *complaints_with(const char *text, const char *defaults);

/* The line of the rule that matches; 0: the built-in one. The destination is "10.0.0.5:80", "[::1]:80". */
unsigned matched(const struct rules *rules, const char *address, const char *name);

/* The options of the first rule, as they are shown. */
const char *shown(const char *text);

#endif
