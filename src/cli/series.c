/* SPDX-License-Identifier: MIT */
/*
 * series.c - breakers under the labels by which a monitoring system knows them.
 */
#include "cli/series.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cli/label.h"

static bool name_it(struct series *series)
{
	char address[VIEW_TEXT_MAX];
	size_t length;
	FILE *file = open_memstream(&series->labels, &length);

	if (file == NULL)
		return false;
	label_print(file, "destination", series->view->destination);
	fputc(',', file);
	label_print(file, "address", view_address(series->view, address));
	fputc(',', file);
	label_print(file, "rule", series->view->rule);
	return fclose(file) == 0;
}

static int compare(const void *a, const void *b)
{
	const struct series *first = a, *second = b;
	int order = strcmp(first->labels, second->labels);

	return order != 0 ? order : (first->id > second->id) - (first->id < second->id);
}

/* A breaker that was evicted and came back in another slot while the panel was read is there twice. */
static void drop_doubles(struct series_list *series)
{
	size_t kept = 0;

	for (size_t i = 0; i < series->count; i++) {
		if (kept > 0 && compare(&series->list[kept - 1], &series->list[i]) == 0)
			free(series->list[i].labels);
		else
			series->list[kept++] = series->list[i];
	}
	series->count = kept;
}

static void mark_shared(struct series_list *series)
{
	for (size_t i = 1; i < series->count; i++)
		if (strcmp(series->list[i - 1].labels, series->list[i].labels) == 0)
			series->list[i - 1].is_shared = series->list[i].is_shared = true;
}

static bool tell_apart(struct series *series)
{
	char *labels;

	if (asprintf(&labels, "%s,breaker=\"%016" PRIx64 "\"", series->labels, series->id) < 0)
		return false;
	free(series->labels);
	series->labels = labels;
	return true;
}

bool series_of_views(struct series_list *series, const struct views *views)
{
	bool named = true;

	*series = (struct series_list){ calloc(views->count + 1, sizeof(*series->list)), 0 };
	if (series->list == NULL)
		return false;
	for (size_t i = 0; i < views->count && named; i++) {
		struct series *one = &series->list[series->count++];

		one->view = &views->list[i];
		one->id = hash_bytes(&one->view->key, sizeof(one->view->key));
		named = name_it(one);
	}
	if (!named)
		return false;
	qsort(series->list, series->count, sizeof(*series->list), compare);
	drop_doubles(series);
	mark_shared(series);
	for (size_t i = 0; i < series->count && named; i++)
		named = !series->list[i].is_shared || tell_apart(&series->list[i]);
	return named;
}

void series_release(struct series_list *series)
{
	for (size_t i = 0; i < series->count; i++)
		free(series->list[i].labels);
	free(series->list);
	*series = (struct series_list){ NULL, 0 };
}
