/* SPDX-License-Identifier: MIT */
/*
 * elf.h - what the loader would make of an ELF file: its dynamic section, and symbols that somebody asked for.
 *
 * By the program headers, as the loader reads it: a file without section headers is as good. Nothing that a
 * damaged or hostile file says is trusted. Texts of the file come out as they are, whatever bytes they hold.
 */
#ifndef CUTOUT_CLI_ELF_H
#define CUTOUT_CLI_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* A symbol: imported, or defined here for others. */
struct elf_symbol {
	const char *name;
	bool is_defined;
};

struct elf_file {
	uint8_t elf_class; /* ELFCLASS32, ELFCLASS64 */
	uint8_t data;      /* ELFDATA2LSB, ELFDATA2MSB */
	uint16_t type;     /* ET_EXEC, ET_DYN, … */
	uint16_t machine;
	const char *loader; /* PT_INTERP; NULL: none; "": damaged */
	bool has_dynamic;
	bool is_damaged;    /* it says things that cannot be; what could be read is here */
	bool is_symbolic;   /* -Bsymbolic: its own definitions come first */
	bool is_pie;
	bool has_own_directories_only; /* -z nodefaultlib */
	bool has_go_note;   /* the build id of Go */
	const char *soname; /* these three: NULL where there is none */
	const char *rpath;
	const char *runpath;
	const char **needed;
	size_t needed_count;
	struct elf_symbol *symbols;
	size_t symbol_count;

	/* until elf_close() */
	void *handle;
	int fd;
};

enum elf_result { ELF_OPEN, ELF_FOREIGN, ELF_UNREADABLE };

/* Whether a symbol is wanted: one that the loader knows (`is_dynamic`), or one that only debuggers do. */
typedef bool elf_wish(const char *name, bool is_dynamic);

/*
 * Reads the file at `path` into memory of `arena`, of its symbols those that `wants` says yes to. ELF_FOREIGN:
 * it is no ELF file. ELF_UNREADABLE: it cannot be opened or read, errno says why.
 */
enum elf_result elf_open(struct elf_file *file, const char *path, struct arena *arena, elf_wish *wants);

/* Everything in `file` but these two functions' ways into it stays valid. */
void elf_close(struct elf_file *file);

/* `length` bytes from where they will be in memory; false when the file does not have them. */
bool elf_bytes(const struct elf_file *file, uint64_t address, void *to, size_t length);

/* Where the section of that name, or else the first writable segment, will be in memory. */
bool elf_find_data(const struct elf_file *file, const char *section, uint64_t *address, uint64_t *length);

#endif
