/* SPDX-License-Identifier: MIT */
/*
 * sources.c - the texts that rules come from.
 *
 * A file is read whole, and once: what has been validated is what the program gets. Pipes are
 * welcome (-f <(…)), and endless ones are cut short with a message.
 */
#include "cli/sources.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/environment.h"
#include "cli/say.h"

enum { SOURCE_MAX = 16 << 20 }; /* the object's limit too */

/* Takes over the strings of `source`. */
static bool add(struct sources *sources, struct source source)
{
	struct source *list = realloc(sources->list, (sources->count + 1) * sizeof(*list));

	if (list != NULL)
		sources->list = list;
	if (list == NULL || source.name == NULL || source.text == NULL) {
		free(source.name);
		free(source.text);
		free(source.path);
		return say_out_of_memory();
	}
	list[sources->count++] = source;
	return true;
}

bool sources_add_text(struct sources *sources, const char *name, const char *text)
{
	return add(sources, (struct source){ strdup(name), strdup(text), strlen(text), NULL });
}

/* The whole of `file`; NULL with errno. */
static char *read_whole(FILE *file, size_t *length)
{
	size_t room = 4096;
	char *text = NULL;

	*length = 0;
	for (;;) {
		char *more = realloc(text, room + 1);

		if (more == NULL)
			break;
		text = more;
		*length += fread(text + *length, 1, room - *length, file);
		text[*length] = '\0';
		if (ferror(file))
			break;
		if (*length > SOURCE_MAX) {
			errno = EFBIG;
			break;
		}
		if (*length < room)
			return text;
		room *= 2;
	}
	free(text);
	return NULL;
}

/* A path under which the program can read the same again, from any directory. */
static char *lasting_path(FILE *file, const char *path)
{
	struct stat status;

	if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode))
		return NULL;
	return realpath(path, NULL);
}

/* Of a file that is named on no command line, who names it is told. */
static void say_unreadable(const char *name, int error, bool is_variable)
{
	char text[PATH_MAX + 32];

	snprintf(text, sizeof(text), "CUTOUT_RULES: @%s", name);
	say_file_error(is_variable ? text : name, error);
}

static bool add_named_file(struct sources *sources, const char *path, const char *name, bool is_variable)
{
	struct source source = { NULL, NULL, 0, NULL };
	bool is_stdin = !is_variable && strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	int error = errno;

	if (file != NULL) {
		source.text = read_whole(file, &source.length);
		error = errno;
		if (source.text != NULL && !is_stdin)
			source.path = lasting_path(file, path);
	}
	if (source.text == NULL)
		say_unreadable(name, error, is_variable);
	if (file != NULL && !is_stdin)
		fclose(file);
	if (source.text == NULL)
		return false;
	source.name = strdup(name);
	return add(sources, source);
}

bool sources_add_file(struct sources *sources, const char *path)
{
	return add_named_file(sources, path, strcmp(path, "-") == 0 ? "standard input" : path, false);
}

bool sources_take_rule(void *sources, const char *text)
{
	return sources_add_text(sources, "-r", text);
}

bool sources_take_file(void *sources, const char *path)
{
	return sources_add_file(sources, path);
}

bool sources_add_environment(struct sources *sources)
{
	const char *rules = sources->count == 0 ? environment_variable("CUTOUT_RULES") : NULL;
	const char *defaults = environment_variable("CUTOUT_DEFAULTS");

	if (defaults != NULL) {
		sources->defaults.name = strdup("CUTOUT_DEFAULTS");
		sources->defaults.text = strdup(defaults);
		sources->defaults.length = strlen(defaults);
		if (sources->defaults.name == NULL || sources->defaults.text == NULL)
			return say_out_of_memory();
	}
	if (rules == NULL)
		return true;
	if (rules[0] == '@')
		return add_named_file(sources, rules + 1, rules + 1, true);
	return sources_add_text(sources, "CUTOUT_RULES", rules);
}

static struct rules_text text_of(const struct source *source)
{
	return (struct rules_text){ source->name, source->text, source->length };
}

const struct rules *sources_parse(const struct sources *sources, struct arena *arena)
{
	struct rules_text *texts = calloc(sources->count + 1, sizeof(*texts));
	struct rules_text defaults = text_of(&sources->defaults);
	struct complaints complaints = { sources, 0 };
	const struct rules *rules;

	if (texts == NULL) {
		say_out_of_memory();
		return NULL;
	}
	for (size_t i = 0; i < sources->count; i++)
		texts[i] = text_of(&sources->list[i]);
	rules = rules_parse(arena, texts, sources->count, defaults.text != NULL ? &defaults : NULL, complain_of_rule,
			    &complaints);
	if (rules == NULL && complaints.count == 0)
		say_out_of_memory();
	free(texts);
	return rules;
}

static void ignore_complaint(void *context, const struct rules_error *error)
{
	(void)context;
	(void)error;
}

/* A rule knows its line but not its source: the rules of each text are counted by parsing it alone. */
const struct source *sources_of_rule(const struct sources *sources, size_t index)
{
	for (size_t i = 0; i < sources->count; i++) {
		struct rules_text text = text_of(&sources->list[i]);
		struct arena arena = ARENA_EMPTY;
		const struct rules *rules = rules_parse(&arena, &text, 1, NULL, ignore_complaint, NULL);
		size_t count = rules != NULL ? rules_count(rules) - 1 : 0;

		arena_release(&arena);
		if (index < count)
			return &sources->list[i];
		index -= count;
	}
	return NULL;
}

char *sources_join(const struct sources *sources)
{
	size_t size = 1;
	char *joined, *at;

	for (size_t i = 0; i < sources->count; i++)
		size += sources->list[i].length + 1;
	joined = at = malloc(size);
	if (joined == NULL)
		return NULL;
	for (size_t i = 0; i < sources->count; i++) {
		const struct source *source = &sources->list[i];

		if (at != joined && at[-1] != '\n')
			*at++ = '\n';
		memcpy(at, source->text, source->length);
		at += source->length;
	}
	*at = '\0';
	return joined;
}

static void release_source(struct source *source)
{
	free(source->name);
	free(source->text);
	free(source->path);
}

void sources_release(struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++)
		release_source(&sources->list[i]);
	release_source(&sources->defaults);
	free(sources->list);
	*sources = (struct sources)SOURCES_EMPTY;
}
