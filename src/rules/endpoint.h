/* SPDX-License-Identifier: MIT */
/*
 * endpoint.h - an address with or without a port, as a value: "10.0.0.5:80", "10.0.0.5", "[::1]:80", "[::1]".
 *
 * Pure.
 */
#ifndef CUTOUT_RULES_ENDPOINT_H
#define CUTOUT_RULES_ENDPOINT_H

#include "base/addr.h"
#include "rules/report.h"

/* Without a port addr->port is 0. False after a complaint. */
bool endpoint_parse(struct addr *addr, const struct word *value, struct report *report);

/* The canonical text, which parses to the same. */
void endpoint_put(struct text *text, const struct addr *addr);

#endif
