/* SPDX-License-Identifier: MIT */
/*
 * exposition.h - a panel in the text format of Prometheus, version 0.0.4.
 *
 * Names, labels and types are fixed: others read them. Every family has its HELP and TYPE, its series in
 * one piece behind them, and no series twice. As many breakers as a panel has places is the most that there are.
 */
#ifndef CUTOUT_CLI_EXPOSITION_H
#define CUTOUT_CLI_EXPOSITION_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/views.h"

/* False, after a message, without memory. Whether all of it was written, the caller asks `file`. */
bool exposition_print(FILE *file, const struct views *views);

#endif
