/* SPDX-License-Identifier: MIT */
/*
 * settings.h - what the environment asks of the object, read once in the constructor.
 *
 * With secure_getenv(): a program that runs with raised privileges is left alone. What does not
 * parse is reported once on stderr, and the program runs on unprotected.
 */
#ifndef CUTOUT_HOOK_SETTINGS_H
#define CUTOUT_HOOK_SETTINGS_H

#include <stdbool.h>

#include "rules/rules.h"

struct settings {
	bool protect;             /* false: pass everything through */
	enum rule_mode mode;      /* CUTOUT_MODE: MODE_ENFORCE or MODE_OBSERVE */
	const struct rules *rules;
	const char *panel;        /* CUTOUT_PANEL; NULL: the default */
	const char *log;          /* CUTOUT_LOG; NULL: off */
	const char *record;       /* CUTOUT_RECORD: the directory of a recording (panel/tape.h); NULL: none */
};

/* The constructor's: reads and parses. The strings live as long as the process. Keeps errno. */
void settings_load(struct settings *settings);

#endif
