/* SPDX-License-Identifier: MIT */
/*
 * simulation.c - a trace through the state machine, under several policies side by side.
 *
 * In what order things happen: by time; at the same time the ends of `call` lines come first, in the
 * order of those lines, and then the lines of the trace in theirs.
 */
#include "cli/simulation.h"

#include "base/hash.h"
#include "cli/say.h"

bool simulation_init(struct simulation *simulation, uint64_t seed)
{
	for (size_t i = 0; i < simulation->count; i++)
		trial_init(&simulation->trials[i], i, seed);
	return calls_init(&simulation->calls, simulation->count) || say_out_of_memory();
}

void simulation_release(struct simulation *simulation)
{
	calls_release(&simulation->calls);
}

static void end_call(struct simulation *simulation, struct call *call, enum breaker_outcome outcome, uint64_t now)
{
	simulation->now = now;
	for (size_t i = 0; i < simulation->count; i++)
		trial_end(&simulation->trials[i], call, outcome, now);
	simulation->tell(simulation->context, TRACE_END, call->id, now);
	calls_remove(&simulation->calls, call);
}

uint64_t simulation_next_end(const struct simulation *simulation)
{
	const struct call *call = calls_next_end(&simulation->calls);

	return call != NULL ? call->ends : UINT64_MAX;
}

void simulation_end_until(struct simulation *simulation, uint64_t now)
{
	struct call *call;

	while ((call = calls_next_end(&simulation->calls)) != NULL && call->ends <= now) {
		calls_take_end(&simulation->calls);
		end_call(simulation, call, call->outcome, call->ends);
	}
}

static bool is_wanted(const struct call *call, size_t policies)
{
	for (size_t i = 0; i < policies; i++)
		if (call->tickets[i].is_admitted)
			return true;
	return false;
}

static void remember_refusal(struct simulation *simulation, const struct call *call, const struct trace *trace)
{
	struct refusals *refusals = simulation->refusals;
	size_t at = refusals->count++ % REFUSALS_KEPT;

	refusals->list[at].hash = call->hash;
	refusals->list[at].line = trace->number;
}

static void forget(struct simulation *simulation, struct call *call)
{
	for (size_t i = 0; i < simulation->count; i++)
		trial_forget(&simulation->trials[i], call);
	calls_remove(&simulation->calls, call);
}

/* Asks all policies. NULL without memory. */
static struct call *ask_all(struct simulation *simulation, const struct trace_word *id, enum trace_verb verb,
			    uint64_t now)
{
	struct call *call = calls_add(&simulation->calls, now, id != NULL ? id->at : NULL, id != NULL ? id->length : 0);

	if (call == NULL) {
		say_out_of_memory();
		return NULL;
	}
	simulation->asked++;
	for (size_t i = 0; i < simulation->count; i++)
		trial_ask(&simulation->trials[i], call, now);
	simulation->tell(simulation->context, verb, call->id, now);
	return call;
}

static bool begin(struct simulation *simulation, const struct trace *trace, const struct trace_line *line)
{
	struct call *call = calls_find(&simulation->calls, line->id.at, line->id.length);

	/* A call that nobody let through may not have been heard of again. */
	if (call != NULL && !is_wanted(call, simulation->count)) {
		forget(simulation, call);
		call = NULL;
	}
	if (call != NULL) {
		trace_complain(trace, &line->id, "call \"%s\" is in flight already", call->id);
		return false;
	}
	call = ask_all(simulation, &line->id, TRACE_BEGIN, line->time);
	if (call == NULL)
		return false;
	if (!simulation->is_recorded && !is_wanted(call, simulation->count)) {
		remember_refusal(simulation, call, trace);
		forget(simulation, call);
	}
	return true;
}

static bool begin_and_end(struct simulation *simulation, const struct trace_line *line)
{
	struct call *call = ask_all(simulation, NULL, TRACE_CALL, line->time);

	if (call == NULL)
		return false;
	if (!is_wanted(call, simulation->count))
		forget(simulation, call);
	else if (!calls_end_at(&simulation->calls, call, line->time + line->duration, line->outcome))
		return say_out_of_memory();
	return true;
}

static unsigned long refused_in(const struct simulation *simulation, const struct trace_word *id)
{
	const struct refusals *refusals = simulation->refusals;
	uint64_t hash = hash_bytes(id->at, id->length);
	unsigned long line = 0;

	for (size_t i = 0; i < REFUSALS_KEPT; i++)
		if (refusals->list[i].hash == hash && refusals->list[i].line > line)
			line = refusals->list[i].line;
	return line;
}

static bool complain_of_end(const struct simulation *simulation, const struct trace *trace,
			    const struct trace_word *id)
{
	unsigned long refused = refused_in(simulation, id);
	char quote[TRACE_QUOTE_MAX];

	trace_quote(id, quote);
	if (refused > 0)
		trace_complain(trace, id, "call \"%s\" was refused in line %lu, and cannot end (--recorded passes over it)",
			       quote, refused);
	else
		trace_complain(trace, id, "call \"%s\" is not in flight", quote);
	return false;
}

static bool end_named(struct simulation *simulation, const struct trace *trace, const struct trace_line *line)
{
	struct call *call = calls_find(&simulation->calls, line->id.at, line->id.length);

	if (call == NULL)
		return complain_of_end(simulation, trace, &line->id);
	if (is_wanted(call, simulation->count))
		end_call(simulation, call, line->outcome, line->time);
	else
		forget(simulation, call);
	return true;
}

static void look(struct simulation *simulation, uint64_t now)
{
	for (size_t i = 0; i < simulation->count; i++)
		trial_look(&simulation->trials[i], now);
	simulation->tell(simulation->context, TRACE_STATE, NULL, now);
}

static void start(struct simulation *simulation, uint64_t now)
{
	simulation->has_begun = true;
	for (size_t i = 0; i < simulation->count; i++)
		if (simulation->trials[i].timeline != NULL)
			timeline_init(simulation->trials[i].timeline, now);
}

bool simulation_step(struct simulation *simulation, const struct trace *trace, const struct trace_line *line)
{
	if (!simulation->has_begun)
		start(simulation, line->time);
	simulation_end_until(simulation, line->time);
	simulation->now = line->time;
	switch (line->verb) {
	case TRACE_BEGIN:
		return begin(simulation, trace, line);
	case TRACE_END:
		return end_named(simulation, trace, line);
	case TRACE_CALL:
		return begin_and_end(simulation, line);
	case TRACE_STATE:
		look(simulation, line->time);
		return true;
	case TRACE_RECORDED:
		simulation->is_recorded = true;
		return true;
	}
	return false;
}

void simulation_finish(struct simulation *simulation)
{
	if (!simulation->has_begun)
		start(simulation, 0);
	simulation_end_until(simulation, UINT64_MAX);
	for (size_t i = 0; i < simulation->count; i++)
		trial_draw_until(&simulation->trials[i], simulation->now);
}
