/* SPDX-License-Identifier: MIT */
/*
 * mode.c - cutout mode: the switch for everything that runs.
 */
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "cli/cmd.h"
#include "cli/environment.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/steer.h"
#include "panel/mode.h"

static enum cmd_status mode(int argc, char **argv);

const struct cmd_entry cmd_mode_entry = {
	.name = "mode",
	.summary = "switch enforcing for everything that runs",
	.usage =
		"Usage: cutout mode [-p PANEL] [off|observe|enforce|default [PATTERN]]\n"
		"\n"
		"Switches all programs that use the panel, running or not yet started, from their next connect\n"
		"on: \"off\" passes everything through; \"observe\" counts and reports, but never refuses;\n"
		"\"enforce\" refuses while a circuit is open. The switch stands above CUTOUT_MODE and above the\n"
		"mode of a rule; \"default\" gives it back to them. With PATTERN it switches only the breakers\n"
		"whose destination or address it matches as a whole; \"*\" stands for any text, \"?\" for one\n"
		"character. Without PATTERN it takes those back too: the last order counts. Without a mode it\n"
		"prints the one that is set. Rules that say \"pass\" stay as they are, and so do programs that\n"
		"were started with CUTOUT_MODE=off. The switch lasts until the system is started again.\n"
		"\n"
		"Options:\n"
		"  -p, --panel=PANEL  the panel's path\n"
		"  -h, --help         print this text\n"
		"\n"
		"Environment:\n"
		"  CUTOUT_PANEL  the panel, where -p is not given; without both it is the user's own\n"
		"\n"
		"Exit status:\n"
		"  0  done\n"
		"  1  nothing matches PATTERN, there is no panel, or it cannot be used\n"
		"  2  wrong usage\n"
		"\n"
		"Example:\n"
		"  cutout mode observe '*:5432'\n",
	.run = mode,
};

struct request {
	const char *panel;
	const char *word; /* NULL: print it */
	enum panel_mode mode;
	const char *pattern;
};

static bool parse_mode(struct request *request, const char *word)
{
	static const char *const names[] = { "default", "enforce", "observe", "off" };
	const char *near;

	for (unsigned i = PANEL_MODE_DEFAULT; i <= PANEL_MODE_OFF; i++) {
		if (strcmp(word, mode_name((enum rule_mode)i)) == 0) {
			request->mode = (enum panel_mode)i;
			return true;
		}
	}
	near = suggest(word, strlen(word), names, sizeof(names) / sizeof(names[0]));
	if (near != NULL)
		say_usage_error("unknown mode \"%s\" (did you mean \"%s\"?)", word, near);
	else
		say_usage_error("unknown mode \"%s\": neither off, observe, enforce nor default", word);
	return false;
}

static enum cmd_status read_arguments(struct request *request, int argc, char **argv)
{
	const struct options_row rows[] = { { 'p', "panel", .text = &request->panel }, { 0 } };
	enum cmd_status status = options_read(rows, argc, argv);

	if (status != CMD_OK || argc == optind)
		return status;
	request->word = argv[optind];
	if (!parse_mode(request, request->word))
		return CMD_USAGE;
	return options_operand("pattern", argv + optind + 1, &request->pattern);
}

static enum cmd_status set_some(struct steering *steering, const struct request *request)
{
	enum cmd_status status = CMD_OK;

	for (size_t i = 0; i < steering->views.count; i++) {
		const struct panel_view *view = &steering->views.list[i];
		struct panel_slot *slot = steering_slot(steering, view);
		char title[2 * VIEW_TEXT_MAX];

		if (slot == NULL) {
			status = CMD_NO;
			continue;
		}
		panel_set_slot_mode(slot, request->mode);
		printf("%s: mode %s\n", view_title(view, title), request->word);
	}
	return status;
}

static enum cmd_status set_all(struct steering *steering, const struct request *request)
{
	panel_set_mode(&steering->panel, request->mode);
	printf("everything that uses %s: mode %s\n", steering->views.path, request->word);
	return CMD_OK;
}

/* For who only looks, a panel that may be read is enough, and none is the default. */
static enum cmd_status show(const struct request *request)
{
	struct views views = VIEWS_EMPTY;
	enum views_result result;
	const char *path;

	if (!environment_panel(request->panel, &path))
		return CMD_USAGE;
	result = views_read(&views, path);
	if (result != VIEWS_FAILED)
		puts(mode_name(views.mode));
	views_release(&views);
	return result != VIEWS_FAILED ? CMD_OK : CMD_NO;
}

static enum cmd_status mode(int argc, char **argv)
{
	struct request request = { .word = NULL };
	struct steering steering;
	enum cmd_status status = read_arguments(&request, argc, argv);

	if (status == CMD_OK && request.word == NULL)
		return show(&request);
	if (status == CMD_OK)
		status = steering_begin(&steering, request.panel, request.pattern);
	if (status != CMD_OK)
		return status;
	status = request.pattern != NULL ? set_some(&steering, &request) : set_all(&steering, &request);
	steering_end(&steering);
	return status;
}
