/* SPDX-License-Identifier: MIT */
/*
 * hostname.h - is what a program asked the resolver for a name, or an address written as text?
 *
 * Pure; safe everywhere.
 */
#ifndef CUTOUT_HOOK_HOSTNAME_H
#define CUTOUT_HOOK_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>

#include "hook/names.h"

/* Copies the name without a final dot. False for an address in any form, a name too long, or none. */
bool hostname_read(struct name *name, const char *text, size_t length);

#endif
