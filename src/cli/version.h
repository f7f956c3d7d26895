/* SPDX-License-Identifier: MIT */
/*
 * version.h - the version of cutout, as configure has it.
 */
#ifndef CUTOUT_CLI_VERSION_H
#define CUTOUT_CLI_VERSION_H

/* "0.1.0" */
const char *version_text(void);

#endif
