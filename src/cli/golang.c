/* SPDX-License-Identifier: MIT */
/*
 * golang.c - the marks of Go: the note with its build id, and the record that `go version` reads.
 *
 * The record (debug/buildinfo) begins with a magic text, the size of pointers and flags, in 16 bytes. Since Go
 * 1.18 the version stands behind 32 bytes, its length in front of it; before, a pointer leads to a pointer to it.
 */
#include "cli/golang.h"

#include <elf.h>
#include <string.h>

enum { RECORD_HEAD = 32, SCAN_STEP = 16, SCAN_MAX = 64 << 10, FLAG_BIG_ENDIAN = 1, FLAG_INLINE = 2 };

static const char magic[] = "\xff Go buildinf:";

static bool is_record(const unsigned char *bytes)
{
	return memcmp(bytes, magic, sizeof(magic) - 1) == 0;
}

/* In the section of that name it is the first thing; without sections it is somewhere in the data. */
static bool find_record(const struct elf_file *file, uint64_t *address)
{
	static unsigned char data[SCAN_MAX];
	uint64_t length;

	if (!elf_find_data(file, ".go.buildinfo", address, &length))
		return false;
	if (length > sizeof(data))
		length = sizeof(data);
	if (!elf_bytes(file, *address, data, length))
		return false;
	for (size_t at = 0; at + RECORD_HEAD <= length; at += SCAN_STEP)
		if (is_record(data + at)) {
			*address += at;
			return true;
		}
	return false;
}

static bool read_word(const struct elf_file *file, uint64_t address, unsigned width, bool is_big, uint64_t *word)
{
	unsigned char bytes[8];

	if ((width != 4 && width != 8) || !elf_bytes(file, address, bytes, width))
		return false;
	*word = 0;
	for (unsigned i = 0; i < width; i++)
		*word = *word << 8 | bytes[is_big ? i : width - 1 - i];
	return true;
}

/* What does not look like a version is none. */
static void read_text(const struct elf_file *file, uint64_t address, uint64_t length, char *version, size_t size)
{
	if (length == 0 || length >= size || !elf_bytes(file, address, version, length))
		length = 0;
	version[length] = '\0';
	for (const char *at = version; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			version[0] = '\0';
}

/* One byte of length is enough for any version there has been. */
static void read_inline(const struct elf_file *file, uint64_t address, char *version, size_t size)
{
	unsigned char length;

	if (elf_bytes(file, address, &length, 1) && length < 0x80)
		read_text(file, address + 1, length, version, size);
}

static void read_pointed(const struct elf_file *file, uint64_t address, unsigned width, bool is_big, char *version,
			 size_t size)
{
	uint64_t string, text, length;

	if (read_word(file, address, width, is_big, &string) && read_word(file, string, width, is_big, &text) &&
	    read_word(file, string + width, width, is_big, &length))
		read_text(file, text, length, version, size);
}

bool golang_made(const struct elf_file *file, char *version, size_t size)
{
	unsigned char head[RECORD_HEAD];
	uint64_t address;

	version[0] = '\0';
	if (!find_record(file, &address) || !elf_bytes(file, address, head, sizeof(head)))
		return file->has_go_note;
	if ((head[15] & FLAG_INLINE) != 0)
		read_inline(file, address + RECORD_HEAD, version, size);
	else
		read_pointed(file, address + 16, head[14], (head[15] & FLAG_BIG_ENDIAN) != 0, version, size);
	return true;
}
