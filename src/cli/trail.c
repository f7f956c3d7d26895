/* SPDX-License-Identifier: MIT */
/*
 * trail.c - which file the kernel loads for a program.
 *
 * The kernel gives the interpreter one argument, with whatever blanks are in it, and follows no more than four
 * interpreters of interpreters. env begins anew. It is the one interpreter whose argument is looked into: it
 * says which program runs, and may take LD_PRELOAD away. The whole way is bounded.
 */
#include "cli/trail.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/program.h"

/* The kernel follows as many interpreters of interpreters. */
enum { INTERPRETERS_MAX = 4, WORDS_MAX = 64 };

/* The words of env's command line; `text` holds them. */
struct words {
	char text[512];
	const char *list[WORDS_MAX];
	size_t count;
};

static bool lose(struct trail *trail, const char *what, const char *rest)
{
	snprintf(trail->why, sizeof(trail->why), "%.400s%s", what, rest);
	return false;
}

static bool step(struct trail *trail, const char *path)
{
	if (trail->count == TRAIL_MAX)
		return lose(trail, trail->paths[0], ": interpreters without end");
	if ((size_t)snprintf(trail->paths[trail->count], PATH_MAX, "%s", path) >= PATH_MAX)
		return lose(trail, trail->paths[0], ": the path of an interpreter is too long");
	trail->count++;
	return true;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* --- env --------------------------------------------------------------------------------------- */

/* What a backslash and this character stand for; 0: the text ends here. */
static char unescaped(char c)
{
	static const char from[] = "_fnrtv", to[] = " \f\n\r\t\v";
	const char *at = c != '\0' ? strchr(from, c) : NULL;

	return at != NULL ? to[at - from] : c == 'c' ? '\0' : c;
}

/* One word of env -S: quotes, and backslashes but in '…'. Variables stay as they are. */
static const char *take_word(const char *at, char **to)
{
	char quote = '\0';

	for (; *at != '\0' && (quote != '\0' || (*at != ' ' && *at != '\t')); at++) {
		if (quote == '\0' && (*at == '"' || *at == '\''))
			quote = *at;
		else if (*at == quote)
			quote = '\0';
		else if (*at == '\\' && at[1] != '\0' && quote != '\'')
			*(*to)++ = unescaped(*++at);
		else
			*(*to)++ = *at;
	}
	*(*to)++ = '\0';
	return at;
}

static void split(struct words *words, const char *text)
{
	char *to = words->text;

	words->count = 0;
	for (;;) {
		text += strspn(text, " \t");
		if (*text == '\0' || *text == '#' || words->count == WORDS_MAX)
			return;
		words->list[words->count++] = to;
		text = take_word(text, &to);
	}
}

/* Behind -S, or its long form; NULL for an argument that has none: it is one word then. */
static const char *text_to_split(const char *argument)
{
	static const char long_form[] = "--split-string";
	const char *at = argument;

	if (strncmp(argument, long_form, sizeof(long_form) - 1) == 0) {
		at += sizeof(long_form) - 1;
		return *at == '=' || *at == ' ' ? at + 1 : at;
	}
	if (*at++ != '-')
		return NULL;
	at += strspn(at, "iv0"); /* those may stand in front of it: -vS */
	return *at == 'S' ? at + 1 : NULL;
}

static bool is_option_with_value(const char *word)
{
	return strcmp(word, "-u") == 0 || strcmp(word, "-C") == 0 || strcmp(word, "-P") == 0 ||
	       strcmp(word, "--unset") == 0 || strcmp(word, "--chdir") == 0;
}

static bool takes_all_away(const char *word)
{
	return strcmp(word, "-") == 0 || strcmp(word, "--ignore-environment") == 0 ||
	       (word[0] == '-' && word[1] != '-' && word[1 + strspn(word + 1, "v0")] == 'i');
}

static bool takes_preload_away(const char *word, const char *value)
{
	return strcmp(word, "-uLD_PRELOAD") == 0 || strcmp(word, "--unset=LD_PRELOAD") == 0 ||
	       strncmp(word, "LD_PRELOAD=", 11) == 0 ||
	       (value != NULL && strcmp(value, "LD_PRELOAD") == 0 && (word[1] == 'u' || word[2] == 'u'));
}

/* The program among the words of env; NULL: there is none. */
static const char *program_among(const struct words *words, struct trail *trail)
{
	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->list[i];
		const char *value = is_option_with_value(word) && i + 1 < words->count ? words->list[i + 1] : NULL;

		if (strcmp(word, "--") == 0)
			continue;
		if (word[0] != '-' && strchr(word, '=') == NULL)
			return word;
		if (takes_all_away(word) || takes_preload_away(word, value))
			trail->drops_preload = true;
		i += value != NULL;
	}
	return NULL;
}

static bool step_by_env(struct trail *trail)
{
	const char *argument = trail->image.argument;
	const char *text = text_to_split(argument);
	char path[PATH_MAX];
	struct words words;
	const char *name;

	if (text != NULL && takes_all_away(argument)) /* -iS */
		trail->drops_preload = true;
	words = (struct words){ .list = { argument }, .count = 1 };
	if (text != NULL)
		split(&words, text);
	name = *argument != '\0' ? program_among(&words, trail) : NULL;
	if (name == NULL)
		return lose(trail, trail->paths[trail->count - 2], ": env is not told which program to run");
	if (!program_find(path, sizeof(path), name)) {
		snprintf(trail->why, sizeof(trail->why), "%.200s: env does not find \"%.100s\"%s",
			 trail->paths[trail->count - 2], name,
			 strchr(name, ' ') != NULL ? ": it takes a line of several words for one name, unless -S is in front"
						   : "");
		return false;
	}
	return step(trail, path);
}

/* --- the way ----------------------------------------------------------------------------------- */

/* Steps to the interpreter of the last file, which is a script. */
static bool step_by_script(struct trail *trail, unsigned *nested)
{
	const char *interpreter = trail->image.interpreter;
	bool is_env = strcmp(base_name(interpreter), "env") == 0;

	if (++*nested > INTERPRETERS_MAX)
		return lose(trail, trail->paths[0], ": more interpreters of interpreters than the kernel follows");
	if (!step(trail, interpreter))
		return false;
	if (access(interpreter, F_OK) != 0) {
		snprintf(trail->why, sizeof(trail->why), "%.200s: its interpreter %.200s is not there",
			 trail->paths[trail->count - 2], interpreter);
		return false;
	}
	if (!is_env)
		return true;
	*nested = 0;
	return step_by_env(trail);
}

bool trail_follow(struct trail *trail, const char *path)
{
	unsigned nested = 0;

	trail->count = 0;
	trail->why[0] = '\0';
	trail->is_shell_text = trail->drops_preload = false;
	if (!step(trail, path))
		return false;
	for (;;) {
		image_read(&trail->image, trail->paths[trail->count - 1]);
		if (trail->image.kind == IMAGE_SCRIPT) {
			if (!step_by_script(trail, &nested))
				return false;
		} else if (trail->image.kind == IMAGE_TEXT && trail->count == 1) {
			trail->is_shell_text = true;
			if (!step(trail, "/bin/sh"))
				return false;
		} else {
			return true;
		}
	}
}
