/* SPDX-License-Identifier: MIT */
/*
 * traces.c - any bytes as a trace: cutout simulate runs it under two policies, or says what is wrong with it.
 *
 * Up to the first "\n--\n", where there is one, they are the options of a third policy.
 */
#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#include "cli/cmd.h"
#include "fuzz.h"

static int simulate(char *path, char *third, bool is_json)
{
	char *arguments[16] = { "simulate", "-p", "failures=2 timeout=1s jitter=50%", "-p",
				"failure-rate=50% min-calls=2 window=5s slow-call=1s slow-rate=30%", "--seed=1" };
	int count = 6;

	if (third != NULL) {
		arguments[count++] = "-p";
		arguments[count++] = third;
	}
	if (is_json)
		arguments[count++] = "--json";
	arguments[count++] = path;
	optind = 0; /* getopt() begins anew */
	return cmd_simulate_entry.run(count, arguments);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *mark = size > 0 ? memmem(data, size, "\n--\n", 4) : NULL;
	char *third = mark != NULL ? fuzz_text(data, (size_t)(mark - data)) : NULL;
	const uint8_t *start = mark != NULL ? mark + 4 : data;
	char *path;
	int status;

	fuzz_hush();
	path = strdup(fuzz_file(start, size - (size_t)(start - data)));
	FUZZ_MUST(path != NULL);
	status = simulate(path, third, size % 2);
	FUZZ_MUST(status == CMD_OK || status == CMD_USAGE);
	free(third);
	free(path);
	return 0;
}
