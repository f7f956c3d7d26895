/* SPDX-License-Identifier: MIT */
/*
 * mode.c - names of the modes, for rules and for CUTOUT_MODE. Pure.
 */
#include "rules/rules.h"

#include <string.h>

static const char *const names[] = {
	[MODE_DEFAULT] = "default",
	[MODE_ENFORCE] = "enforce",
	[MODE_OBSERVE] = "observe",
	[MODE_OFF] = "off",
};

const char *mode_name(enum rule_mode mode)
{
	return names[mode];
}

bool mode_parse(enum rule_mode *mode, const char *text, size_t length)
{
	for (unsigned i = MODE_ENFORCE; i <= MODE_OFF; i++) {
		if (strlen(names[i]) == length && memcmp(names[i], text, length) == 0) {
			*mode = (enum rule_mode)i;
			return true;
		}
	}
	return false;
}
