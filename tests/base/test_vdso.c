/* SPDX-License-Identifier: MIT */
/*
 * test_vdso.c - functions in the kernel's image, and in images made by hand with one table or the other.
 */
#include "base/vdso.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>

enum { BLOOM_WORDS = 1, SYMBOLS = 4 };

/* A whole object: the symbols are "", an undefined one, "alpha" and "beta". */
struct image {
	ElfW(Ehdr) header;
	ElfW(Phdr) segments[3];
	ElfW(Dyn) dynamic[5];
	ElfW(Sym) symbols[SYMBOLS];
	char strings[32];
	uint32_t hash[2 + 1 + SYMBOLS];
	uint32_t gnu_header[4] __attribute__((aligned(16))); /* no gap behind it */
	ElfW(Addr) gnu_bloom[BLOOM_WORDS];
	uint32_t gnu_buckets[2];
	uint32_t gnu_chains[SYMBOLS];
};

enum { VADDR = 0x1000, ALPHA = 0x40, BETA = 0x50 };

static void build(struct image *image, bool with_hash, bool with_gnu_hash)
{
	static const char strings[] = "\0gone\0alpha\0beta";
	size_t entry = 0;

	memset(image, 0, sizeof(*image));
	memcpy(image->header.e_ident, ELFMAG, SELFMAG);
	image->header.e_phoff = offsetof(struct image, segments);
	image->header.e_phnum = 3;
	image->segments[0].p_type = PT_NOTE;
	image->segments[1].p_type = PT_LOAD;
	image->segments[1].p_vaddr = VADDR;
	image->segments[2].p_type = PT_DYNAMIC;
	image->segments[2].p_offset = offsetof(struct image, dynamic);
	memcpy(image->strings, strings, sizeof(strings));
	image->dynamic[entry].d_tag = DT_STRTAB;
	image->dynamic[entry++].d_un.d_ptr = VADDR + offsetof(struct image, strings);
	image->dynamic[entry].d_tag = DT_SYMTAB;
	image->dynamic[entry++].d_un.d_ptr = VADDR + offsetof(struct image, symbols);
	if (with_hash) {
		image->dynamic[entry].d_tag = DT_HASH;
		image->dynamic[entry++].d_un.d_ptr = VADDR + offsetof(struct image, hash);
	}
	if (with_gnu_hash) {
		image->dynamic[entry].d_tag = DT_GNU_HASH;
		image->dynamic[entry++].d_un.d_ptr = VADDR + offsetof(struct image, gnu_header);
	}
	image->symbols[1] = (ElfW(Sym)){ .st_name = 1, .st_value = 0x30, .st_shndx = SHN_UNDEF };
	image->symbols[2] = (ElfW(Sym)){ .st_name = 6, .st_value = VADDR + ALPHA, .st_shndx = 7 };
	image->symbols[3] = (ElfW(Sym)){ .st_name = 12, .st_value = VADDR + BETA, .st_shndx = 7 };
	image->hash[0] = 1;
	image->hash[1] = SYMBOLS;
	image->gnu_header[0] = 2; /* buckets */
	image->gnu_header[1] = 2; /* first hashed symbol */
	image->gnu_header[2] = BLOOM_WORDS;
	image->gnu_buckets[0] = 2; /* one chain: symbols 2 and 3 */
	image->gnu_chains[0] = 0x1234;
	image->gnu_chains[1] = 0x4321; /* odd: the end */
}

static void check(const struct image *image)
{
	cr_assert_eq(vdso_symbol(image, "alpha"), (const char *)image + ALPHA);
	cr_assert_eq(vdso_symbol(image, "beta"), (const char *)image + BETA);
	cr_assert_null(vdso_symbol(image, "gone"));
	cr_assert_null(vdso_symbol(image, "gamma"));
}

Test(vdso, finds_symbols_by_the_classic_table)
{
	static struct image image;

	build(&image, true, false);
	check(&image);
}

Test(vdso, finds_symbols_where_there_is_only_a_gnu_table)
{
	static struct image image;

	build(&image, false, true);
	check(&image);
}

/* As qemu-user leaves it: each address in it is the whole one. */
Test(vdso, finds_symbols_of_an_image_that_is_bound)
{
	static struct image image;
	uintptr_t base = (uintptr_t)&image - VADDR;

	build(&image, true, true);
	image.segments[1].p_vaddr += base;
	for (ElfW(Dyn) *entry = image.dynamic; entry->d_tag != DT_NULL; entry++)
		entry->d_un.d_ptr += base;
	image.symbols[2].st_value += base;
	image.symbols[3].st_value += base;
	check(&image);
}

Test(vdso, image_without_any_table_or_of_another_kind_has_no_symbols)
{
	static struct image image;

	build(&image, false, false);
	cr_assert_null(vdso_symbol(&image, "alpha"));
	build(&image, true, true);
	image.header.e_ident[0] = 0;
	cr_assert_null(vdso_symbol(&image, "alpha"));
	cr_assert_null(vdso_symbol(NULL, "alpha"));
}

/* Notes of others before and behind it. */
struct notes {
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;
	struct {
		ElfW(Nhdr) header;
		char name[4];
		uint32_t description[3]; /* 11 bytes of it */
	} other;
	struct {
		ElfW(Nhdr) header;
		char name[8];
		uint32_t version;
	} linux_, last;
};

static void build_notes(struct notes *notes, const char *name)
{
	memset(notes, 0, sizeof(*notes));
	memcpy(notes->header.e_ident, ELFMAG, SELFMAG);
	notes->header.e_phoff = offsetof(struct notes, segment);
	notes->header.e_phnum = 1;
	notes->segment.p_type = PT_NOTE;
	notes->segment.p_offset = offsetof(struct notes, other);
	notes->segment.p_filesz = sizeof(*notes) - offsetof(struct notes, other);
	notes->other.header = (ElfW(Nhdr)){ .n_namesz = 4, .n_descsz = 11 };
	strcpy(notes->other.name, "GNU");
	notes->linux_.header = notes->last.header = (ElfW(Nhdr)){ .n_namesz = 6, .n_descsz = 4 };
	strcpy(notes->linux_.name, name);
	notes->linux_.version = 0x060c07;
	strcpy(notes->last.name, "Other");
}

Test(vdso, finds_the_version_among_other_notes)
{
	static struct notes notes;

	build_notes(&notes, "Linux");
	cr_assert_eq(vdso_linux_version(&notes), 0x060c07);
}

Test(vdso, image_without_such_a_note_or_of_another_kind_has_no_version)
{
	static struct notes notes;

	build_notes(&notes, "Minix");
	cr_assert_eq(vdso_linux_version(&notes), 0);
	build_notes(&notes, "Linux");
	notes.linux_.header.n_type = 1;
	cr_assert_eq(vdso_linux_version(&notes), 0);
	build_notes(&notes, "Linux");
	notes.header.e_ident[0] = 0;
	cr_assert_eq(vdso_linux_version(&notes), 0);
	cr_assert_eq(vdso_linux_version(NULL), 0);
}

Test(vdso, finds_the_clock_of_this_machine)
{
	const void *live = (const void *)getauxval(AT_SYSINFO_EHDR);

	if (live == NULL)
		return;
#if defined(__x86_64__)
	cr_assert_not_null(vdso_symbol(live, "__vdso_clock_gettime"));
#elif defined(__aarch64__)
	cr_assert_not_null(vdso_symbol(live, "__kernel_clock_gettime"));
#endif
	cr_assert_null(vdso_symbol(live, "no_such_function"));
}
