/* SPDX-License-Identifier: MIT */
/*
 * closure_findings.h - what a program and its libraries, taken together, do past the hooks.
 */
#ifndef CUTOUT_CLI_CLOSURE_FINDINGS_H
#define CUTOUT_CLI_CLOSURE_FINDINGS_H

#include "cli/closure.h"
#include "cli/finding.h"

/* `expects_connect`: to be told when nothing imports connect. `is_running`: what was loaded up to now is in the closure. */
void closure_findings(struct findings *findings, const struct closure *closure, bool expects_connect, bool is_running);

/* True when the object imports that name. */
bool imports(const struct elf_file *elf, const char *name);

#endif
