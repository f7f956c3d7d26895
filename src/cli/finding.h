/* SPDX-License-Identifier: MIT */
/*
 * finding.h - what speaks against a program being covered, or should be known: each with reason and remedy.
 */
#ifndef CUTOUT_CLI_FINDING_H
#define CUTOUT_CLI_FINDING_H

#include <stdbool.h>
#include <stddef.h>

/* In this order: the worst finding is the verdict. */
enum coverage {
	COVERED, /* of a finding: only to be known */
	COVERED_PARTLY,
	NOT_COVERED,
};

struct finding {
	const char *id;         /* for programs: "static", "set-user-id" */
	enum coverage coverage;
	char *reason;           /* one line of printable text */
	const char *remedy;     /* NULL: there is none */
};

struct findings {
	struct finding *list;
	size_t count;
	bool is_incomplete; /* no memory */
};

#define FINDINGS_EMPTY ((struct findings){ .list = NULL })

__attribute__((format(printf, 5, 6))) void findings_add(struct findings *findings, const char *id,
							enum coverage coverage, const char *remedy,
							const char *format, ...);

bool findings_have(const struct findings *findings, const char *id);
enum coverage findings_verdict(const struct findings *findings);
void findings_release(struct findings *findings);

/* "yes", "partly", "no" */
const char *coverage_name(enum coverage coverage);

/* What is not printable becomes "?": bytes of files and of the environment go to terminals and into JSON. */
char *make_printable(char *text);

#endif
