/* SPDX-License-Identifier: MIT */
/*
 * driver.c - runs a fuzz target over files, where libFuzzer does not.
 *
 * usage: TARGET FILE…
 *
 * Ends with status 0 when it has come back from all of them. A loop without end is the caller's to notice.
 */
#include "fuzz.h"

static uint8_t bytes[1 << 20];

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		size_t size;

		if (file == NULL) {
			perror(argv[i]);
			return 1;
		}
		size = fread(bytes, 1, sizeof(bytes), file);
		fclose(file);
		LLVMFuzzerTestOneInput(bytes, size);
	}
	return 0;
}
