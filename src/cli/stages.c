/* SPDX-License-Identifier: MIT */
/*
 * stages.c - a trace through simulations, one for each destination.
 */
#include "cli/stages.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cli/say.h"
#include "rules/glob.h"

enum { ROOM_AT_FIRST = 4 };

/* --- finding and making --- */

static const char *name_of(const struct stage *stage)
{
	return stage->chronicle.destination != NULL ? stage->chronicle.destination : "";
}

static bool has_name(const struct stage *stage, uint64_t hash, const struct trace_word *name)
{
	/* A name of no length may be nowhere, and memcmp() takes no NULL. */
	return stage->hash == hash && strlen(name_of(stage)) == name->length &&
	       (name->length == 0 || memcmp(name_of(stage), name->at, name->length) == 0);
}

/* Where it is, or would be. */
static struct stage **find(struct stage **slots, size_t size, uint64_t hash, const struct trace_word *name)
{
	size_t at = hash & (size - 1);

	while (slots[at] != NULL && !has_name(slots[at], hash, name))
		at = (at + 1) & (size - 1);
	return &slots[at];
}

static bool make_room(struct stages *stages)
{
	size_t room = stages->room > 0 ? 2 * stages->room : ROOM_AT_FIRST;
	struct stage **list, **slots;

	if (stages->count < stages->room)
		return true;
	list = realloc(stages->list, room * sizeof(struct stage *));
	if (list == NULL)
		return say_out_of_memory();
	stages->list = list;
	slots = calloc(2 * room, sizeof(struct stage *));
	if (slots == NULL)
		return say_out_of_memory();
	for (size_t i = 0; i < stages->count; i++) {
		const struct trace_word name = { name_of(list[i]), strlen(name_of(list[i])) };

		*find(slots, 2 * room, list[i]->hash, &name) = list[i];
	}
	free(stages->slots);
	stages->slots = slots;
	stages->room = room;
	return true;
}

static struct stage *make(struct stages *stages, uint64_t hash, const struct trace_word *name)
{
	size_t size = sizeof(struct stage) + stages->policies * sizeof(struct trial);
	struct stage *stage = calloc(1, size + name->length + 1);

	if (stage == NULL) {
		say_out_of_memory();
		return NULL;
	}
	memcpy(stage->trials, stages->trials, stages->policies * sizeof(struct trial));
	stage->hash = hash;
	stage->chronicle = (struct chronicle){
		.simulation = &stage->simulation,
		.labels = stages->labels,
		.is_json = stages->is_json,
		.is_quiet = stages->is_quiet,
	};
	if (name->length > 0)
		stage->chronicle.destination = memcpy((char *)stage + size, name->at, name->length);
	stage->simulation = (struct simulation){
		.trials = stage->trials,
		.count = stages->policies,
		.refusals = &stages->refusals,
		.is_recorded = stages->is_recorded,
		.tell = chronicle_event,
		.context = &stage->chronicle,
	};
	if (simulation_init(&stage->simulation, stages->seed))
		return stage;
	simulation_release(&stage->simulation);
	free(stage);
	return NULL;
}

static struct stage *add(struct stages *stages, uint64_t hash, const struct trace_word *name)
{
	struct stage *stage;

	if (stages->count == 1 && stages->is_drawn) {
		say_error("--plot draws one destination, and the trace has several: choose one with --destination");
		return NULL;
	}
	if (!make_room(stages))
		return NULL;
	stage = make(stages, hash, name);
	if (stage == NULL)
		return NULL;
	if (stages->count == 0)
		chronicle_start(&stage->chronicle);
	*find(stages->slots, 2 * stages->room, hash, name) = stage;
	stages->list[stages->count++] = stage;
	return stage;
}

/* NULL after a message. */
static struct stage *stage_of(struct stages *stages, const struct trace_word *name)
{
	uint64_t hash = hash_bytes(name->at != NULL ? name->at : "", name->length);
	struct stage *found = stages->room > 0 ? *find(stages->slots, 2 * stages->room, hash, name) : NULL;

	return found != NULL ? found : add(stages, hash, name);
}

/* --- what is wanted --- */

static bool matches(const char *glob, const char *text, size_t length)
{
	return glob_match(glob, strlen(glob), text, length);
}

/* All of it, the name before the address, or the address. */
static bool is_wanted(const struct stages *stages, const struct trace_word *name)
{
	const char *glob = stages->destination;
	const char *slash = name->length > 0 ? memchr(name->at, '/', name->length) : NULL;

	if (glob == NULL || matches(glob, name->at != NULL ? name->at : "", name->length))
		return true;
	return slash != NULL && (matches(glob, name->at, (size_t)(slash - name->at)) ||
				 matches(glob, slash + 1, name->length - (size_t)(slash + 1 - name->at)));
}

/* --- playing --- */

static void end_at(struct stages *stages, struct stage *stage, uint64_t time)
{
	size_t before = stage->simulation.calls.end_count;

	simulation_end_until(&stage->simulation, time);
	stages->pending -= before - stage->simulation.calls.end_count;
}

/* Calls that end by themselves, of all destinations, in the order of time. */
static void end_until(struct stages *stages, uint64_t until)
{
	while (stages->pending > 0) {
		struct stage *first = stages->list[0];

		for (size_t i = 1; i < stages->count; i++)
			if (simulation_next_end(&stages->list[i]->simulation) < simulation_next_end(&first->simulation))
				first = stages->list[i];
		if (simulation_next_end(&first->simulation) > until)
			return;
		end_at(stages, first, simulation_next_end(&first->simulation));
	}
}

static bool step(struct stages *stages, struct stage *stage, const struct trace *trace, const struct trace_line *line)
{
	size_t before;
	bool is_good;

	before = stage->simulation.calls.end_count;
	is_good = simulation_step(&stage->simulation, trace, line);
	stages->pending += stage->simulation.calls.end_count;
	stages->pending -= before;
	return is_good;
}

/* A line that names no destination, and is no call, is for all of them. */
static bool step_all(struct stages *stages, const struct trace *trace, const struct trace_line *line)
{
	if (stages->count == 0 && stage_of(stages, &line->destination) == NULL)
		return false;
	for (size_t i = 0; i < stages->count; i++)
		if (!step(stages, stages->list[i], trace, line))
			return false;
	return true;
}

static bool play_line(struct stages *stages, const struct trace *trace, const struct trace_line *line)
{
	struct stage *stage;

	end_until(stages, line->time);
	if (line->verb == TRACE_RECORDED) {
		stages->is_recorded = true;
		for (size_t i = 0; i < stages->count; i++)
			stages->list[i]->simulation.is_recorded = true;
		return true;
	}
	if (line->verb == TRACE_STATE && line->destination.length == 0)
		return step_all(stages, trace, line);
	if (!is_wanted(stages, &line->destination))
		return true;
	stage = stage_of(stages, &line->destination);
	return stage != NULL && step(stages, stage, trace, line);
}

/* All come to their end at the same time. */
static void finish(struct stages *stages, uint64_t now)
{
	end_until(stages, UINT64_MAX);
	for (size_t i = 0; i < stages->count; i++)
		if (stages->list[i]->simulation.now > now)
			now = stages->list[i]->simulation.now;
	for (size_t i = 0; i < stages->count; i++) {
		stages->list[i]->simulation.now = now;
		simulation_finish(&stages->list[i]->simulation);
	}
}

bool stages_play(struct stages *stages, struct trace *trace)
{
	const struct trace_word nameless = { NULL, 0 };
	enum trace_result result;
	struct trace_line line;

	while ((result = trace_next(trace, &line)) == TRACE_READ)
		if (!play_line(stages, trace, &line))
			return false;
	if (result != TRACE_OVER)
		return false;
	if (stages->count == 0 && stage_of(stages, &nameless) == NULL)
		return false;
	finish(stages, stages->count > 1 ? trace->time : 0);
	return true;
}

void stages_release(struct stages *stages)
{
	for (size_t i = 0; i < stages->count; i++) {
		simulation_release(&stages->list[i]->simulation);
		free(stages->list[i]);
	}
	free(stages->list);
	free(stages->slots);
}
