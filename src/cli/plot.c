/* SPDX-License-Identifier: MIT */
/*
 * plot.c - a simulation as a picture.
 *
 * For each policy, below each other and by the same clock: a band that shows the state, bars for the
 * share of failures among the calls that ended, and bars for the calls that asked, of which some were
 * refused. The height of the last is the same for all policies.
 */
#include "cli/plot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/seconds.h"
#include "cli/say.h"
#include "cli/svg.h"

enum {
	PAGE_WIDTH = 960,
	LEFT = 64,
	PLOT_WIDTH = PAGE_WIDTH - LEFT - 20,
	HEADER_HEIGHT = 56,
	TITLE_HEIGHT = 24,
	BAND_HEIGHT = 18,
	CHART_HEIGHT = 64,
	GAP = 12,
	AXIS_HEIGHT = 44,
	BLOCK_HEIGHT = TITLE_HEIGHT + BAND_HEIGHT + 2 * (GAP + CHART_HEIGHT) + AXIS_HEIGHT,
	COLUMNS_MAX = 128, /* bars side by side */
	TICKS_MAX = 8,
};

static const char closed_colour[] = "#a5d6a7";
static const char open_colour[] = "#c62828";
static const char half_open_colour[] = "#ffb300";
static const char failure_colour[] = "#8e24aa";
static const char refused_colour[] = "#ef6c00";
static const char admitted_colour[] = "#b0bec5";
static const char text_colour[] = "#263238";
static const char grid_colour[] = "#cfd8dc";

/* One policy's part of the page. */
struct block {
	FILE *file;
	const struct timeline *timeline;
	double y; /* of its upper edge */
	size_t bins;
	size_t group; /* bins in a column of the charts */
	uint64_t most; /* calls in a column, under whichever policy */
};

static double x_of(const struct timeline *timeline, uint64_t time)
{
	uint64_t range = timeline->reached - timeline->start;

	if (time > timeline->reached)
		time = timeline->reached;
	return LEFT + (range > 0 ? PLOT_WIDTH * ((double)(time - timeline->start) / (double)range) : 0);
}

/* The left edge of a bin, which is the right one of the bin before. */
static double x_of_bin(const struct timeline *timeline, size_t bin)
{
	if (timeline->reached == timeline->start)
		return LEFT + (bin > 0 ? PLOT_WIDTH : 0);
	return x_of(timeline, bin < timeline_length(timeline) ? timeline->start + bin * timeline->width : UINT64_MAX);
}

static size_t group_of(const struct timeline *timeline)
{
	return (timeline_length(timeline) + COLUMNS_MAX - 1) / COLUMNS_MAX;
}

/* --- the band of states --- */

static void draw_state(const struct block *block, double y, size_t bin, size_t count)
{
	struct timeline_bin sum = timeline_sum(block->timeline, bin, 1);
	double x = x_of_bin(block->timeline, bin);
	double width = x_of_bin(block->timeline, bin + count) - x;
	double open = BAND_HEIGHT * ((double)sum.open / (double)block->timeline->width);
	double half_open = BAND_HEIGHT * ((double)sum.half_open / (double)block->timeline->width);

	if (open > 0)
		svg_rectangle(block->file, x, y + BAND_HEIGHT - open, width, open, open_colour);
	if (half_open > 0)
		svg_rectangle(block->file, x, y + BAND_HEIGHT - open - half_open, width, half_open, half_open_colour);
}

/* Bins of the same state are one rectangle. */
static void draw_band(const struct block *block, double y)
{
	const struct timeline_bin *bins = block->timeline->bins;
	size_t start = 0;

	svg_text(block->file, LEFT - 8, y + 13, SVG_END, text_colour, "state");
	svg_rectangle(block->file, LEFT, y, PLOT_WIDTH, BAND_HEIGHT, closed_colour);
	for (size_t i = 1; i <= block->bins; i++) {
		if (i < block->bins && bins[i].open == bins[start].open && bins[i].half_open == bins[start].half_open)
			continue;
		draw_state(block, y, start, i - start);
		start = i;
	}
}

/* --- the charts --- */

/* A bar from `from` to `to`, shares of the chart's height, in the column that begins with a bin. */
static void draw_bar(const struct block *block, double y, size_t bin, double from, double to, const char *colour)
{
	double x = x_of_bin(block->timeline, bin);
	double width = x_of_bin(block->timeline, bin + block->group) - x;

	if (to <= from)
		return;
	if (width > 3)
		width -= 0.5;
	svg_rectangle(block->file, x, y + CHART_HEIGHT * (1 - to), width, CHART_HEIGHT * (to - from), colour);
}

static void draw_grid(const struct block *block, double y, const char *title, const char *top)
{
	svg_line(block->file, LEFT, y + 0.5, LEFT + PLOT_WIDTH, y + 0.5, grid_colour);
	svg_line(block->file, LEFT, y + CHART_HEIGHT + 0.5, LEFT + PLOT_WIDTH, y + CHART_HEIGHT + 0.5, grid_colour);
	svg_text(block->file, LEFT - 8, y + 10, SVG_END, text_colour, top);
	svg_text(block->file, LEFT - 8, y + CHART_HEIGHT / 2 + 5, SVG_END, text_colour, title);
	svg_text(block->file, LEFT - 8, y + CHART_HEIGHT, SVG_END, text_colour, "0");
}

static void draw_failure_rate(const struct block *block, double y)
{
	draw_grid(block, y, "failures", "100%");
	for (size_t i = 0; i < block->bins; i += block->group) {
		struct timeline_bin sum = timeline_sum(block->timeline, i, block->group);

		if (sum.finished > 0)
			draw_bar(block, y, i, 0, (double)sum.failures / (double)sum.finished, failure_colour);
	}
}

static void draw_calls(const struct block *block, double y)
{
	char top[32];

	snprintf(top, sizeof(top), "%" PRIu64, block->most);
	draw_grid(block, y, "calls", top);
	for (size_t i = 0; i < block->bins && block->most > 0; i += block->group) {
		struct timeline_bin sum = timeline_sum(block->timeline, i, block->group);
		double admitted = (double)sum.admitted / (double)block->most;
		double refused = (double)sum.refused / (double)block->most;

		draw_bar(block, y, i, 0, admitted, admitted_colour);
		draw_bar(block, y, i, admitted, admitted + refused, refused_colour);
	}
}

/* --- the clock --- */

/* 1, 2 or 5 times a power of ten: the least of which no more than TICKS_MAX are in the range. */
static uint64_t tick_step(uint64_t range)
{
	static const unsigned digits[] = { 1, 2, 5 };

	for (uint64_t power = 1; power <= UINT64_MAX / 10; power *= 10)
		for (size_t i = 0; i < sizeof(digits) / sizeof(digits[0]); i++)
			if (range / (digits[i] * power) <= TICKS_MAX)
				return digits[i] * power;
	return range;
}

/* Seconds without zeros at the end. */
static void format_tick(uint64_t time, char text[SECONDS_TEXT_MAX])
{
	size_t length = seconds_format(time, text);

	while (text[length - 1] == '0')
		length--;
	if (text[length - 1] == '.')
		length--;
	text[length] = '\0';
}

/* Centered, but for those that would leave the page or run into the unit. */
static void draw_tick_label(FILE *file, double x, double y, const char *text)
{
	double half = 3.5 * (double)strlen(text);

	if (x - half < LEFT - 4)
		svg_text(file, x, y, SVG_START, text_colour, text);
	else if (x + half > PAGE_WIDTH)
		svg_text(file, PAGE_WIDTH - 4, y, SVG_END, text_colour, text);
	else
		svg_text(file, x, y, SVG_MIDDLE, text_colour, text);
}

static void draw_axis(const struct block *block, double y)
{
	const struct timeline *timeline = block->timeline;
	uint64_t step = tick_step(timeline->reached - timeline->start);
	uint64_t tick = timeline->start + (step - timeline->start % step) % step;
	char text[SECONDS_TEXT_MAX];

	svg_text(block->file, LEFT - 8, y + 18, SVG_END, text_colour, "seconds");
	if (tick > timeline->reached)
		return;
	for (uint64_t left = (timeline->reached - tick) / step + 1; left > 0; left--, tick += step) {
		double x = x_of(timeline, tick);

		format_tick(tick, text);
		svg_line(block->file, x, y, x, y + 5, text_colour);
		draw_tick_label(block->file, x, y + 18, text);
	}
}

/* --- the page --- */

static void draw_title(const struct block *block, const struct simulation *simulation, size_t index,
		       const char *label)
{
	const struct trial *trial = &simulation->trials[index];
	char text[128], open[SECONDS_TEXT_MAX], title[128];

	seconds_format(trial_open_time(trial, simulation->now), open);
	snprintf(title, sizeof(title), strlen(label) > 80 ? "%.77s..." : "%s", label);
	snprintf(text, sizeof(text),
		 "refused %" PRIu64 " of %" PRIu64 ", failures let through %" PRIu64 ", open %ss, trips %" PRIu64,
		 trial->refused, simulation->asked, trial->failures, open, trial->breaker.trips);
	svg_text(block->file, LEFT, block->y + 16, SVG_START, text_colour, title);
	svg_text(block->file, LEFT + PLOT_WIDTH, block->y + 16, SVG_END, text_colour, text);
}

static void draw_block(const struct block *block, const struct simulation *simulation, size_t index,
		       const char *label)
{
	double y = block->y + TITLE_HEIGHT;

	draw_title(block, simulation, index, label);
	draw_band(block, y);
	draw_failure_rate(block, y + BAND_HEIGHT + GAP);
	draw_calls(block, y + BAND_HEIGHT + CHART_HEIGHT + 2 * GAP);
	draw_axis(block, y + BAND_HEIGHT + 2 * (CHART_HEIGHT + GAP) + 2);
}

static void draw_legend(FILE *file)
{
	static const struct {
		const char *colour;
		const char *text;
		int width;
	} entries[] = {
		{ closed_colour, "closed", 80 },
		{ open_colour, "open", 70 },
		{ half_open_colour, "half-open", 100 },
		{ failure_colour, "failures among finished calls", 220 },
		{ admitted_colour, "calls let through", 150 },
		{ refused_colour, "calls refused", 0 },
	};
	double x = LEFT;

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		svg_rectangle(file, x, 32, 12, 12, entries[i].colour);
		svg_text(file, x + 17, 43, SVG_START, text_colour, entries[i].text);
		x += entries[i].width;
	}
}

static uint64_t most_calls(const struct simulation *simulation)
{
	uint64_t most = 0;

	for (size_t i = 0; i < simulation->count; i++) {
		const struct timeline *timeline = simulation->trials[i].timeline;
		size_t group = group_of(timeline);

		for (size_t bin = 0; bin < TIMELINE_BINS; bin += group) {
			struct timeline_bin sum = timeline_sum(timeline, bin, group);

			if (sum.admitted + sum.refused > most)
				most = sum.admitted + sum.refused;
		}
	}
	return most;
}

static void draw(FILE *file, const struct simulation *simulation, const char *const *labels, const char *trace)
{
	uint64_t most = most_calls(simulation);
	char title[256];

	snprintf(title, sizeof(title), "cutout simulate: %s", trace);
	svg_start(file, PAGE_WIDTH, HEADER_HEIGHT + (double)BLOCK_HEIGHT * (double)simulation->count, title);
	svg_text(file, LEFT, 20, SVG_START, text_colour, title);
	draw_legend(file);
	for (size_t i = 0; i < simulation->count; i++) {
		const struct timeline *timeline = simulation->trials[i].timeline;
		struct block block = {
			.file = file,
			.timeline = timeline,
			.y = HEADER_HEIGHT + (double)BLOCK_HEIGHT * (double)i,
			.bins = timeline_length(timeline),
			.group = group_of(timeline),
			.most = most,
		};

		draw_block(&block, simulation, i, labels[i]);
	}
	svg_end(file);
}

bool plot_write(const char *path, const struct simulation *simulation, const char *const *labels, const char *trace)
{
	FILE *file = fopen(path, "we");
	bool is_lost;

	if (file == NULL)
		return say_file_error(path, errno);
	draw(file, simulation, labels, trace);
	errno = 0;
	is_lost = ferror(file) != 0;
	if (fclose(file) != 0 || is_lost)
		return say_file_error(path, errno);
	return true;
}
