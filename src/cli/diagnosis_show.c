/* SPDX-License-Identifier: MIT */
/*
 * diagnosis_show.c - a diagnosis as text: the verdict, the findings, the table of hooks.
 */
#include "cli/diagnosis_show.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/say.h"
#include "cli/table.h"

enum { IMPORTERS_SHOWN = 4, NAME_SHOWN = 40 };

static const struct table_column columns[] = { { "SYMBOL", false }, { "COVERED", false }, { "IMPORTED BY", false } };

const char *process_mode(const struct process *process)
{
	const char *mode = process_variable(process, "CUTOUT_MODE");

	return mode != NULL ? mode : "enforce";
}

static const char *verdict_words(enum coverage verdict)
{
	return verdict == COVERED ? "covered" : verdict == COVERED_PARTLY ? "covered in part" : "not covered";
}

static void show_trail(const struct trail *trail)
{
	if (trail->why[0] != '\0')
		return; /* it leads nowhere; a finding says so */
	for (size_t i = 1; i < trail->count; i++)
		printf("%s%s", i == 1 ? "  run by " : ", which runs ", trail->paths[i]);
	if (trail->count > 1)
		putchar('\n');
}

static void show_file(const struct diagnosis *diagnosis)
{
	const struct elf_file *file;
	char loader[PATH_MAX];

	if (diagnosis->closure.count == 0)
		return;
	file = &diagnosis->closure.list[0]->elf;
	printf("  %s ELF", file->elf_class == ELFCLASS64 ? "64-bit" : "32-bit");
	if (file->loader != NULL) {
		snprintf(loader, sizeof(loader), "%s", file->loader);
		printf(", %s (%s)", libc_name(diagnosis->libc), make_printable(loader));
	}
	if (diagnosis->is_go)
		printf(", %s", diagnosis->go_version[0] != '\0' ? diagnosis->go_version : "Go");
	if (diagnosis->closure.count > 1)
		printf(", %zu librar%s", diagnosis->closure.count - 1, diagnosis->closure.count == 2 ? "y" : "ies");
	putchar('\n');
}

static void show_process(const struct process *process)
{
	if (process->object[0] == '\0')
		return;
	printf("  has %s", process->object);
	if (process->panel[0] != '\0')
		printf(", panel %s, mode %s", process->panel, process_mode(process));
	putchar('\n');
}

static void show_findings(const struct findings *findings)
{
	static const char *const words[] = { [COVERED] = "note", [COVERED_PARTLY] = "partly", [NOT_COVERED] = "no" };

	for (int worst = NOT_COVERED; worst >= COVERED; worst--)
		for (size_t i = 0; i < findings->count; i++) {
			const struct finding *finding = &findings->list[i];

			if ((int)finding->coverage != worst)
				continue;
			printf("%6s: %s\n", words[finding->coverage], finding->reason);
			if (finding->remedy != NULL)
				printf("        -> %s\n", finding->remedy);
		}
}

static void put_importers(char *cell, const struct import *import)
{
	struct text text;

	text_init(&text, cell, TABLE_CELL_MAX);
	for (size_t i = 0; i < import->importer_count && i < IMPORTERS_SHOWN; i++) {
		if (i > 0)
			text_put(&text, ", ");
		text_put_bytes(&text, import->importers[i], strnlen(import->importers[i], NAME_SHOWN));
	}
	if (import->importer_count > IMPORTERS_SHOWN) {
		text_put(&text, " and ");
		text_put_number(&text, import->importer_count - IMPORTERS_SHOWN);
		text_put(&text, " more");
	}
}

static bool show_imports(const struct diagnosis *diagnosis)
{
	struct table table = { columns, sizeof(columns) / sizeof(columns[0]), NULL, 0 };
	bool is_reached = findings_verdict(&diagnosis->findings) != NOT_COVERED;
	bool done = true;

	for (size_t i = 0; done && i < diagnosis->import_count; i++) {
		const struct import *import = &diagnosis->imports[i];
		struct table_row *row = table_add(&table);
		bool is_covered = is_reached && import->is_hooked && !import->is_overridden;

		done = row != NULL;
		if (!done)
			break;
		row->colour = is_covered ? "32" : "31";
		snprintf(row->cells[0], TABLE_CELL_MAX, "%s", import->symbol);
		make_printable(row->cells[0]);
		strcpy(row->cells[1], is_covered ? "yes" : "no");
		put_importers(row->cells[2], import);
	}
	if (done && table.row_count > 0) {
		putchar('\n');
		table_print(&table, stdout, table_wants_colour(stdout));
	}
	table_release(&table);
	return done;
}

bool diagnosis_show(const struct diagnosis *diagnosis, const char *program, const struct process *process)
{
	const char *verdict = verdict_words(findings_verdict(&diagnosis->findings));
	bool done;

	if (process != NULL)
		printf("process %d (%s): %s\n", (int)process->pid, program, verdict);
	else
		printf("%s: %s\n", program, verdict);
	show_trail(&diagnosis->trail);
	show_file(diagnosis);
	if (process != NULL)
		show_process(process);
	show_findings(&diagnosis->findings);
	done = show_imports(diagnosis) && !diagnosis->findings.is_incomplete;
	return done || say_out_of_memory();
}
