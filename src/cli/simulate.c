/* SPDX-License-Identifier: MIT */
/*
 * simulate.c - cutout simulate: what would this policy have done?
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/complain.h"
#include "cli/options.h"
#include "cli/plot.h"
#include "cli/say.h"
#include "cli/sources.h"
#include "cli/stages.h"
#include "cli/views.h"

static enum cmd_status simulate(int argc, char **argv);

const struct cmd_entry cmd_simulate_entry = {
	.name = "simulate",
	.summary = "try policies on calls that are written down",
	.usage =
		"Usage: cutout simulate -p POLICY [-p POLICY]... [OPTION]... [TRACE]\n"
		"\n"
		"Runs a trace, a file or the standard input, through the circuit breaker, and prints a line\n"
		"for whatever happens: WHAT STATE TIME SUCCESSES FAILURES IGNORED CONSECUTIVE_SUCCESSES\n"
		"CONSECUTIVE_FAILURES. The last line sums up. Several policies are tried side by side, with a\n"
		"column each, and compared at the end. A POLICY is the options of a rule: 'failures=3 timeout=10s'.\n"
		"\n"
		"Lines of a trace, times in seconds, ascending:\n"
		"  0.500 begin ID                             a call asks for admission\n"
		"  0.750 end ID success|failure|slow|ignored  it ends\n"
		"  0.500 call success 0.250                   both at once: it ends 0.25 s later, if admitted\n"
		"  1.000 state                                only report\n"
		"  0.000 recorded                             as --recorded\n"
		"A last word \"@db.internal:5432\" names the destination; each has a breaker of its own.\n"
		"\"cutout record\" writes such traces.\n"
		"\n"
		"Options:\n"
		"  -p, --policy=POLICY  what to try; may be repeated\n"
		"  -d, --destination=PATTERN\n"
		"                       only destinations that it matches: \"*\" and \"?\" are wildcards\n"
		"      --json           an object per line\n"
		"      --plot=FILE      draw state, failure rate and refusals over time, as SVG\n"
		"  -q, --quiet          only what sums up\n"
		"      --recorded       the trace was taken without the policy: pass over ends of refused calls\n"
		"      --seed=NUMBER    add the jitter of the policy, by that seed; without it there is none\n"
		"  -h, --help           print this text\n"
		"\n"
		"Environment:\n"
		"  CUTOUT_DEFAULTS  options that every policy starts from\n"
		"\n"
		"Exit status: 0; 1 if the output cannot be written, 2 if the trace or a policy does not parse, or\n"
		"for wrong usage.\n"
		"\n"
		"Example:\n"
		"  cutout simulate -q -p failures=3 -p 'failure-rate=50% timeout=5s' monday.trace\n",
	.run = simulate,
};

enum { LABEL_MAX = 160 };

struct request {
	struct sources policies;
	const char *plot;
	const char *trace;
	char *destination; /* a glob; NULL: all */
	bool is_json;
	bool is_quiet;
	bool is_recorded;
	uint64_t seed;
};

/* The policy in one line of ASCII. */
static char *label_of(const struct source *source)
{
	char *label = calloc(1, LABEL_MAX);
	size_t length = 0;

	if (label == NULL)
		return NULL;
	for (size_t i = 0; i < source->length && length < LABEL_MAX - 1; i++) {
		char c = source->text[i];

		if (c <= ' ' && c >= 0) {
			if (length > 0 && label[length - 1] != ' ')
				label[length++] = ' ';
		} else {
			label[length++] = c >= 0 && c <= '~' ? c : '?';
		}
	}
	if (length > 0 && label[length - 1] == ' ')
		label[length - 1] = '\0';
	if (*label == '\0')
		strcpy(label, "(defaults)");
	return label;
}

static struct rules_text text_of(const struct source *source)
{
	return (struct rules_text){ source->name, source->text, source->length };
}

/* What is wrong with the defaults is said once. */
static bool parse_policies(const struct sources *sources, struct trial *trials)
{
	struct complaints complaints = { sources, 0 };
	struct rules_text defaults = text_of(&sources->defaults);
	const struct rules_text *base = defaults.text != NULL ? &defaults : NULL;
	bool is_good = true;

	if (base != NULL && !rules_parse_policy(&trials[0].policy, base, NULL, complain_of_rule, &complaints))
		return false;
	for (size_t i = 0; i < sources->count; i++) {
		struct rules_text text = text_of(&sources->list[i]);

		is_good &= rules_parse_policy(&trials[i].policy, &text, base, complain_of_rule, &complaints);
	}
	return is_good;
}

/* What there is once for each policy. */
struct cast {
	size_t count;
	struct trial *trials;
	char **labels;
	struct timeline *timelines; /* NULL: nothing is to be drawn */
};

static bool cast_make(struct cast *cast, const struct request *request)
{
	size_t count = request->policies.count;

	cast->count = count;
	cast->trials = calloc(count, sizeof(*cast->trials));
	cast->labels = calloc(count, sizeof(*cast->labels));
	cast->timelines = request->plot != NULL ? calloc(count, sizeof(*cast->timelines)) : NULL;
	if (cast->trials == NULL || cast->labels == NULL || (request->plot != NULL && cast->timelines == NULL))
		return say_out_of_memory();
	for (size_t i = 0; i < count; i++) {
		cast->labels[i] = label_of(&request->policies.list[i]);
		if (cast->labels[i] == NULL)
			return say_out_of_memory();
		cast->trials[i].timeline = cast->timelines != NULL ? &cast->timelines[i] : NULL;
	}
	return parse_policies(&request->policies, cast->trials);
}

static void cast_release(struct cast *cast)
{
	for (size_t i = 0; cast->labels != NULL && i < cast->count; i++)
		free(cast->labels[i]);
	free(cast->labels);
	free(cast->trials);
	free(cast->timelines);
}

/* Zeros that look like a result may come of a misspelt pattern. */
static void warn_of_nothing(const struct request *request, const struct stages *stages)
{
	uint64_t asked = 0;

	for (size_t i = 0; i < stages->count; i++)
		asked += stages->list[i]->simulation.asked;
	if (request->destination != NULL && asked == 0)
		say_warning("the trace has no call to a destination that matches \"%s\"", request->destination);
}

static bool sum_up(const struct request *request, const struct stages *stages, const char *trace)
{
	warn_of_nothing(request, stages);
	return stages_sum_up(stages) &&
	       (request->plot == NULL ||
		plot_write(request->plot, &stages->list[0]->simulation, stages->labels, trace));
}

static enum cmd_status show(const struct request *request, const struct cast *cast, struct trace *trace)
{
	struct stages stages = {
		.trials = cast->trials,
		.policies = cast->count,
		.labels = (const char *const *)cast->labels,
		.destination = request->destination,
		.seed = request->seed,
		.is_json = request->is_json,
		.is_quiet = request->is_quiet,
		.is_recorded = request->is_recorded,
		.is_drawn = request->plot != NULL,
	};
	enum cmd_status status = CMD_NO;

	if (!stages_play(&stages, trace))
		status = CMD_USAGE;
	else if (sum_up(request, &stages, trace->name))
		status = CMD_OK;
	stages_release(&stages);
	return status;
}

static enum cmd_status show_trace(const struct request *request, const struct cast *cast)
{
	struct trace *trace = malloc(sizeof(*trace));
	enum cmd_status status = CMD_USAGE;

	if (trace == NULL) {
		say_out_of_memory();
		return CMD_NO;
	}
	if (trace_open(trace, request->trace)) {
		status = show(request, cast, trace);
		trace_close(trace);
	}
	free(trace);
	return status;
}

/* --- the command line --- */

static bool take_policy(void *context, const char *text)
{
	struct request *request = context;

	return sources_add_text(&request->policies, "-p", text);
}

static bool take_destination(void *context, const char *pattern)
{
	struct request *request = context;

	free(request->destination);
	request->destination = views_glob(pattern);
	return request->destination != NULL;
}

static bool take_seed(void *context, const char *text)
{
	uint64_t *seed = context;
	char *end;

	errno = 0;
	*seed = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && *end == '\0' && errno == 0)
		return true;
	say_usage_error("--seed: \"%s\" is not a number", text);
	return false;
}

static enum cmd_status read_arguments(struct request *request, int argc, char **argv)
{
	const struct options_row rows[] = {
		{ 'p', "policy", .take = take_policy, .context = request },
		{ 'd', "destination", .take = take_destination, .context = request },
		{ 0, "json", .flag = &request->is_json },
		{ 0, "plot", .text = &request->plot },
		{ 'q', "quiet", .flag = &request->is_quiet },
		{ 0, "recorded", .flag = &request->is_recorded },
		{ 0, "seed", .take = take_seed, .context = &request->seed },
		{ 0 },
	};
	enum cmd_status status = options_read(rows, argc, argv);

	if (status != CMD_OK)
		return status;
	if (request->policies.count == 0) {
		say_usage_error("which policy? For example -p 'failures=3 timeout=10s'");
		return CMD_USAGE;
	}
	return options_operand("trace", argv + optind, &request->trace);
}

static enum cmd_status simulate(int argc, char **argv)
{
	struct request request = { .policies = SOURCES_EMPTY, .trace = "-" };
	struct cast cast = { 0 };
	enum cmd_status status = read_arguments(&request, argc, argv);

	if (status == CMD_OK) {
		status = CMD_USAGE;
		if (sources_add_environment(&request.policies) && cast_make(&cast, &request))
			status = show_trace(&request, &cast);
	}
	cast_release(&cast);
	free(request.destination);
	sources_release(&request.policies);
	return status;
}
