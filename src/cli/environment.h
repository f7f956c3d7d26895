/* SPDX-License-Identifier: MIT */
/*
 * environment.h - the CUTOUT_ variables besides the rules, as the object will read them.
 */
#ifndef CUTOUT_CLI_ENVIRONMENT_H
#define CUTOUT_CLI_ENVIRONMENT_H

#include <stdbool.h>

#include "rules/rules.h"

/* Its value; NULL where it is not set, or empty. */
const char *environment_variable(const char *name);

/* False, after a message, where CUTOUT_MODE, CUTOUT_PANEL or CUTOUT_LOG does not parse. */
bool environment_is_valid(void);

/* What -m says; false after a message. */
bool environment_accepts_mode(const char *mode);

/* What -p says: an absolute path, or "private"; false after a message. */
bool environment_accepts_panel(const char *panel);

/* CUTOUT_MODE: enforce where it is not set or does not parse. */
enum rule_mode environment_mode(void);

/* The panel of a tool: -p's, else CUTOUT_PANEL's, else NULL for the default; false after a message. */
bool environment_panel(const char *option, const char **panel);

#endif
