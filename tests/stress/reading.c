/* SPDX-License-Identifier: MIT */
/*
 * reading.c - a reader that polls a panel.
 */
#include "reading.h"

#include "base/clock.h"

#define MS UINT64_C(1000000)

enum { READ_WITHIN_MS = 5000, PATIENCE = 200 /* looks */ };

void reading_views(struct reading *reading, const struct panel *panel, struct tally *tally)
{
	struct panel_view view;
	uint64_t start = clock_now();

	for (size_t i = 0; i < PANEL_SLOTS; i++) {
		uint64_t now = clock_now();

		if (panel_view(panel, i, now, &view))
			watch(tally, &reading->seen[i], &view, now);
	}
	note(tally, clock_now() - start < READ_WITHIN_MS * MS, READER_DOES_NOT_HANG, "a reading took %llu ms",
	     (unsigned long long)((clock_now() - start) / MS));
}

/* One that does not come whole in many readings was its writer's last. The ring may be faster than we are. */
void reading_events(struct reading *reading, const struct panel *panel, struct tally *tally)
{
	uint64_t end = events_next(panel);
	struct panel_event event;

	for (; reading->next_event != end; reading->next_event++) {
		switch (events_get(panel, reading->next_event, &event)) {
		case EVENT_WHOLE:
			watch_event(tally, &reading->told[event.slot], &event);
			break;
		case EVENT_PENDING:
			if (end - reading->next_event < PANEL_EVENTS / 2 && reading->waited++ < PATIENCE)
				return;
			atomic_fetch_add(&tally->lost, 1);
			break;
		case EVENT_LOST:
			break;
		}
		reading->waited = 0;
	}
}
