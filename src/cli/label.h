/* SPDX-License-Identifier: MIT */
/*
 * label.h - values of labels in the text format of Prometheus.
 */
#ifndef CUTOUT_CLI_LABEL_H
#define CUTOUT_CLI_LABEL_H

#include <stdio.h>

/*
 * Prints name="value". Backslash, double quote and newline are escaped; a byte that is no part of a UTF-8
 * character becomes U+FFFD, since a reader throws away all of a text that is not UTF-8.
 */
void label_print(FILE *file, const char *name, const char *value);

#endif
