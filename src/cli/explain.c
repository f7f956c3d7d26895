/* SPDX-License-Identifier: MIT */
/*
 * explain.c - cutout explain: which rule, which breaker, which policy, and its state now.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cases.h"
#include "cli/cmd.h"
#include "cli/environment.h"
#include "cli/explanation.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/sources.h"

static enum cmd_status explain(int argc, char **argv);

const struct cmd_entry cmd_explain_entry = {
	.name = "explain",
	.summary = "say which rule and breaker a destination has, and its state",
	.usage =
		"Usage: cutout explain [-r RULE]... [-f FILE]... [-p PANEL] [-a ADDRESS]... [--resolve] [--json]\n"
		"                      DESTINATION\n"
		"\n"
		"Says which rule matches a destination, which breaker it has, by which policy, and its state\n"
		"and counts now. DESTINATION is HOST:PORT, as in db.internal:5432, 10.0.0.5:5432 or [::1]:80;\n"
		"udp://HOST:PORT; unix:PATH; or lookup:NAME[:PORT], the breaker of lookups of a name.\n"
		"\n"
		"A name stands for a program that has looked it up. Its rule is told for the name, and for\n"
		"each of its addresses that the panel knows, since a rule for an address may come before.\n"
		"Nothing is looked up, unless --resolve is given.\n"
		"\n"
		"Options:\n"
		"  -r, --rule=RULE        a rule, or several\n"
		"  -f, --file=FILE        rules from a file; \"-\" is the standard input\n"
		"                         (with -r or -f, CUTOUT_RULES is not looked at)\n"
		"  -p, --panel=PANEL      the panel's path\n"
		"  -a, --address=ADDRESS  what a program gets if it looks the name up; may be repeated\n"
		"      --resolve          look the name up, and explain the addresses that it has\n"
		"      --json             machine-readable\n"
		"  -h, --help             print this text\n"
		"\n"
		"Environment: CUTOUT_RULES, CUTOUT_DEFAULTS, CUTOUT_MODE and CUTOUT_PANEL, as a program would\n"
		"have them.\n"
		"\n"
		"Exit status:\n"
		"  0  the destination is protected, at each address that was explained\n"
		"  1  it is not (pass, or mode off), --resolve finds no address, or the output cannot be written\n"
		"  2  wrong usage, or rules that do not parse\n"
		"\n"
		"Example:\n"
		"  cutout explain -r 'db.internal:5432 failures=3' db.internal:5432\n",
	.run = explain,
};

struct request {
	struct sources sources;
	struct destination destination;
	struct cases cases;
	const char *panel;
	bool is_resolving;
	bool is_json;
};

/* An address of the name; its port is set when the destination is known. */
static bool take_address(void *context, const char *text)
{
	struct cases *cases = context;
	size_t length = strlen(text);
	bool is_bracketed = length > 2 && text[0] == '[' && text[length - 1] == ']';
	struct addr addr;

	if (addr_parse_host(&addr, text + is_bracketed, length - 2 * is_bracketed))
		return cases_add(cases, &addr);
	say_usage_error("-a: \"%s\" is no address", text);
	return false;
}

static bool take_destination(struct request *request, const char *text)
{
	char why[512];

	if (!destination_parse(&request->destination, text, why, sizeof(why))) {
		say_usage_error("%s", why);
		return false;
	}
	if (request->destination.protocol >= PROTOCOL_UNIX && (request->cases.count > 0 || request->is_resolving)) {
		say_usage_error("\"%s\" has no addresses", text);
		return false;
	}
	if (request->destination.name[0] == '\0' && (request->cases.count > 0 || request->is_resolving)) {
		say_usage_error("\"%s\" is an address: there is nothing to look up", text);
		return false;
	}
	for (size_t i = 0; i < request->cases.count; i++)
		request->cases.list[i].addr.port = request->destination.addr.port;
	return true;
}

static enum cmd_status read_arguments(struct request *request, int argc, char **argv)
{
	const struct options_row rows[] = {
		{ 'r', "rule", .take = sources_take_rule, .context = &request->sources },
		{ 'f', "file", .take = sources_take_file, .context = &request->sources },
		{ 'p', "panel", .text = &request->panel },
		{ 'a', "address", .take = take_address, .context = &request->cases },
		{ 0, "resolve", .flag = &request->is_resolving },
		{ 0, "json", .flag = &request->is_json },
		{ 0 },
	};
	enum cmd_status status = options_read(rows, argc, argv);
	const char *text = NULL;

	if (status == CMD_OK)
		status = options_operand("destination", argv + optind, &text);
	if (status != CMD_OK)
		return status;
	if (text == NULL) {
		say_usage_error("which destination?");
		return CMD_USAGE;
	}
	return take_destination(request, text) ? CMD_OK : CMD_USAGE;
}

/* An address is its own only case; of a name, what was given, what was looked up, else what is known. */
static bool find_cases(struct request *request, const struct views *views)
{
	const struct destination *destination = &request->destination;

	if (request->is_resolving && !cases_add_resolved(&request->cases, destination))
		return false;
	if (request->cases.count > 0)
		return true;
	if (!cases_add(&request->cases, &destination->addr))
		return false;
	return destination->name[0] == '\0' || cases_add_known(&request->cases, destination, views);
}

static enum cmd_status show(struct request *request, const struct rules *rules, const struct views *views,
			    bool is_private, bool is_unusable)
{
	struct explanation explanation = {
		.sources = &request->sources,
		.rules = rules,
		.destination = &request->destination,
		.views = views,
		.cases = &request->cases,
		.mode = environment_mode(),
		.is_private = is_private,
		.is_unusable = is_unusable,
	};

	if (!find_cases(request, views))
		return CMD_NO;
	cases_settle(&request->cases, &request->destination, rules, views);
	if (!request->is_json)
		explanation_print(&explanation);
	else if (!explanation_print_json(&explanation))
		return CMD_NO;
	return explanation_is_protected(&explanation) ? CMD_OK : CMD_NO;
}

/* A panel that cannot be read is told of; the rules can be explained without it. */
static enum cmd_status explain_by(struct request *request, const struct rules *rules, const char *panel)
{
	struct views views = VIEWS_EMPTY;
	bool is_private = panel != NULL && strcmp(panel, "private") == 0;
	bool is_unusable = false;
	enum cmd_status status;

	if (is_private)
		strcpy(views.path, "private");
	else
		is_unusable = views_read(&views, panel) == VIEWS_FAILED;
	status = show(request, rules, &views, is_private, is_unusable);
	views_release(&views);
	return status;
}

static enum cmd_status explain(int argc, char **argv)
{
	struct request request = { .sources = SOURCES_EMPTY, .cases = CASES_EMPTY };
	struct arena arena = ARENA_EMPTY;
	const struct rules *rules = NULL;
	const char *panel;
	enum cmd_status status = read_arguments(&request, argc, argv);

	if (status == CMD_OK) {
		status = CMD_USAGE;
		if (sources_add_environment(&request.sources))
			rules = sources_parse(&request.sources, &arena);
		if (environment_is_valid() && environment_panel(request.panel, &panel) && rules != NULL)
			status = explain_by(&request, rules, panel);
	}
	arena_release(&arena);
	sources_release(&request.sources);
	cases_release(&request.cases);
	return status;
}
