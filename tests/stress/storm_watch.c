/* SPDX-License-Identifier: MIT */
/*
 * storm_watch.c - the reader of a storm: polls the panel while programs use it, and judges it when they are dead.
 *
 *	storm_watch PANEL OVERDUE-MS
 *
 * Reads breakers and events until a line comes on standard input, which says how many threads were killed and that
 * nobody uses the panel any more. Prints TAP, a line for each relation of watch.h.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "afterwards.h"
#include "base/clock.h"
#include "reading.h"

#define MS UINT64_C(1000000)

static void open_panel(struct panel *panel, const char *path, enum panel_access access)
{
	char why[256];

	if (panel_open(panel, path, access, why, sizeof(why)) && !panel->is_private)
		return;
	printf("Bail out! %s\n", why);
	exit(99);
}

static bool is_told(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&input, 1, 5) != 0;
}

static unsigned watch_until_told(const char *path, struct tally *tally)
{
	static struct reading reading;
	struct panel panel;
	unsigned deaths = 0;

	open_panel(&panel, path, PANEL_READ);
	while (!is_told()) {
		reading_views(&reading, &panel, tally);
		reading_events(&reading, &panel, tally);
	}
	if (scanf("%u", &deaths) != 1)
		exit(99);
	/* Those that the killed left half written are waited for in vain. */
	for (unsigned i = 0; i < 100000 && reading.next_event != events_next(&panel); i++)
		reading_events(&reading, &panel, tally);
	reading_views(&reading, &panel, tally);
	panel_close(&panel);
	return deaths;
}

static void judge(const char *path, uint64_t overdue, unsigned deaths, struct tally *tally)
{
	uint64_t now = clock_now();
	struct panel_view view;
	struct panel panel;

	open_panel(&panel, path, PANEL_STEER);
	afterwards_slots(&panel, deaths, tally);
	for (size_t i = 0; i < PANEL_SLOTS; i++)
		if (panel_view(&panel, i, now, &view))
			afterwards_breaker(&panel.file->slots[i], now, overdue, tally);
	note(tally, tally->lost <= deaths, DEATH_COSTS_FEW_EVENTS, "%llu entries were left half written, %u deaths",
	     (unsigned long long)tally->lost, deaths);
	panel_close(&panel);
}

int main(int argc, char **argv)
{
	static struct tally tally;
	unsigned deaths;

	if (argc != 3)
		return 2;
	clock_init();
	deaths = watch_until_told(argv[1], &tally);
	judge(argv[1], (uint64_t)atoi(argv[2]) * MS, deaths, &tally);
	printf("# %llu views, %llu events, %llu of them half written\n", (unsigned long long)tally.views,
	       (unsigned long long)tally.events, (unsigned long long)tally.lost);
	return tell(&tally) != 0;
}
