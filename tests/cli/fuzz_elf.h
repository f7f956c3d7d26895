/* SPDX-License-Identifier: MIT */
/*
 * fuzz_elf.h - one file for the doctor. Aborts where something does not hold.
 */
#ifndef CUTOUT_TESTS_CLI_FUZZ_ELF_H
#define CUTOUT_TESTS_CLI_FUZZ_ELF_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
