/* SPDX-License-Identifier: MIT */
/*
 * complain.h - what is wrong with a rule, and where: the message, the line, and a caret under it.
 */
#ifndef CUTOUT_CLI_COMPLAIN_H
#define CUTOUT_CLI_COMPLAIN_H

#include <stddef.h>

#include "cli/sources.h"
#include "rules/rules.h"

/* The context of complain_of_rule(). */
struct complaints {
	const struct sources *sources;
	size_t count; /* how many there were */
};

/* A rules_complain: prints one on stderr. */
void complain_of_rule(void *context, const struct rules_error *error);

/* Prints the part of a line around the column (from 1, in bytes) on stderr, and a caret below it. */
void complain_excerpt(const char *line, size_t length, unsigned column);

#endif
