/* SPDX-License-Identifier: MIT */
/*
 * recorder.c - from the tape to the trace.
 */
#include "cli/recorder.h"

#include <inttypes.h>

#include "base/duration.h"
#include "base/seconds.h"

enum { LOOK_EVERY_SECONDS = 1 };

/* --- what is written --- */

static void write_line(struct recorder *recorder, const struct happening *happening)
{
	uint64_t time = happening->time > recorder->start ? happening->time - recorder->start : 0;
	const char *destination = places_name(&recorder->places, happening->destination);
	char seconds[SECONDS_TEXT_MAX];

	if (time < recorder->written)
		time = recorder->written;
	recorder->written = time;
	seconds_format(time, seconds);
	if (happening->is_end)
		fprintf(recorder->out, "%s end %" PRIu32 " %s @%s\n", seconds, happening->id,
			outcome_name(happening->outcome), destination);
	else
		fprintf(recorder->out, "%s begin %" PRIu32 " @%s\n", seconds, happening->id, destination);
}

static void write_until(struct recorder *recorder, uint64_t until)
{
	struct happening happening;

	while (ordering_take(&recorder->ordering, until, &happening))
		write_line(recorder, &happening);
}

static void add(struct recorder *recorder, const struct happening *happening)
{
	if (!ordering_add(&recorder->ordering, happening))
		recorder->has_failed = true;
}

/* --- what is read --- */

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void end_flight(struct recorder *recorder, const struct flight *flight, enum breaker_outcome outcome,
		       uint64_t time)
{
	const struct happening happening = {
		.time = later(time, flight->began),
		.id = flight->id,
		.destination = flight->destination,
		.is_end = true,
		.outcome = outcome,
	};

	add(recorder, &happening);
}

/* IDs come back after four billion entries, or by hostile hands. Returns when the call may begin. */
static uint64_t end_earlier(struct recorder *recorder, const struct tape_entry *entry)
{
	struct flight flight;

	if (!flights_take(&recorder->flights, entry->id, &flight))
		return entry->time;
	recorder->unended++;
	end_flight(recorder, &flight, OUTCOME_IGNORED, entry->time);
	return later(entry->time, flight.began);
}

static void begin(struct recorder *recorder, const struct tape_entry *entry)
{
	struct happening happening = { .id = entry->id };
	struct flight flight = { .id = entry->id, .pid = entry->pid };

	switch (places_find(&recorder->places, entry->slot, entry->breaker, &happening.destination)) {
	case PLACE_FOUND:
		break;
	case PLACE_GONE: /* its name cannot be told any more */
		recorder->lost++;
		return;
	case PLACE_NO_MEMORY:
		recorder->has_failed = true;
		return;
	}
	flight.destination = happening.destination;
	happening.time = flight.began = end_earlier(recorder, entry);
	if (!flights_add(&recorder->flights, &flight))
		recorder->has_failed = true;
	recorder->calls++;
	add(recorder, &happening);
}

static void end(struct recorder *recorder, const struct tape_entry *entry)
{
	struct flight flight;

	if (flights_take(&recorder->flights, entry->id, &flight))
		end_flight(recorder, &flight, entry->outcome, entry->time);
	else
		recorder->orphans++;
}

/* Nobody will tell the ends of these. */
static void end_as_ignored(struct recorder *recorder, bool (*is_meant)(const struct flight *, const void *),
			   const void *context, uint64_t time)
{
	struct flight flight;
	size_t from = 0;

	while (flights_take_any(&recorder->flights, is_meant, context, &from, &flight)) {
		recorder->unended++;
		end_flight(recorder, &flight, OUTCOME_IGNORED, time);
	}
}

static bool is_any(const struct flight *flight, const void *context)
{
	(void)flight;
	(void)context;
	return true;
}

static bool is_of_process(const struct flight *flight, const void *context)
{
	const uint32_t *pid = context;

	return flight->pid == *pid;
}

static bool is_doomed(const struct flight *flight, const void *context)
{
	(void)context;
	return flight->is_doomed;
}

static bool is_of_the_dead(const struct flight *flight, const void *context)
{
	const struct recorder *recorder = context;

	return flight->pid != 0 && !recorder->is_alive(flight->pid);
}

static void take(struct recorder *recorder, const struct tape_entry *entry)
{
	recorder->latest = later(recorder->latest, entry->time);
	switch (entry->what) {
	case TAPE_START:
		recorder->programs++;
		if (entry->pid != 0)
			end_as_ignored(recorder, is_of_process, &entry->pid, entry->time);
		break;
	case TAPE_BEGIN:
		begin(recorder, entry);
		break;
	case TAPE_END:
		end(recorder, entry);
		break;
	}
}

/* Among them may be the end of any call in flight. */
static void lose(struct recorder *recorder, uint64_t entries)
{
	recorder->lost += entries;
	recorder->at += entries;
	end_as_ignored(recorder, is_any, NULL, recorder->latest);
}

/* False: not whole yet, and still worth waiting for. */
static bool read_entry(struct recorder *recorder, uint64_t now)
{
	struct tape_entry entry;
	enum tape_found found = tape_get(recorder->tape, recorder->at, &entry);

	if (found == TAPE_PENDING) {
		if (recorder->waiting_since == 0)
			recorder->waiting_since = now;
		if (now - recorder->waiting_since < RECORDER_PATIENCE)
			return false;
	}
	recorder->waiting_since = 0;
	if (found == TAPE_WHOLE) {
		/* Nobody writes of what is yet to be. */
		if (entry.time > now + RECORDER_PATIENCE)
			entry.time = now;
		take(recorder, &entry);
		recorder->at++;
	} else {
		lose(recorder, 1);
	}
	return true;
}

/* No more than one round: what comes meanwhile is for the next reading. */
static void read_entries(struct recorder *recorder, uint64_t now)
{
	uint64_t next = tape_next(recorder->tape);

	if (next - recorder->at > TAPE_ENTRIES && next > recorder->at)
		lose(recorder, next - recorder->at - TAPE_ENTRIES);
	for (unsigned i = 0; i < TAPE_ENTRIES && recorder->at < next; i++)
		if (!read_entry(recorder, now))
			return;
}

/* Who was found gone the last time has told everything that has been read since. */
static void look_who_is_gone(struct recorder *recorder, uint64_t now)
{
	if (now - recorder->looked < LOOK_EVERY_SECONDS * NSEC_PER_SEC)
		return;
	recorder->looked = now;
	end_as_ignored(recorder, is_doomed, NULL, now);
	flights_doom(&recorder->flights, is_of_the_dead, recorder);
}

bool recorder_read(struct recorder *recorder, uint64_t now)
{
	read_entries(recorder, now);
	look_who_is_gone(recorder, now);
	if (now > RECORDER_WINDOW)
		write_until(recorder, now - RECORDER_WINDOW);
	return !recorder->has_failed;
}

bool recorder_finish(struct recorder *recorder, uint64_t now)
{
	uint64_t next = tape_next(recorder->tape);

	/* Whoever is still at it is not waited for: the second look at an entry is the last. */
	for (uint64_t look = now; recorder->at < next; look += RECORDER_PATIENCE)
		read_entries(recorder, look);
	end_as_ignored(recorder, is_any, NULL, now);
	write_until(recorder, UINT64_MAX);
	return !recorder->has_failed;
}

void recorder_release(struct recorder *recorder)
{
	flights_release(&recorder->flights);
	ordering_release(&recorder->ordering);
	places_release(&recorder->places);
}
