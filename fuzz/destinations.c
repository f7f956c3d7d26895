/* SPDX-License-Identifier: MIT */
/*
 * destinations.c - any text as HOST:PORT of the command line: it is one, and says the same when it is tidied up, or a
 * line tells why it is none.
 */
#include <string.h>

#include "cli/destination.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct destination destination, again;
	char why[512] = "";

	if (destination_parse(&destination, text, why, sizeof(why))) {
		FUZZ_MUST(strlen(destination.text) > 0 && strlen(destination.text) < sizeof(destination.text));
		FUZZ_MUST((destination.name[0] != '\0') == (destination.addr.family == ADDR_NONE));
		FUZZ_MUST(destination_parse(&again, destination.text, why, sizeof(why)));
		FUZZ_MUST(strcmp(again.text, destination.text) == 0 && strcmp(again.name, destination.name) == 0);
		FUZZ_MUST(again.protocol == destination.protocol && addr_equal(&again.addr, &destination.addr));
	} else {
		FUZZ_MUST(why[0] != '\0' && strlen(why) < sizeof(why));
	}
	free(text);
	return 0;
}
