/* SPDX-License-Identifier: MIT */
/*
 * check.c - cutout check: are these rules right, and what do they say in full?
 */
#include <stdio.h>

#include "cli/cmd.h"
#include "cli/environment.h"
#include "cli/options.h"
#include "cli/sources.h"

static enum cmd_status check(int argc, char **argv);

const struct cmd_entry cmd_check_entry = {
	.name = "check",
	.summary = "validate rules, and print them with every option",
	.usage =
		"Usage: cutout check [-r RULE]... [-f FILE]... [FILE]...\n"
		"\n"
		"Validates rules. If they are right, prints them as they are understood: one per line, in\n"
		"their order, the pattern and then every option, defaults included. The last line is the\n"
		"built-in rule for whatever no other rule matches. The output is a text of rules itself.\n"
		"\n"
		"Options:\n"
		"  -r, --rule=RULE  a rule, or several\n"
		"  -f, --file=FILE  rules from a file, as a plain FILE is; \"-\" is the standard input\n"
		"  -h, --help       print this text\n"
		"\n"
		"Environment:\n"
		"  CUTOUT_RULES     the rules, or @FILE, where none are given\n"
		"  CUTOUT_DEFAULTS  options that every rule starts from\n"
		"  CUTOUT_MODE, CUTOUT_PANEL, CUTOUT_LOG\n"
		"                   are validated too where the rules come from CUTOUT_RULES\n"
		"\n"
		"Exit status: 0 if all is right, 1 if the output cannot be written, 2 if not all parses or for\n"
		"wrong usage.\n"
		"\n"
		"Example:\n"
		"  cutout check /etc/cutout.rules\n",
	.run = check,
};

static void print_rules(const struct rules *rules)
{
	char options[2048];

	for (size_t i = 0; i < rules_count(rules); i++) {
		const struct rule *rule = rules_at(rules, i);

		rule_format_options(rule, options, sizeof(options));
		printf("%s %s%s\n", rule->pattern, options, rule->line == 0 ? " # built in" : "");
	}
}

static enum cmd_status validate(struct sources *sources)
{
	struct arena arena = ARENA_EMPTY;
	bool is_environment = sources->count == 0;
	enum cmd_status status = CMD_USAGE;
	const struct rules *rules = NULL;

	if (sources_add_environment(sources))
		rules = sources_parse(sources, &arena);
	if ((!is_environment || environment_is_valid()) && rules != NULL) {
		print_rules(rules);
		status = CMD_OK;
	}
	arena_release(&arena);
	return status;
}

static enum cmd_status read_arguments(struct sources *sources, int argc, char **argv)
{
	const struct options_row rows[] = {
		{ 'r', "rule", .take = sources_take_rule, .context = sources },
		{ 'f', "file", .take = sources_take_file, .context = sources },
		{ 0 },
	};
	enum cmd_status status = options_read(rows, argc, argv);

	for (int i = optind; i < argc && status == CMD_OK; i++)
		if (!sources_add_file(sources, argv[i]))
			status = CMD_USAGE;
	return status;
}

static enum cmd_status check(int argc, char **argv)
{
	struct sources sources = SOURCES_EMPTY;
	enum cmd_status status = read_arguments(&sources, argc, argv);

	if (status == CMD_OK)
		status = validate(&sources);
	sources_release(&sources);
	return status;
}
