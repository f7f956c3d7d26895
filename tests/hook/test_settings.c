/* SPDX-License-Identifier: MIT */
/*
 * test_settings.c - the environment, and the one line about what is wrong with it.
 */
#include "hook/settings.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"

static struct settings settings;

static void load(void)
{
	capture_stderr();
	memset(&settings, 0xff, sizeof(settings));
	errno = 123;
	settings_load(&settings);
	cr_expect_eq(errno, 123);
}

static void load_with(const char *name, const char *value)
{
	setenv(name, value, 1);
	load();
}

/* The whole of what is said. */
static void expect_refusal(const char *line)
{
	cr_expect_not(settings.protect);
	cr_expect_str_eq(captured(), line);
}

static void expect_silence(bool protect)
{
	cr_expect_eq(settings.protect, protect);
	cr_expect_str_eq(captured(), "");
}

static void clear(void)
{
	static const char *const names[] = { "CUTOUT_RULES", "CUTOUT_DEFAULTS", "CUTOUT_MODE", "CUTOUT_PANEL",
					     "CUTOUT_LOG",   "CUTOUT_ONLY",	"CUTOUT_SKIP",	 "CUTOUT_RECORD" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
}

TestSuite(settings, .init = clear);

Test(settings, without_any_variable_everything_is_protected_by_the_last_rule)
{
	load();
	expect_silence(true);
	cr_assert_eq(settings.mode, MODE_ENFORCE);
	cr_assert_eq(rules_count(settings.rules), 1);
	cr_assert_null(settings.panel);
	cr_assert_null(settings.log);
}

Test(settings, an_empty_variable_counts_as_unset)
{
	setenv("CUTOUT_RULES", "", 1);
	setenv("CUTOUT_DEFAULTS", "", 1);
	setenv("CUTOUT_MODE", "", 1);
	setenv("CUTOUT_PANEL", "", 1);
	setenv("CUTOUT_ONLY", "", 1);
	load_with("CUTOUT_LOG", "");
	expect_silence(true);
	cr_assert_null(settings.panel);
}

Test(settings, rules_and_their_defaults_are_read)
{
	setenv("CUTOUT_DEFAULTS", "successes=7", 1);
	load_with("CUTOUT_RULES", "db.internal:5432 failures=3; 10.0.0.0/8 pass");
	expect_silence(true);
	cr_assert_eq(rules_count(settings.rules), 3);
	cr_assert_eq(rules_at(settings.rules, 0)->policy.failures, 3);
	cr_assert_eq(rules_at(settings.rules, 0)->policy.successes, 7);
	cr_assert_eq(rules_at(settings.rules, 2)->policy.successes, 7);
}

Test(settings, a_mistake_is_reported_with_its_place)
{
	load_with("CUTOUT_RULES", "\n\ndb.host:5432 falures=3");
	expect_refusal("cutout: CUTOUT_RULES:3:14: unknown option \"falures\" (did you mean \"failures\"?)\n");
}

Test(settings, several_mistakes_make_one_line)
{
	setenv("CUTOUT_MODE", "x", 1);
	load_with("CUTOUT_RULES", "db.host:5432 falures=3; db.host:5433 falures=3");
	expect_refusal("cutout: CUTOUT_MODE: unknown mode \"x\" (and 2 more; `cutout check` shows all)\n");
}

Test(settings, a_mistake_in_the_defaults_is_theirs)
{
	load_with("CUTOUT_DEFAULTS", "falures=3");
	cr_expect_not(settings.protect);
	cr_expect_eq(strncmp(captured(), "cutout: CUTOUT_DEFAULTS:1:1: ", 29), 0, "%s", captured());
}

Test(settings, without_a_standard_error_a_mistake_is_kept_to_ourselves)
{
	setenv("CUTOUT_RULES", "a falures=3", 1);
	close(2);
	settings_load(&settings);
	cr_assert_not(settings.protect);
}

/* --- a file of rules ---------------------------------------------------------------------------- */

static char path[] = "/tmp/cutout-unit-XXXXXX";
static char variable[sizeof(path) + 1];

static void make_file(const char *text)
{
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	snprintf(variable, sizeof(variable), "@%s", path);
}

Test(settings, rules_are_read_from_a_file_and_no_descriptor_is_kept)
{
	int before = dup(0);

	close(before);
	make_file("a:1 failures=3\nb:2 failures=4\n");
	load_with("CUTOUT_RULES", variable);
	unlink(path);
	expect_silence(true);
	cr_assert_eq(rules_count(settings.rules), 3);
	cr_assert_eq(dup(0), before);
}

Test(settings, a_mistake_in_a_file_is_reported_with_the_files_name)
{
	char expected[128];

	make_file("a:1\nb:2 falures=4\n");
	load_with("CUTOUT_RULES", variable);
	unlink(path);
	snprintf(expected, sizeof(expected),
		 "cutout: %s:2:5: unknown option \"falures\" (did you mean \"failures\"?)\n", path);
	expect_refusal(expected);
}

Test(settings, a_file_that_is_not_there_is_refused)
{
	load_with("CUTOUT_RULES", "@/nowhere/rules");
	expect_refusal("cutout: CUTOUT_RULES: cannot open \"/nowhere/rules\" (ENOENT)\n");
}

Test(settings, a_giant_is_refused)
{
	char expected[128];

	make_file("");
	cr_assert_eq(truncate(path, (16 << 20) + 1), 0);
	load_with("CUTOUT_RULES", variable);
	unlink(path);
	snprintf(expected, sizeof(expected), "cutout: CUTOUT_RULES: larger than 16 MiB: \"%s\"\n", path);
	expect_refusal(expected);
}

Test(settings, a_fifo_is_refused_without_waiting_for_its_writer)
{
	char expected[128];

	make_file("");
	unlink(path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	end_in_time();
	load_with("CUTOUT_RULES", variable);
	unlink(path);
	snprintf(expected, sizeof(expected), "cutout: CUTOUT_RULES: not a regular file: \"%s\"\n", path);
	expect_refusal(expected);
}

Test(settings, a_directory_says_what_it_is)
{
	load_with("CUTOUT_RULES", "@/tmp");
	expect_refusal("cutout: CUTOUT_RULES: not a regular file: \"/tmp\"\n");
}

/* --- the other variables ------------------------------------------------------------------------ */

Test(settings, the_mode_is_enforce_or_observe_and_off_reads_nothing_more)
{
	load_with("CUTOUT_MODE", "observe");
	expect_silence(true);
	cr_assert_eq(settings.mode, MODE_OBSERVE);
	setenv("CUTOUT_RULES", "a falures=3", 1);
	load_with("CUTOUT_MODE", "off");
	expect_silence(false);
}

Test(settings, an_unknown_mode_gets_a_suggestion)
{
	load_with("CUTOUT_MODE", "observ");
	expect_refusal("cutout: CUTOUT_MODE: unknown mode \"observ\" (did you mean \"observe\"?)\n");
}

Test(settings, the_panel_is_an_absolute_path_or_private)
{
	load_with("CUTOUT_PANEL", "/run/panel");
	expect_silence(true);
	cr_assert_str_eq(settings.panel, "/run/panel");
	load_with("CUTOUT_PANEL", "private");
	expect_silence(true);
	cr_assert_str_eq(settings.panel, "private");
	load_with("CUTOUT_PANEL", "panel");
	expect_refusal("cutout: CUTOUT_PANEL: neither an absolute path nor \"private\": \"panel\"\n");
}

Test(settings, the_log_is_a_word_or_an_absolute_path)
{
	load_with("CUTOUT_LOG", "off");
	cr_assert_null(settings.log);
	load_with("CUTOUT_LOG", "syslog");
	cr_assert_str_eq(settings.log, "syslog");
	load_with("CUTOUT_LOG", "/var/log/cutout");
	cr_assert_str_eq(settings.log, "/var/log/cutout");
	load_with("CUTOUT_LOG", "stdeer");
	expect_refusal("cutout: CUTOUT_LOG: neither off, stderr, syslog nor an absolute path: \"stdeer\" "
		       "(did you mean \"stderr\"?)\n");
}

Test(settings, strings_survive_a_program_that_overwrites_its_environment)
{
	char place[] = "CUTOUT_PANEL=/run/panel";

	putenv(place);
	load();
	memset(place + 13, 'x', strlen(place) - 13);
	cr_assert_str_eq(settings.panel, "/run/panel");
}

Test(settings, with_a_recording_no_circuit_opens_and_what_is_denied_is_passed)
{
	const struct rule *rule;

	setenv("CUTOUT_RULES", "a:1 failures=3 slow-call=1s mode=off count=EPERM per=host; b deny; c pass", 1);
	load_with("CUTOUT_RECORD", "/run/recording");
	expect_silence(true);
	cr_assert_str_eq(settings.record, "/run/recording");
	rule = rules_at(settings.rules, 0);
	cr_assert_eq(rule->mode, MODE_OBSERVE);
	cr_assert_eq(rule->per, PER_HOST);
	cr_assert_eq(rule->policy.failures + rule->policy.failure_rate + rule->policy.slow_rate, 0);
	cr_assert_eq(rule->policy.slow_call + rule->policy.overdue + rule->policy.window, 0);
	cr_assert(policy_counts_error(&rule->policy, EPERM));
	cr_assert_eq(rule->policy_id, policy_hash(&rule->policy));
	cr_assert_eq(rules_at(settings.rules, 1)->action, RULE_PASS);
	load_with("CUTOUT_RULES", "a:1 on=response slow-call=5s");
	cr_assert_eq(rules_at(settings.rules, 0)->policy.slow_call, 5000000000);
	setenv("CUTOUT_RULES", "a:1; b deny; c pass", 1);
	load();
	cr_assert_eq(rules_at(settings.rules, 2)->action, RULE_PASS);
	load_with("CUTOUT_RECORD", "recording");
	expect_refusal("cutout: CUTOUT_RECORD: not an absolute path: \"recording\"\n");
}

Test(settings, a_program_that_is_not_meant_is_left_alone_whatever_the_rules_are)
{
	setenv("CUTOUT_RULES", "a falures=3", 1);
	be_named("nginx");
	load_with("CUTOUT_ONLY", "php-fpm, apache2");
	expect_silence(false);
	unsetenv("CUTOUT_ONLY");
	load_with("CUTOUT_SKIP", "php-fpm, nginx ,apache2");
	expect_silence(false);
}

Test(settings, a_program_is_known_by_its_whole_name)
{
	be_named("nginx");
	load_with("CUTOUT_ONLY", "ngin,nginxx,inx");
	expect_silence(false);
	load_with("CUTOUT_ONLY", "php-fpm, nginx");
	expect_silence(true);
	load_with("CUTOUT_SKIP", "nginx");
	expect_silence(false);
}

Test(settings, a_long_name_is_compared_as_far_as_the_kernel_keeps_it)
{
	be_named("a-very-long-program-name");
	load_with("CUTOUT_ONLY", "a-very-long-program-name");
	expect_silence(true);
	load_with("CUTOUT_SKIP", "a-very-long-pro");
	expect_silence(false);
}
