/* SPDX-License-Identifier: MIT */
/*
 * environment.c - the CUTOUT_ variables besides the rules.
 *
 * An empty variable counts as one that is not set.
 */
#include "cli/environment.h"

#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "cli/say.h"
#include "panel/panel.h"

const char *environment_variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

static void complain(const char *where, const char *text, const char *rest, const char *const *words, size_t count)
{
	const char *near = suggest(text, strlen(text), words, count);

	if (near != NULL)
		say_error("%s: \"%s\" %s (did you mean \"%s\"?)", where, text, rest, near);
	else
		say_error("%s: \"%s\" %s", where, text, rest);
}

static bool is_word(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

static bool accepts_mode(const char *where, const char *text)
{
	static const char *const modes[] = { "enforce", "observe", "off" };
	enum rule_mode mode;

	if (mode_parse(&mode, text, strlen(text)))
		return true;
	complain(where, text, "is neither enforce, observe nor off", modes, sizeof(modes) / sizeof(modes[0]));
	return false;
}

static bool accepts_panel(const char *where, const char *text)
{
	static const char *const words[] = { "private" };

	if (*text != '/' && !is_word(text, words, 1)) {
		complain(where, text, "is neither an absolute path nor \"private\"", words, 1);
		return false;
	}
	if (strlen(text) < sizeof(((struct panel *)0)->path))
		return true;
	say_error("%s: the path is longer than %zu bytes", where, sizeof(((struct panel *)0)->path) - 1);
	return false;
}

static bool accepts_log(const char *where, const char *text)
{
	static const char *const words[] = { "off", "stderr", "syslog" };

	if (*text == '/' || is_word(text, words, sizeof(words) / sizeof(words[0])))
		return true;
	complain(where, text, "is neither off, stderr, syslog nor an absolute path", words,
		 sizeof(words) / sizeof(words[0]));
	return false;
}

bool environment_accepts_mode(const char *mode)
{
	return accepts_mode("-m", mode);
}

bool environment_accepts_panel(const char *panel)
{
	return accepts_panel("-p", panel);
}

bool environment_is_valid(void)
{
	static const struct {
		const char *name;
		bool (*accepts)(const char *where, const char *text);
	} checks[] = {
		{ "CUTOUT_MODE", accepts_mode },
		{ "CUTOUT_PANEL", accepts_panel },
		{ "CUTOUT_LOG", accepts_log },
	};
	bool valid = true;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const char *value = environment_variable(checks[i].name);

		if (value != NULL && !checks[i].accepts(checks[i].name, value))
			valid = false;
	}
	return valid;
}

enum rule_mode environment_mode(void)
{
	const char *value = environment_variable("CUTOUT_MODE");
	enum rule_mode mode;

	return value != NULL && mode_parse(&mode, value, strlen(value)) ? mode : MODE_ENFORCE;
}

bool environment_panel(const char *option, const char **panel)
{
	*panel = option != NULL ? option : environment_variable("CUTOUT_PANEL");
	return *panel == NULL || accepts_panel(option != NULL ? "-p" : "CUTOUT_PANEL", *panel);
}
