/* SPDX-License-Identifier: MIT */
/*
 * fuzz_elf.c - whatever bytes a file has, the doctor reads it and comes to an end.
 *
 * libFuzzer's entry, and damage.c's. For hours of it, with SOURCES those of src/ in tests_cli_damage_SOURCES
 * (Makemodule.am), and files of make_elf to begin with:
 *
 *   clang -fsanitize=fuzzer,address,undefined -g -D_GNU_SOURCE -DCUTOUT_BINDIR='""' -DLIBCUTOUT_PATH='""' -I src \
 *         -I BUILD/src tests/cli/fuzz_elf.c SOURCES src/base/[a-z]*.c -lelf -o fuzz && ./fuzz -max_len=20000 CORPUS
 */
#include "fuzz_elf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/diagnosis.h"

static const char *file_of(const uint8_t *data, size_t size)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("damaged", MFD_CLOEXEC);
		if (fd < 0 || fchmod(fd, 0755) != 0)
			abort();
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	return path;
}

static void check_findings(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->list[i].reason == NULL || findings->list[i].coverage > NOT_COVERED)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct diagnosis diagnosis;
	const char *object = getenv("CUTOUT_OBJECT");
	const char *path = file_of(data, size);

	memset(&diagnosis, 0, sizeof(diagnosis));
	diagnosis.closure = CLOSURE_EMPTY;
	snprintf(diagnosis.object, sizeof(diagnosis.object), "%s", object != NULL ? object : ".libs/libcutout.so");
	diagnosis_judge(&diagnosis, path);
	check_findings(&diagnosis.findings);
	if (diagnosis.closure.count > 0 && strnlen(diagnosis.go_version, sizeof(diagnosis.go_version)) == sizeof(diagnosis.go_version))
		abort();
	diagnosis_release(&diagnosis);
	return 0;
}
