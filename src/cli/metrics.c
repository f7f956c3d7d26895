/* SPDX-License-Identifier: MIT */
/*
 * metrics.c - cutout metrics: the breakers of a panel for Prometheus.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cmd.h"
#include "cli/environment.h"
#include "cli/exposition.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/textfile.h"
#include "cli/views.h"

static enum cmd_status metrics(int argc, char **argv);

const struct cmd_entry cmd_metrics_entry = {
	.name = "metrics",
	.summary = "print the breakers for Prometheus",
	.usage =
		"Usage: cutout metrics [-p PANEL] [--textfile FILE] [PATTERN]\n"
		"\n"
		"Prints the breakers of a panel in the text format of Prometheus. PATTERN selects those whose\n"
		"destination or address it matches as a whole, as in \"cutout status\". Labels are destination,\n"
		"address and rule; breakers that have all three in common are told apart by a fourth, breaker.\n"
		"cutout(1) lists the metrics.\n"
		"\n"
		"Options:\n"
		"  -p, --panel=PANEL    the panel's path\n"
		"      --textfile=FILE  write to FILE, which is replaced as a whole: for node_exporter\n"
		"  -h, --help           print this text\n"
		"\n"
		"Environment:\n"
		"  CUTOUT_PANEL  the panel, where -p is not given; without both it is the user's own\n"
		"\n"
		"Exit status:\n"
		"  0  also when there is no panel yet\n"
		"  1  nothing matches PATTERN (the figures of the panel are written all the same), the panel\n"
		"     cannot be used, or the output cannot be written\n"
		"  2  wrong usage\n"
		"\n"
		"Example:\n"
		"  cutout metrics --textfile /var/lib/prometheus/node-exporter/cutout.prom\n",
	.run = metrics,
};

struct request {
	const char *panel;
	const char *textfile;
	const char *pattern;
};

/* Made up in memory first: what cannot be made replaces nothing. */
static bool write_file(const char *path, const struct views *views)
{
	char *text = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);
	bool made = file != NULL && exposition_print(file, views);

	if (file == NULL || fclose(file) != 0)
		made = say_out_of_memory();
	made = made && textfile_replace(path, text, length);
	free(text);
	return made;
}

static enum cmd_status show(struct views *views, const struct request *request)
{
	bool is_known = true, written;

	if (request->pattern != NULL) {
		is_known = views_know(views, request->pattern);
		if (!views_select(views, request->pattern))
			return CMD_NO;
	}
	written = request->textfile != NULL ? write_file(request->textfile, views) : exposition_print(stdout, views);
	return written && is_known ? CMD_OK : CMD_NO;
}

static enum cmd_status read_arguments(struct request *request, int argc, char **argv)
{
	const struct options_row rows[] = {
		{ 'p', "panel", .text = &request->panel },
		{ 0, "textfile", .text = &request->textfile },
		{ 0 },
	};
	enum cmd_status status = options_read(rows, argc, argv);

	if (status == CMD_OK)
		status = options_operand("pattern", argv + optind, &request->pattern);
	if (status == CMD_OK && request->textfile != NULL && *request->textfile == '\0') {
		say_usage_error("option \"--textfile\" needs the name of a file");
		return CMD_USAGE;
	}
	return status;
}

static enum cmd_status metrics(int argc, char **argv)
{
	struct request request = { NULL, NULL, NULL };
	struct views views = VIEWS_EMPTY;
	enum cmd_status result = read_arguments(&request, argc, argv);
	const char *path;

	if (result != CMD_OK)
		return result;
	if (!environment_panel(request.panel, &path))
		return CMD_USAGE;
	result = views_read(&views, path) == VIEWS_FAILED ? CMD_NO : show(&views, &request);
	views_release(&views);
	return result;
}
