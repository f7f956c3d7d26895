/* SPDX-License-Identifier: MIT */
/*
 * vdso.c - find things in the object that the kernel maps into every process.
 *
 * The image is the kernel's, and trusted as such: there is no check of bounds. The number of
 * symbols comes from DT_HASH, or from DT_GNU_HASH where the kernel was linked without the former
 * (most distributions since Linux 6.x).
 */
#include "base/vdso.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct vdso {
	uintptr_t base; /* what the addresses inside the image are relative to; 0 where an emulator has bound it */
	const char *strings;
	const ElfW(Sym) *symbols;
	const uint32_t *hash;
	const uint32_t *gnu_hash;
};

/* Addresses are numbers until the base is added: of an image that is bound already they are the whole. */
static void *at_address(const struct vdso *vdso, uintptr_t address)
{
	return (void *)(vdso->base + address); // NOLINT(performance-no-int-to-ptr)
}

/* The dynamic section, with `base` set; NULL if the image has none. */
static const ElfW(Dyn) *find_dynamic(struct vdso *vdso, const char *image)
{
	const ElfW(Ehdr) *header = (const void *)image;
	const ElfW(Phdr) *segment = (const void *)(image + header->e_phoff);
	const ElfW(Dyn) *dynamic = NULL;
	bool is_loaded = false;

	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return NULL;
	for (unsigned i = 0; i < header->e_phnum; i++, segment++) {
		if (segment->p_type == PT_LOAD && !is_loaded) {
			vdso->base = (uintptr_t)image + segment->p_offset - segment->p_vaddr;
			is_loaded = true;
		} else if (segment->p_type == PT_DYNAMIC) {
			dynamic = (const void *)(image + segment->p_offset);
		}
	}
	return is_loaded ? dynamic : NULL;
}

static void read_dynamic(struct vdso *vdso, const ElfW(Dyn) *entry)
{
	for (; entry->d_tag != DT_NULL; entry++) {
		const void *at = at_address(vdso, entry->d_un.d_ptr);

		if (entry->d_tag == DT_STRTAB)
			vdso->strings = at;
		else if (entry->d_tag == DT_SYMTAB)
			vdso->symbols = at;
		else if (entry->d_tag == DT_HASH)
			vdso->hash = at;
		else if (entry->d_tag == DT_GNU_HASH)
			vdso->gnu_hash = at;
	}
}

/* A GNU table does not say how many symbols it has: the last chain ends at the last of them. */
static uint32_t count_gnu(const uint32_t *table)
{
	uint32_t buckets = table[0];
	uint32_t first = table[1];
	const uint32_t *bucket = table + 4 + table[2] * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
	const uint32_t *chain = bucket + buckets;
	uint32_t last = 0;

	for (uint32_t i = 0; i < buckets; i++)
		if (bucket[i] > last)
			last = bucket[i];
	if (last < first)
		return first;
	while ((chain[last - first] & 1) == 0)
		last++;
	return last + 1;
}

static uint32_t count_symbols(const struct vdso *vdso)
{
	if (vdso->hash != NULL)
		return vdso->hash[1];
	return vdso->gnu_hash != NULL ? count_gnu(vdso->gnu_hash) : 0;
}

/* Names and descriptions of notes take whole words. */
static size_t whole_words(uint32_t size)
{
	return ((size_t)size + 3) & ~(size_t)3;
}

/* That of the kernel: LINUX_VERSION_CODE under the name "Linux", type 0. */
static uint32_t version_in_notes(const char *at, const char *end)
{
	static const char owner[] = "Linux";

	while ((size_t)(end - at) >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)at;
		const char *name = at + sizeof(*note), *description = name + whole_words(note->n_namesz);
		uint32_t version;

		if (note->n_type == 0 && note->n_namesz == sizeof(owner) && note->n_descsz == sizeof(version) &&
		    memcmp(name, owner, sizeof(owner)) == 0) {
			memcpy(&version, description, sizeof(version));
			return version;
		}
		at = description + whole_words(note->n_descsz);
		if (at > end)
			break;
	}
	return 0;
}

uint32_t vdso_linux_version(const void *image)
{
	const ElfW(Ehdr) *header = image;
	const ElfW(Phdr) *segment;
	uint32_t version = 0;

	if (header == NULL || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return 0;
	segment = (const void *)((const char *)image + header->e_phoff);
	for (unsigned i = 0; i < header->e_phnum && version == 0; i++, segment++) {
		const char *notes = (const char *)image + segment->p_offset;

		if (segment->p_type == PT_NOTE)
			version = version_in_notes(notes, notes + segment->p_filesz);
	}
	return version;
}

void *vdso_symbol(const void *image, const char *name)
{
	struct vdso vdso = { .base = 0 };
	const ElfW(Dyn) *dynamic = image != NULL ? find_dynamic(&vdso, image) : NULL;

	if (dynamic == NULL)
		return NULL;
	read_dynamic(&vdso, dynamic);
	if (vdso.strings == NULL || vdso.symbols == NULL)
		return NULL;
	for (uint32_t i = 0, count = count_symbols(&vdso); i < count; i++) {
		const ElfW(Sym) *symbol = &vdso.symbols[i];

		if (symbol->st_shndx != SHN_UNDEF && strcmp(vdso.strings + symbol->st_name, name) == 0)
			return at_address(&vdso, symbol->st_value);
	}
	return NULL;
}
