/* SPDX-License-Identifier: MIT */
/*
 * exposition.c - a panel in the text format of Prometheus.
 */
#include "cli/exposition.h"

#include <inttypes.h>

#include "base/duration.h"
#include "base/errname.h"
#include "cli/say.h"
#include "cli/series.h"
#include "cli/version.h"

struct sheet;

struct family {
	const char *name;
	const char *type;
	const char *help;
	void (*print)(struct sheet *sheet, const struct panel_view *view);
};

/* Where the samples of a family go; the labels are those of one breaker after the other. */
struct sheet {
	FILE *file;
	const struct family *family;
	const char *labels;
	uint64_t now;
	bool has_head;
};

static void print_head(FILE *file, const char *name, const char *type, const char *help)
{
	fprintf(file, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A sample up to its value; `more` are labels, "" or with a comma in front. A family without samples has no head. */
static void begin(struct sheet *sheet, const char *suffix, const char *more)
{
	const struct family *family = sheet->family;

	if (!sheet->has_head)
		print_head(sheet->file, family->name, family->type, family->help);
	sheet->has_head = true;
	fprintf(sheet->file, "%s%s{%s%s} ", family->name, suffix, sheet->labels, more);
}

/* The value is ours, and needs no escape. */
static void begin_with(struct sheet *sheet, const char *suffix, const char *key, const char *value)
{
	char more[96];

	snprintf(more, sizeof(more), ",%s=\"%s\"", key, value);
	begin(sheet, suffix, more);
}

static void print_number(const struct sheet *sheet, uint64_t number)
{
	fprintf(sheet->file, "%" PRIu64 "\n", number);
}

/* Exact, and not longer than it needs be. */
static void format_seconds(uint64_t ns, char text[32])
{
	int length = snprintf(text, 32, "%" PRIu64 ".%09" PRIu64, ns / NSEC_PER_SEC, ns % NSEC_PER_SEC);

	while (text[length - 1] == '0')
		text[--length] = '\0';
	if (text[length - 1] == '.')
		text[length - 1] = '\0';
}

static void print_seconds(const struct sheet *sheet, uint64_t ns)
{
	char text[32];

	format_seconds(ns, text);
	fprintf(sheet->file, "%s\n", text);
}

static void plain(struct sheet *sheet, uint64_t number)
{
	begin(sheet, "", "");
	print_number(sheet, number);
}

static void print_state(struct sheet *sheet, const struct panel_view *view)
{
	static const unsigned values[] = { [BREAKER_CLOSED] = 0, [BREAKER_OPEN] = 1, [BREAKER_HALF_OPEN] = 2 };

	plain(sheet, values[view->state.phase]);
}

static void print_held(struct sheet *sheet, const struct panel_view *view)
{
	plain(sheet, view->state.held);
}

static void print_trips(struct sheet *sheet, const struct panel_view *view)
{
	plain(sheet, view->totals[TOTAL_TRIPS]);
}

/* Those that there are, from the beginning on: a counter that appears with its first count has no rate. */
static void print_transitions(struct sheet *sheet, const struct panel_view *view)
{
	static const struct {
		enum breaker_phase from, to;
	} changes[] = {
		{ BREAKER_CLOSED, BREAKER_OPEN },    { BREAKER_OPEN, BREAKER_CLOSED },      { BREAKER_OPEN, BREAKER_HALF_OPEN },
		{ BREAKER_HALF_OPEN, BREAKER_OPEN }, { BREAKER_HALF_OPEN, BREAKER_CLOSED },
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		char more[64];

		snprintf(more, sizeof(more), ",from=\"%s\",to=\"%s\"", phase_name(changes[i].from),
			 phase_name(changes[i].to));
		begin(sheet, "", more);
		print_number(sheet, view->transitions[changes[i].from][changes[i].to]);
	}
}

static void print_calls(struct sheet *sheet, const struct panel_view *view)
{
	static const struct {
		enum breaker_outcome outcome;
		enum panel_total total;
	} outcomes[] = {
		{ OUTCOME_SUCCESS, TOTAL_SUCCESSES },
		{ OUTCOME_FAILURE, TOTAL_FAILURES },
		{ OUTCOME_SLOW, TOTAL_SLOW },
		{ OUTCOME_IGNORED, TOTAL_IGNORED },
	};

	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		begin_with(sheet, "", "outcome", outcome_name(outcomes[i].outcome));
		print_number(sheet, view->totals[outcomes[i].total]);
	}
}

static void print_refused(struct sheet *sheet, const struct panel_view *view)
{
	plain(sheet, view->totals[TOTAL_REFUSED]);
}

static void print_fallback(struct sheet *sheet, const struct panel_view *view)
{
	plain(sheet, view->totals[TOTAL_FALLBACK]);
}

static void print_would_refuse(struct sheet *sheet, const struct panel_view *view)
{
	plain(sheet, view->totals[TOTAL_WOULD_REFUSE]);
}

static void print_late(struct sheet *sheet, const struct panel_view *view)
{
	plain(sheet, view->totals[TOTAL_LATE]);
}

static const char *name_of(int error, char text[24])
{
	if (error == 0)
		return "other";
	if (error == OUTCOME_ERROR_UNKNOWN)
		return "unknown";
	if (errname_of(error) != NULL)
		return errname_of(error);
	snprintf(text, 24, "errno %d", error);
	return text;
}

static void print_failures(struct sheet *sheet, const struct panel_view *view)
{
	char text[24];

	for (unsigned i = 0; i < view->error_count; i++) {
		begin_with(sheet, "", "error", name_of(view->errors[i].error, text));
		print_number(sheet, view->errors[i].count);
	}
}

static void print_durations(struct sheet *sheet, const struct panel_view *view)
{
	uint64_t count = 0;
	char bound[32];

	for (unsigned i = 0; i < PANEL_HISTOGRAM; i++) {
		count += view->histogram[i];
		if (i < PANEL_HISTOGRAM - 1)
			format_seconds(panel_histogram_bounds[i], bound);
		begin_with(sheet, "_bucket", "le", i < PANEL_HISTOGRAM - 1 ? bound : "+Inf");
		print_number(sheet, count);
	}
	begin(sheet, "_sum", "");
	print_seconds(sheet, view->duration_sum);
	begin(sheet, "_count", "");
	print_number(sheet, count);
}

static void print_open_time(struct sheet *sheet, const struct panel_view *view)
{
	begin(sheet, "", "");
	print_seconds(sheet, view->open_time);
}

static void print_wait(struct sheet *sheet, const struct panel_view *view)
{
	uint64_t wait;

	begin(sheet, "", "");
	if (view_retries(view, sheet->now, &wait) || view->state.phase != BREAKER_OPEN)
		print_seconds(sheet, wait);
	else
		fputs("+Inf\n", sheet->file);
}

static void print_in_flight(struct sheet *sheet, const struct panel_view *view)
{
	plain(sheet, view->in_flight);
}

/* Nobody counts them unless a rule limits them. */
static void print_connections(struct sheet *sheet, const struct panel_view *view)
{
	if (view->counts_connections)
		plain(sheet, view->connections);
}

static const struct family families[] = {
	{ "circuit_breaker_state", "gauge", "State of the circuit: 0 closed, 1 open, 2 half-open.", print_state },
	{ "circuit_breaker_held", "gauge", "1 while the circuit is held open or closed, by hand or by a rule.", print_held },
	{ "circuit_breaker_trips_total", "counter", "How often the circuit opened.", print_trips },
	{ "circuit_breaker_transitions_total", "counter", "Changes of state.", print_transitions },
	{ "circuit_breaker_calls_total", "counter", "Calls that ended and were counted, by outcome.", print_calls },
	{ "circuit_breaker_refused_total", "counter", "Calls that were refused.", print_refused },
	{ "circuit_breaker_fallback_total", "counter", "Calls that went to the fallback in place of being refused.",
	  print_fallback },
	{ "circuit_breaker_would_refuse_total", "counter", "Calls that only observe mode has let pass.", print_would_refuse },
	{ "circuit_breaker_late_results_total", "counter", "Results that came when their generation was over.",
	  print_late },
	{ "circuit_breaker_failures_total", "counter", "Failed calls by error; a slow call or a rare errno is \"other\".",
	  print_failures },
	{ "circuit_breaker_call_duration_seconds", "histogram", "How long calls took that were not ignored.",
	  print_durations },
	{ "circuit_breaker_open_seconds_total", "counter", "Time that the circuit was open.", print_open_time },
	{ "circuit_breaker_retry_in_seconds", "gauge",
	  "Time until an open circuit admits a call; 0 if it is not open, +Inf while it is held open.", print_wait },
	{ "circuit_breaker_in_flight", "gauge", "Calls that have not ended.", print_in_flight },
	{ "circuit_breaker_connections", "gauge", "Connections in flight or established, where a rule limits them.",
	  print_connections },
};

static void print_family(FILE *file, const struct family *family, const struct series_list *series, uint64_t now)
{
	struct sheet sheet = { .file = file, .family = family, .now = now };

	for (size_t i = 0; i < series->count; i++) {
		sheet.labels = series->list[i].labels;
		family->print(&sheet, series->list[i].view);
	}
}

static void print_figure(FILE *file, const char *name, const char *type, const char *help, uint64_t value)
{
	print_head(file, name, type, help);
	fprintf(file, "%s %" PRIu64 "\n", name, value);
}

static void print_panel(FILE *file, const struct panel_figures *figures)
{
	print_figure(file, "cutout_panel_breakers", "gauge", "Breakers that the panel has.", figures->breakers);
	print_figure(file, "cutout_panel_capacity", "gauge", "Breakers that the panel has room for.", figures->capacity);
	print_figure(file, "cutout_panel_evictions_total", "counter", "Breakers that made room for others.",
		     figures->evictions);
	print_figure(file, "cutout_panel_unprotected_calls_total", "counter",
		     "Calls that passed because no breaker could make room for theirs.", figures->unprotected);
	print_head(file, "cutout_build_info", "gauge", "1, with the version of the command that wrote this.");
	fprintf(file, "cutout_build_info{version=\"%s\"} 1\n", version_text());
}

bool exposition_print(FILE *file, const struct views *views)
{
	struct series_list series;
	bool made = series_of_views(&series, views);

	if (made) {
		for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
			print_family(file, &families[i], &series, views->now);
		print_panel(file, &views->figures);
	} else {
		say_out_of_memory();
	}
	series_release(&series);
	return made;
}
