/* SPDX-License-Identifier: MIT */
/*
 * diagnosis_show.h - a diagnosis for people, and for programs.
 */
#ifndef CUTOUT_CLI_DIAGNOSIS_SHOW_H
#define CUTOUT_CLI_DIAGNOSIS_SHOW_H

#include <stdbool.h>

#include "cli/diagnosis.h"
#include "cli/process.h"

/* Of a program: `process` is NULL, and `program` its path. False, after a message, where it cannot be shown. */
bool diagnosis_show(const struct diagnosis *diagnosis, const char *program, const struct process *process);
bool diagnosis_show_json(const struct diagnosis *diagnosis, const char *program, const struct process *process);

/* What the environment says it was started with: "enforce", … */
const char *process_mode(const struct process *process);

#endif
