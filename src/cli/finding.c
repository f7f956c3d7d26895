/* SPDX-License-Identifier: MIT */
/*
 * finding.c - a list of findings, in the order in which they were made.
 */
#include "cli/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void findings_add(struct findings *findings, const char *id, enum coverage coverage, const char *remedy,
		  const char *format, ...)
{
	struct finding *list = realloc(findings->list, (findings->count + 1) * sizeof(*list));
	char *reason = NULL;
	va_list arguments;

	if (list != NULL)
		findings->list = list;
	va_start(arguments, format);
	if (list == NULL || vasprintf(&reason, format, arguments) < 0)
		findings->is_incomplete = true;
	else
		list[findings->count++] =
			(struct finding){ id, coverage, make_printable(reason), remedy };
	va_end(arguments);
}

bool findings_have(const struct findings *findings, const char *id)
{
	for (size_t i = 0; i < findings->count; i++)
		if (strcmp(findings->list[i].id, id) == 0)
			return true;
	return false;
}

enum coverage findings_verdict(const struct findings *findings)
{
	enum coverage worst = COVERED;

	for (size_t i = 0; i < findings->count; i++)
		if (findings->list[i].coverage > worst)
			worst = findings->list[i].coverage;
	return worst;
}

void findings_release(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		free(findings->list[i].reason);
	free(findings->list);
	*findings = FINDINGS_EMPTY;
}

const char *coverage_name(enum coverage coverage)
{
	return coverage == COVERED ? "yes" : coverage == COVERED_PARTLY ? "partly" : "no";
}

char *make_printable(char *text)
{
	for (char *at = text; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return text;
}
