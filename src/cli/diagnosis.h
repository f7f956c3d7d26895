/* SPDX-License-Identifier: MIT */
/*
 * diagnosis.h - will the object get into a program, and what of it will the hooks see?
 */
#ifndef CUTOUT_CLI_DIAGNOSIS_H
#define CUTOUT_CLI_DIAGNOSIS_H

#include "cli/closure.h"
#include "cli/finding.h"
#include "cli/imports.h"
#include "cli/trail.h"

struct diagnosis {
	char object[PATH_MAX];
	struct trail trail;
	struct closure closure; /* empty where the program is no ELF file */
	enum libc_kind libc;
	bool is_go;
	char go_version[64];
	struct findings findings;
	struct import *imports;
	size_t import_count;
};

/* False, after a message, where there is no object to judge by. */
bool diagnosis_begin(struct diagnosis *diagnosis);

/* Looks at the program of that path, and at what is loaded with it. */
void diagnosis_judge(struct diagnosis *diagnosis, const char *path);

/* Whether the file raises the rights of who runs it. */
void diagnosis_judge_rights(struct findings *findings, const char *path);

/*
 * Of a running process: reads its file, to which the libraries are added that it has mapped; then judges them,
 * and whether the object could get into it, where it has none. False when the file cannot be read.
 */
bool diagnosis_read_file(struct diagnosis *diagnosis, const char *name, const char *path);
void diagnosis_judge_running(struct diagnosis *diagnosis, bool has_object);

void diagnosis_release(struct diagnosis *diagnosis);

#endif
