/* SPDX-License-Identifier: MIT */
/*
 * fuzz.c - what the fuzz targets share.
 */
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	FUZZ_MUST(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* One file for all of them: opened by its path it is read from its start. */
const char *fuzz_file(const uint8_t *data, size_t size)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_MUST(fd >= 0 && ftruncate(fd, 0) == 0);
	FUZZ_MUST(size == 0 || pwrite(fd, data, size, 0) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

/* (what the sanitizers say goes where their log_path leads) */
void fuzz_hush(void)
{
	static bool is_hushed;

	if (is_hushed)
		return;
	is_hushed = true;
	FUZZ_MUST(freopen("/dev/null", "w", stdout) != NULL);
	FUZZ_MUST(getenv("FUZZ_LOUD") != NULL || freopen("/dev/null", "w", stderr) != NULL);
}
