/* SPDX-License-Identifier: MIT */
/*
 * imports.c - the table of hooks and their importers.
 */
#include "cli/imports.h"

#include <stdlib.h>
#include <string.h>

#include "cli/hooked.h"

static bool is_for_table(const char *name)
{
	const struct unhooked *unhooked = unhooked_find(name);

	return hooked_is(name) || (unhooked != NULL && unhooked->is_call);
}

bool defines(const struct elf_file *elf, const char *name)
{
	for (size_t i = 0; i < elf->symbol_count; i++)
		if (elf->symbols[i].is_defined && strcmp(elf->symbols[i].name, name) == 0)
			return true;
	return false;
}

static bool is_defined_by_sanitizer(const struct elf_file *elf)
{
	for (size_t i = 0; i < elf->symbol_count; i++)
		if (elf->symbols[i].is_defined && sanitizer_of(elf->symbols[i].name) != NULL)
			return true;
	return false;
}

/* The import of that name, made if there is none; NULL where there is no room. */
static struct import *find(struct import *imports, size_t *count, size_t room, const char *symbol)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(imports[i].symbol, symbol) == 0)
			return &imports[i];
	if (*count == room)
		return NULL;
	imports[*count] = (struct import){ .symbol = symbol, .is_hooked = hooked_is(symbol) };
	return &imports[(*count)++];
}

static void add_importer(struct import *import, struct closure *closure, const char *importer)
{
	if (import->importer_count > 0 && import->importers[import->importer_count - 1] == importer)
		return; /* two versions of one symbol */
	if (import->importers == NULL)
		import->importers = arena_take(&closure->arena, closure->count * sizeof(*import->importers));
	if (import->importers != NULL)
		import->importers[import->importer_count++] = importer;
}

static int rank(const struct import *import)
{
	if (!import->is_hooked || import->is_overridden)
		return 0;
	return strcmp(import->symbol, "connect") == 0 ? 1 : 2;
}

static int compare(const void *left, const void *right)
{
	const struct import *a = left, *b = right;

	return rank(a) != rank(b) ? rank(a) - rank(b) : strcmp(a->symbol, b->symbol);
}

struct import *imports_of(struct closure *closure, size_t *count)
{
	const struct elf_file *program = &closure->list[0]->elf;
	size_t room = hooked_count + 256; /* io_uring_*, res_*: a few dozen of each */
	struct import *imports = arena_take(&closure->arena, room * sizeof(*imports));
	bool passes_on = is_defined_by_sanitizer(program);

	*count = 0;
	for (size_t i = 0; imports != NULL && i < closure->count; i++) {
		const struct loaded *loaded = closure->list[i];

		for (size_t j = 0; j < loaded->elf.symbol_count && !loaded->is_libc; j++) {
			const struct elf_symbol *symbol = &loaded->elf.symbols[j];
			struct import *import = !symbol->is_defined && is_for_table(symbol->name) ?
				find(imports, count, room, symbol->name) : NULL;

			if (import == NULL)
				continue;
			import->is_overridden = !passes_on && defines(program, symbol->name);
			add_importer(import, closure, loaded->name);
		}
	}
	if (imports != NULL)
		qsort(imports, *count, sizeof(*imports), compare);
	return imports;
}
