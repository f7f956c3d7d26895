/* SPDX-License-Identifier: MIT */
/*
 * rates.c - how fast the counts of breakers grow.
 */
#include "cli/rates.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"

struct reading {
	uint64_t time, calls, failures, finished;
};

struct rates_history {
	struct panel_key key;
	struct reading readings[RATES_READINGS]; /* a ring */
	unsigned next, count;
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct panel_key)); /* the key is a history's first member */
}

static struct rates_history *find(const struct rates *rates, const struct panel_key *key)
{
	return rates->count > 0 ? bsearch(key, rates->list, rates->count, sizeof(*rates->list), compare) : NULL;
}

static const struct reading *newest(const struct rates_history *history)
{
	return &history->readings[(history->next + RATES_READINGS - 1) % RATES_READINGS];
}

static const struct reading *oldest(const struct rates_history *history)
{
	return &history->readings[(history->next + RATES_READINGS - history->count) % RATES_READINGS];
}

static struct reading reading_of(const struct panel_view *view, uint64_t now)
{
	return (struct reading){
		.time = now,
		.calls = view->totals[TOTAL_CALLS],
		.failures = view->totals[TOTAL_FAILURES],
		.finished = view->totals[TOTAL_SUCCESSES] + view->totals[TOTAL_FAILURES] + view->totals[TOTAL_SLOW],
	};
}

static bool goes_on(const struct reading *before, const struct reading *now)
{
	return now->time > before->time && now->calls >= before->calls && now->failures >= before->failures &&
	       now->finished >= before->finished;
}

static void add(struct rates_history *history, const struct reading *now)
{
	if (history->count > 0 && !goes_on(newest(history), now))
		history->count = 0;
	history->readings[history->next] = *now;
	history->next = (history->next + 1) % RATES_READINGS;
	if (history->count < RATES_READINGS)
		history->count++;
}

bool rates_read(struct rates *rates, const struct views *views)
{
	struct rates_history *list = calloc(views->count + 1, sizeof(*list));

	if (list == NULL)
		return false;
	for (size_t i = 0; i < views->count; i++) {
		const struct rates_history *before = find(rates, &views->list[i].key);
		struct reading now = reading_of(&views->list[i], views->now);

		if (before != NULL)
			list[i] = *before;
		list[i].key = views->list[i].key;
		add(&list[i], &now);
	}
	qsort(list, views->count, sizeof(*list), compare);
	free(rates->list);
	*rates = (struct rates){ list, views->count };
	return true;
}

struct rate rates_of(const struct rates *rates, const struct panel_key *key)
{
	const struct rates_history *history = find(rates, key);
	const struct reading *from, *to;
	struct rate rate = { 0 };

	if (history == NULL || history->count < 2)
		return rate;
	from = oldest(history);
	to = newest(history);
	rate.has_calls = true;
	rate.calls = (double)(to->calls - from->calls) * (double)NSEC_PER_SEC / (double)(to->time - from->time);
	rate.has_failures = to->finished > from->finished;
	if (rate.has_failures)
		rate.failures = (double)(to->failures - from->failures) / (double)(to->finished - from->finished);
	return rate;
}

void rates_release(struct rates *rates)
{
	free(rates->list);
	*rates = RATES_EMPTY;
}
