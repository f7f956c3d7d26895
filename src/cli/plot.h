/* SPDX-License-Identifier: MIT */
/*
 * plot.h - a simulation as a picture: state, failure rate and refusals over time, for each policy.
 */
#ifndef CUTOUT_CLI_PLOT_H
#define CUTOUT_CLI_PLOT_H

#include <stdbool.h>

#include "cli/simulation.h"

/* After the end of the simulation, whose trials have timelines. False after a message. */
bool plot_write(const char *path, const struct simulation *simulation, const char *const *labels, const char *trace);

#endif
