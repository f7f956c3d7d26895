/* SPDX-License-Identifier: MIT */
/*
 * host.h - the host of a pattern: "*", "10.0.0.0/8", "[2001:db8::]/32", "db-*.internal".
 */
#ifndef CUTOUT_RULES_HOST_H
#define CUTOUT_RULES_HOST_H

#include "rules/pattern.h"

/* A host without brackets, not empty. Complains and returns false if it is none; so do the others. */
bool host_parse(struct pattern *pattern, const struct word *host, struct arena *arena, struct report *report);

/* What is between the brackets, and the number behind the slash (NULL: there is none). */
bool host_parse_ipv6(struct pattern *pattern, const struct word *address, const struct word *bits,
		     struct report *report);

/* Complains that "WORD" AFTER, and suggests a text of three parts. False. */
bool host_refuse(struct report *report, const struct word *word, const char *after, const char *before_suggestion,
		 const struct word *suggested, const char *after_suggestion);

#endif
