/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h - what a fuzz target is: one function that takes any bytes, and comes back.
 *
 * Whatever they are, it must neither crash nor loop for ever nor leave anything behind; what must hold beyond that
 * is FUZZ_MUST(). libFuzzer calls it (./configure --enable-libfuzzer, scripts/fuzz), or driver.c once for each file
 * that it is given, so that the seeds are tests wherever there is a compiler. One thread.
 */
#ifndef CUTOUT_FUZZ_H
#define CUTOUT_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_MUST(condition)                                                                                         \
	do {                                                                                                         \
		if (!(condition)) {                                                                                  \
			fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition);                   \
			abort();                                                                                     \
		}                                                                                                    \
	} while (0)

/* A copy with a NUL behind it, for who wants a string. To be freed. */
char *fuzz_text(const uint8_t *data, size_t size);

/* The bytes as a file, under a path that is good until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

/* From here on nothing that the target prints is seen. */
void fuzz_hush(void);

#endif
