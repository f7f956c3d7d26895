/* SPDX-License-Identifier: MIT */
/*
 * test_image.c - whatever a file holds, looking at its head does no harm.
 */
#include "cli/image.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char loader[] = "/lib/ld.so";

struct file {
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;
	char loader[sizeof(loader)];
};

static struct file dynamic(void)
{
	struct file file = {
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
				     sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32,
				     __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB },
			.e_machine = EM_X86_64,
			.e_phoff = offsetof(struct file, segment),
			.e_phentsize = sizeof(ElfW(Phdr)),
			.e_phnum = 1,
		},
		.segment = { .p_type = PT_INTERP, .p_offset = offsetof(struct file, loader), .p_filesz = sizeof(loader) },
	};

	memcpy(file.loader, loader, sizeof(loader));
	return file;
}

static struct image look_at(const void *bytes, size_t length)
{
	char path[] = "/tmp/cutout-test-image-XXXXXX";
	int fd = mkstemp(path);
	struct image image;

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, bytes, length), (ssize_t)length);
	close(fd);
	image_read(&image, path);
	unlink(path);
	return image;
}

Test(image, a_dynamic_program_has_a_loader)
{
	struct file file = dynamic();
	struct image image = look_at(&file, sizeof(file));

	cr_assert_eq(image.kind, IMAGE_ELF);
	cr_assert_eq(image.machine, EM_X86_64);
	cr_assert(image.has_loader);
	cr_assert_str_eq(image.interpreter, loader);
}

Test(image, a_static_program_has_none)
{
	struct file file = dynamic();
	struct image image;

	file.segment.p_type = PT_LOAD;
	image = look_at(&file, sizeof(file));
	cr_assert_eq(image.kind, IMAGE_ELF);
	cr_assert_not(image.has_loader);
}

Test(image, a_script_has_an_interpreter)
{
	cr_assert_str_eq(look_at("#! /bin/sh -e\n", 14).interpreter, "/bin/sh");
	cr_assert_str_eq(look_at("#!/bin/sh", 9).interpreter, "/bin/sh");
	cr_assert_eq(look_at("#!\n", 3).kind, IMAGE_UNKNOWN);
}

Test(image, an_interpreter_has_one_argument_with_its_blanks)
{
	cr_assert_str_eq(look_at("#!/bin/sh\n", 10).argument, "");
	cr_assert_str_eq(look_at("#!/usr/bin/env  -S a b \t\nc", 26).argument, "-S a b");
}

Test(image, text_without_an_interpreter_is_told_from_bytes)
{
	cr_assert_eq(look_at("#", 1).kind, IMAGE_TEXT);
	cr_assert_eq(look_at("", 0).kind, IMAGE_TEXT);
	cr_assert_eq(look_at("exit 0\n", 7).kind, IMAGE_TEXT);
	cr_assert_eq(look_at("a\0b", 3).kind, IMAGE_UNKNOWN);
}

Test(image, an_interpreter_that_does_not_end_is_none)
{
	char text[1024] = "#!";

	memset(text + 2, 'x', sizeof(text) - 2);
	cr_assert_eq(look_at(text, sizeof(text)).kind, IMAGE_SCRIPT);
	cr_assert_lt(strlen(look_at(text, sizeof(text)).interpreter), sizeof(((struct image *)NULL)->interpreter));
}

Test(image, a_loader_that_is_not_in_the_file_is_left_out)
{
	struct file file = dynamic();

	file.segment.p_filesz = SIZE_MAX / 2;
	cr_assert_str_eq(look_at(&file, sizeof(file)).interpreter, "");
	file.segment.p_filesz = sizeof(loader) - 1; /* without its NUL */
	cr_assert_str_eq(look_at(&file, sizeof(file)).interpreter, "");
	file = dynamic();
	file.segment.p_offset = (ElfW(Off))-1;
	cr_assert_str_eq(look_at(&file, sizeof(file)).interpreter, "");
}

Test(image, segments_that_are_not_in_the_file_say_nothing)
{
	struct file file = dynamic();

	file.header.e_phnum = 2;
	file.segment.p_type = PT_LOAD;
	file.header.e_phoff = (ElfW(Off))-1;
	cr_assert_eq(look_at(&file, sizeof(file)).kind, IMAGE_UNKNOWN);
	file.header.e_phoff = sizeof(file) - 1;
	cr_assert_eq(look_at(&file, sizeof(file)).kind, IMAGE_UNKNOWN);
	file.header.e_phnum = 0xffff;
	cr_assert_eq(look_at(&file, sizeof(file)).kind, IMAGE_UNKNOWN);
}

Test(image, every_truncation_and_every_damaged_byte_does_no_harm)
{
	struct file file = dynamic();
	unsigned char bytes[sizeof(file)];

	for (size_t length = 0; length < sizeof(file); length++)
		look_at(&file, length);
	for (size_t i = 0; i < sizeof(file); i++) {
		memcpy(bytes, &file, sizeof(file));
		bytes[i] ^= 0xff;
		look_at(bytes, sizeof(bytes));
	}
}

Test(image, what_is_no_regular_file_is_not_read)
{
	struct image image;

	image_read(&image, "/dev/zero");
	cr_assert_eq(image.kind, IMAGE_UNKNOWN);
	image_read(&image, "/");
	cr_assert_eq(image.kind, IMAGE_UNKNOWN);
	image_read(&image, "/no/such/file");
	cr_assert_eq(image.kind, IMAGE_UNKNOWN);
}
