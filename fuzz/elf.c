/* SPDX-License-Identifier: MIT */
/*
 * elf.c - any bytes as a program: cutout doctor says what would be covered of it, or what it is not.
 */
#include <getopt.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/image.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	char *arguments[] = { "doctor", size % 2 ? "--json" : "--", strdup(path), NULL };
	struct image image;
	int status;

	fuzz_hush();
	image_read(&image, path);
	FUZZ_MUST(strlen(image.interpreter) < sizeof(image.interpreter));
	FUZZ_MUST(strlen(image.argument) < sizeof(image.argument));
	optind = 0; /* getopt() begins anew */
	status = cmd_doctor_entry.run(3, arguments);
	FUZZ_MUST(status == CMD_OK || status == CMD_NO || status == CMD_USAGE);
	free(arguments[2]);
	return 0;
}
