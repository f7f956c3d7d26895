/* SPDX-License-Identifier: MIT */
/*
 * image.h - a quick look at the head of an executable file: what kind, for which machine, which loader.
 *
 * A few bounded reads; nothing that a damaged or hostile file says is trusted.
 */
#ifndef CUTOUT_CLI_IMAGE_H
#define CUTOUT_CLI_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

enum image_kind {
	IMAGE_UNKNOWN, /* cannot be read, damaged, or something else: nothing is known about it */
	IMAGE_SCRIPT,  /* "#!": interpreter is what runs it */
	IMAGE_TEXT,    /* without "#!": shells and execvp() give it to /bin/sh */
	IMAGE_ELF,
};

struct image {
	enum image_kind kind;
	uint8_t elf_class; /* ELFCLASS32, ELFCLASS64 */
	uint8_t data;      /* ELFDATA2LSB, ELFDATA2MSB */
	uint16_t machine;  /* EM_X86_64, …; in this machine's byte order: compare only where `data` agrees */
	bool has_loader;   /* it has a PT_INTERP; looked for only in images like our own */
	char interpreter[256]; /* of a script, or the loader's path; "" if there is none */
	char argument[256];    /* of a script's interpreter: one, whatever blanks are in it; "" if there is none */
};

void image_read(struct image *image, const char *path);

/* True when both have the same class, byte order and machine. */
bool image_is_alike(const struct image *a, const struct image *b);

#endif
