/* SPDX-License-Identifier: MIT */
/*
 * damage.c - thousands of damaged ELF files for the doctor, the same ones each time.
 *
 * Files are this program itself, the object, and small ones that make_elf makes (another word size, another byte order,
 * marks of Go). Damage goes where the reader looks: headers, the dynamic section, tables, lengths; and anywhere.
 * CUTOUT_DAMAGES is how many of each; with CUTOUT_DAMAGE_SHOW set, the last number on stderr is that of the file that
 * brought it down.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "fuzz_elf.h"

enum { DAMAGES = 1500, HEADERS = 1024, FILE_MAX = 4 << 20 };

static uint64_t seed;

static uint64_t draw(void)
{
	return hash_mix(seed += UINT64_C(0x9e3779b97f4a7c15));
}

struct file {
	uint8_t *bytes;
	size_t size;
};

static bool read_file(struct file *file, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat found;

	if (fd < 0 || fstat(fd, &found) != 0 || found.st_size > FILE_MAX)
		return false;
	file->size = (size_t)found.st_size;
	file->bytes = malloc(file->size);
	if (file->bytes == NULL || read(fd, file->bytes, file->size) != found.st_size)
		return false;
	close(fd);
	return true;
}

/* Where the reader looks: behind a header, or in a segment or section that one of them names. */
static size_t draw_place(const struct file *file)
{
	const Elf64_Ehdr *header = (const void *)file->bytes;
	uint64_t place = draw() % HEADERS;

	if (file->size > sizeof(*header) && header->e_ident[EI_CLASS] == ELFCLASS64 && draw() % 4 != 0) {
		uint64_t table = draw() % 2 == 0 ? header->e_shoff : header->e_phoff;

		if (table < file->size)
			place = table + draw() % HEADERS;
		if (draw() % 2 == 0 && place + 8 <= file->size) {
			uint64_t pointed;

			memcpy(&pointed, file->bytes + (place & ~UINT64_C(7)), sizeof(pointed));
			place = pointed % file->size + draw() % 64;
		}
	} else if (draw() % 8 == 0) {
		place = draw();
	}
	return place % file->size;
}

static uint64_t draw_value(const struct file *file)
{
	switch (draw() % 8) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return UINT64_C(1) << draw() % 64;
	case 3:
		return (UINT64_C(1) << draw() % 64) - 1;
	case 4:
		return file->size + draw() % 16 - 8;
	case 5:
		return draw() % 64;
	case 6:
		return draw() % file->size;
	default:
		return draw();
	}
}

static void damage(struct file *file)
{
	static const size_t widths[] = { 1, 2, 4, 8 };
	unsigned count = 1 + (unsigned)(draw() % 6);

	if (draw() % 10 == 0)
		file->size = 1 + draw() % file->size;
	for (unsigned i = 0; i < count; i++) {
		size_t width = widths[draw() % 4];
		size_t place = draw_place(file);
		uint64_t value = draw_value(file);

		if (place + width <= file->size)
			memcpy(file->bytes + place, &value, width);
	}
}

static void try_one(const struct file *whole, uint64_t number)
{
	struct file file = { malloc(whole->size), whole->size };

	if (file.bytes == NULL)
		abort();
	memcpy(file.bytes, whole->bytes, whole->size);
	seed = number << 20;
	damage(&file);
	if (getenv("CUTOUT_DAMAGE_SHOW") != NULL)
		fprintf(stderr, "# %llu\n", (unsigned long long)number);
	LLVMFuzzerTestOneInput(file.bytes, file.size);
	free(file.bytes);
}

static bool make(const char *path, const char *words)
{
	char command[512];

	snprintf(command, sizeof(command), "tests/cli/make_elf %s %s", path, words);
	return system(command) == 0;
}

static bool try_file(const char *path, unsigned long count)
{
	struct file whole;

	if (!read_file(&whole, path))
		return false;
	LLVMFuzzerTestOneInput(whole.bytes, whole.size);
	for (unsigned long i = 0; i < count; i++)
		try_one(&whole, i);
	free(whole.bytes);
	return true;
}

static void tell(unsigned number, bool is_good, const char *what)
{
	printf("%s %u - damaged files do no harm: %s\n", is_good ? "ok" : "not ok", number, what);
	fflush(stdout);
}

int main(void)
{
	static const char *const made[] = {
		"class=32 machine=3", "machine=22", "go=go1.22.1 note", "go=go1.22.1 pointed stripped",
		"loader=/lib64/ld-linux-x86-64.so.2",
	};
	const unsigned made_count = sizeof(made) / sizeof(made[0]);
	const struct rlimit memory = { UINT64_C(4) << 30, UINT64_C(4) << 30 };
	const char *wanted = getenv("CUTOUT_DAMAGES");
	const char *object = getenv("CUTOUT_OBJECT");
	unsigned long count = wanted != NULL ? strtoul(wanted, NULL, 10) : DAMAGES;
	char path[] = "/tmp/cutout-test-damage-XXXXXX";
	int fd = mkstemp(path);

	/* A length that was believed shows. Sanitizers take address space by themselves. */
	if (getenv("CUTOUT_SANITIZERS") == NULL)
		setrlimit(RLIMIT_AS, &memory);
	alarm(240);
	if (fd < 0)
		return 1;
	close(fd);
	printf("1..%u\n", made_count + 2);
	tell(1, try_file("/proc/self/exe", count / 3), "a program");
	tell(2, try_file(object != NULL ? object : ".libs/libcutout.so", count / 3), "the object");
	for (unsigned i = 0; i < made_count; i++)
		tell(i + 3, make(path, made[i]) && try_file(path, count), made[i]);
	unlink(path);
	return 0;
}
