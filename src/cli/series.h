/* SPDX-License-Identifier: MIT */
/*
 * series.h - breakers under the labels by which a monitoring system knows them.
 *
 * The labels are destination, address and rule. Breakers may have all three in common: of programs with
 * different options for the same pattern, in different network namespaces, or behind names so long that they
 * were cut. Two series of one name would make a reader throw the whole text away, and their sum would
 * hide an open circuit behind a closed one, so they get a fourth label, `breaker`: the same number whenever
 * the same breaker is printed, with the same breakers beside it or others. All of them get it, so that
 * none takes over the history of another.
 */
#ifndef CUTOUT_CLI_SERIES_H
#define CUTOUT_CLI_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/views.h"

struct series {
	const struct panel_view *view;
	char *labels; /* destination="…",address="…",rule="…" */
	uint64_t id;
	bool is_shared; /* others have the same three */
};

struct series_list {
	struct series *list;
	size_t count;
};

/* In the order of their labels, no two alike. False without memory; to be released in either case. */
bool series_of_views(struct series_list *series, const struct views *views);
void series_release(struct series_list *series);

#endif
