/* SPDX-License-Identifier: MIT */
/*
 * settings.c - what the environment asks of the object (settings.h).
 *
 * An empty variable counts as unset. Strings are copied: programs that set their title write over
 * their environment. Everything is read before anything is reported, so that the one line that a
 * process may print says how much is wrong. No malloc, no stdio. The constructor only.
 */
#include "hook/settings.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/arena.h"
#include "base/self.h"
#include "base/suggest.h"
#include "base/text.h"
#include "hook/log.h"
#include "hook/rulefile.h"

enum { COMM_MAX = SELF_NAME_SIZE - 1 }; /* the kernel cuts a program's name to this */

/* The first complaint, and how many there were. */
struct complaints {
	unsigned count;
	char first[400];
};

static alignas(16) char few_rules[2048];
static struct arena arena = { NULL, few_rules, few_rules + sizeof(few_rules) }; /* never released */

static const char *variable(const char *name)
{
	const char *value = secure_getenv(name);

	return value && *value ? value : NULL;
}

static bool is_first(struct complaints *complaints)
{
	return complaints->count++ == 0;
}

static void complain_of_rule(void *context, const struct rules_error *error)
{
	struct complaints *complaints = context;

	if (is_first(complaints))
		rules_error_format(error, complaints->first, sizeof(complaints->first));
}

/* `CUTOUT_MODE: unknown mode "observ" (did you mean "observe"?)` */
static void complain(struct complaints *complaints, const char *name, const char *what, const char *value,
		     const char *instead)
{
	struct text text;

	if (!is_first(complaints))
		return;
	text_init(&text, complaints->first, sizeof(complaints->first));
	text_put(&text, name);
	text_put(&text, ": ");
	text_put(&text, what);
	if (value) {
		text_put(&text, " \"");
		text_put_bytes(&text, value, strnlen(value, 200));
		text_put_char(&text, '"');
	}
	if (instead) {
		text_put(&text, " (did you mean \"");
		text_put(&text, instead);
		text_put(&text, "\"?)");
	}
}

static void report(const struct settings *settings, const struct complaints *complaints)
{
	char line[480];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_put(&text, complaints->first);
	if (complaints->count > 1) {
		text_put(&text, " (and ");
		text_put_number(&text, complaints->count - 1);
		text_put(&text, " more; `cutout check` shows all)");
	}
	log_init(settings->log); /* so that it is found there too */
	log_startup_problem(line);
}

/* --- which programs ---------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* One name between commas, without the blanks around it. */
static bool is_program(const char *name, size_t length, const char *comm)
{
	while (length > 0 && is_blank(*name))
		name++, length--;
	while (length > 0 && is_blank(name[length - 1]))
		length--;
	if (length > COMM_MAX)
		length = COMM_MAX;
	return length > 0 && strlen(comm) == length && memcmp(name, comm, length) == 0;
}

static bool lists(const char *list, const char *comm)
{
	for (;;) {
		size_t length = strcspn(list, ",");

		if (is_program(list, length, comm))
			return true;
		if (list[length] == '\0')
			return false;
		list += length + 1;
	}
}

static bool is_meant(void)
{
	const char *only = variable("CUTOUT_ONLY"), *skip = variable("CUTOUT_SKIP");
	char comm[SELF_NAME_SIZE] = "";

	if (!only && !skip)
		return true;
	self_first_name(comm);
	return !(skip && lists(skip, comm)) && (!only || lists(only, comm));
}

/* --- the variables ----------------------------------------------------------------------------- */

static enum rule_mode load_mode(struct complaints *complaints)
{
	static const char *const modes[] = { "enforce", "observe", "off" };
	const char *value = variable("CUTOUT_MODE");
	enum rule_mode mode = MODE_ENFORCE;

	if (value && !mode_parse(&mode, value, strlen(value)))
		complain(complaints, "CUTOUT_MODE", "unknown mode", value, suggest(value, strlen(value), modes, 3));
	return mode;
}

/* NULL when it is unset, or wrong: neither a path nor one of the words. */
static const char *load_place(const char *name, const char *what, const char *const *words, size_t count,
			      struct complaints *complaints)
{
	const char *value = variable(name), *copy;

	if (!value)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (strcmp(value, words[i]) == 0)
			return words[i];
	if (value[0] != '/') {
		complain(complaints, name, what, value, suggest(value, strlen(value), words, count));
		return NULL;
	}
	copy = arena_copy(&arena, value, strlen(value));
	if (!copy)
		complain(complaints, name, "not enough memory", NULL, NULL);
	return copy;
}

static const char *load_panel(struct complaints *complaints)
{
	static const char *const words[] = { "private" };

	return load_place("CUTOUT_PANEL", "neither an absolute path nor \"private\":", words, 1, complaints);
}

static const char *load_log(struct complaints *complaints)
{
	static const char *const words[] = { "off", "stderr", "syslog" };
	const char *log = load_place("CUTOUT_LOG", "neither off, stderr, syslog nor an absolute path:", words, 3,
				     complaints);

	return log == words[0] ? NULL : log;
}

/* With a recording calls are told there, and no circuit opens. */
static const char *load_record(struct complaints *complaints)
{
	return load_place("CUTOUT_RECORD", "not an absolute path:", NULL, 0, complaints);
}

/* The text of CUTOUT_RULES or of the file that it names; false, with a complaint, without it. */
static bool load_text(struct rules_text *text, struct complaints *complaints)
{
	const char *value = variable("CUTOUT_RULES");
	char reason[300];

	*text = (struct rules_text){ .source = "CUTOUT_RULES", .text = "" };
	if (value && value[0] == '@') {
		if (rulefile_read(&arena, value + 1, text, reason, sizeof(reason)))
			return true;
		complain(complaints, "CUTOUT_RULES", reason, NULL, NULL);
		return false;
	}
	if (value) {
		text->text = value;
		text->length = strlen(value);
	}
	return true;
}

static struct rules *load_rules(struct complaints *complaints)
{
	const char *value = variable("CUTOUT_DEFAULTS");
	struct rules_text defaults = { "CUTOUT_DEFAULTS", value, value ? strlen(value) : 0 };
	unsigned before = complaints->count;
	struct rules_text text;
	struct rules *rules;

	if (!load_text(&text, complaints))
		return NULL;
	rules = rules_parse(&arena, &text, 1, value ? &defaults : NULL, complain_of_rule, complaints);
	if (!rules && complaints->count == before)
		complain(complaints, "CUTOUT_RULES", "not enough memory", NULL, NULL);
	return rules;
}

static void load(struct settings *settings)
{
	struct complaints complaints = { .count = 0 };
	struct rules *rules;

	settings->mode = load_mode(&complaints);
	if (settings->mode == MODE_OFF)
		return;
	settings->record = load_record(&complaints);
	rules = load_rules(&complaints);
	if (rules && settings->record)
		rules_only_record(rules);
	settings->rules = rules;
	settings->panel = load_panel(&complaints);
	settings->log = load_log(&complaints);
	settings->protect = complaints.count == 0;
	if (complaints.count > 0)
		report(settings, &complaints);
}

void settings_load(struct settings *settings)
{
	int saved = errno;

	memset(settings, 0, sizeof(*settings));
	settings->mode = MODE_ENFORCE;
	if (!getauxval(AT_SECURE) && is_meant())
		load(settings);
	errno = saved;
}
