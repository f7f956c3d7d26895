/* SPDX-License-Identifier: MIT */
/*
 * unit.c - runs the unit tests of a program and prints TAP, where Criterion is not to be had.
 *
 * A test that crashes, ends its process or takes too long has failed, and the next one is run. One thread, one
 * child at a time, in a process group of its own, so that what it has started ends with it. Why it was skipped it
 * leaves in memory that both have.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "criterion/criterion.h"

enum { USUAL_TIMEOUT = 120, STATUS_SKIPPED = 77, REASON_SIZE = 256 };

static struct unit_test *tests;
static unsigned test_count;
static char *reason; /* the child's word to its parent */

/* Of the child. */
static sigjmp_buf end_of_test;
static bool has_failed, is_skipped;

static int compare(const struct unit_test *a, const struct unit_test *b)
{
	int order = strcmp(a->suite, b->suite);

	if (order != 0 || a->name == NULL || b->name == NULL)
		return order != 0 ? order : (a->name != NULL) - (b->name != NULL);
	return strcmp(a->name, b->name);
}

/* In the order of their names, as constructors have none; a suite's own options come before its tests. */
void unit_add(struct unit_test *test)
{
	struct unit_test **place = &tests;

	while (*place != NULL && compare(*place, test) <= 0)
		place = &(*place)->next;
	test->next = *place;
	*place = test;
	test_count += test->name != NULL;
}

__attribute__((format(printf, 4, 0))) static void tell_failure(const char *file, int line, const char *what,
							       const char *format, va_list arguments)
{
	printf("# %s:%d: %s:", file, line, what);
	vprintf(format, arguments);
	putchar('\n');
	fflush(stdout);
	has_failed = true;
}

void unit_failed(const char *file, int line, const char *what, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	tell_failure(file, line, what, format, arguments);
	va_end(arguments);
}

void unit_ended(const char *file, int line, const char *what, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	tell_failure(file, line, what, format, arguments);
	va_end(arguments);
	siglongjmp(end_of_test, 1);
}

void unit_log(const char *format, ...)
{
	va_list arguments;

	fputs("# ", stdout);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

void unit_skip(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, REASON_SIZE, format, arguments);
	va_end(arguments);
	is_skipped = true;
	siglongjmp(end_of_test, 1);
}

/* The test's options where it has them, the suite's elsewhere. */
static struct unit_options options_of(const struct unit_test *test)
{
	struct unit_options options = test->options;

	for (const struct unit_test *other = tests; other != NULL; other = other->next) {
		if (other->name != NULL || strcmp(other->suite, test->suite) != 0)
			continue;
		options.init = options.init != NULL ? options.init : other->options.init;
		options.fini = options.fini != NULL ? options.fini : other->options.fini;
		options.timeout = options.timeout > 0 ? options.timeout : other->options.timeout;
	}
	return options;
}

static int run_here(const struct unit_test *test, const struct unit_options *options)
{
	if (sigsetjmp(end_of_test, 1) == 0) {
		if (options->init != NULL)
			options->init();
		test->run();
	}
	if (sigsetjmp(end_of_test, 1) == 0 && options->fini != NULL)
		options->fini();
	return has_failed ? 1 : is_skipped ? STATUS_SKIPPED : 0;
}

static void tell(unsigned number, const struct unit_test *test, int status)
{
	bool skipped = WIFEXITED(status) && WEXITSTATUS(status) == STATUS_SKIPPED;

	if (WIFSIGNALED(status))
		printf("# %s\n", WTERMSIG(status) == SIGALRM ? "too slow" : strsignal(WTERMSIG(status)));
	printf("%sok %u - %s::%s%s%s\n", status == 0 || skipped ? "" : "not ", number, test->suite, test->name,
	       skipped ? " # SKIP " : "", skipped ? reason : "");
	fflush(stdout);
}

static bool run(unsigned number, const struct unit_test *test)
{
	struct unit_options options = options_of(test);
	int status = 1 << 8;
	pid_t child;

	reason[0] = '\0';
	child = fork();
	if (child == 0) {
		setpgid(0, 0);
		alarm(options.timeout > 0 ? (unsigned)options.timeout : USUAL_TIMEOUT);
		status = run_here(test, &options);
		fflush(stdout);
		_exit(status);
	}
	if (child > 0) {
		waitpid(child, &status, 0);
		kill(-child, SIGKILL);
	}
	tell(number, test, status);
	return status == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_SKIPPED);
}

int main(void)
{
	bool all_hold = true;
	unsigned number = 0;

	reason = mmap(NULL, REASON_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (reason == MAP_FAILED) {
		puts("Bail out! no memory");
		return 1;
	}
	printf("1..%u\n", test_count);
	fflush(stdout);
	for (const struct unit_test *test = tests; test != NULL; test = test->next)
		if (test->name != NULL)
			all_hold = run(++number, test) && all_hold;
	return all_hold ? 0 : 1;
}
