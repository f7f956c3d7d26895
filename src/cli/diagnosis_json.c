/* SPDX-License-Identifier: MIT */
/*
 * diagnosis_json.c - a diagnosis for programs. Its keys and their types are fixed: others parse it.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "cli/diagnosis_show.h"
#include "cli/json.h"
#include "cli/version.h"

/* A text that is no UTF-8 comes out as printable ASCII; NULL and "" as null. */
static json_t *text(const char *string)
{
	json_t *json = string != NULL && *string != '\0' ? json_string(string) : json_null();
	char *copy = json == NULL ? strdup(string) : NULL;

	if (copy != NULL)
		json = json_string(make_printable(copy));
	free(copy);
	return json;
}

static json_t *findings_of(const struct diagnosis *diagnosis)
{
	json_t *array = json_array();

	for (size_t i = 0; i < diagnosis->findings.count; i++) {
		const struct finding *finding = &diagnosis->findings.list[i];

		json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s?}", "id", finding->id, "covered",
						       coverage_name(finding->coverage), "reason", finding->reason,
						       "remedy", finding->remedy));
	}
	return array;
}

static json_t *libraries_of(const struct diagnosis *diagnosis)
{
	json_t *array = json_array();

	for (size_t i = 1; i < diagnosis->closure.count; i++) {
		const struct loaded *loaded = diagnosis->closure.list[i];

		json_array_append_new(array, json_pack("{s:o, s:o, s:o}", "name", text(loaded->name), "path",
						       text(loaded->path), "needed_by", text(loaded->needed_by)));
	}
	return array;
}

static json_t *symbols_of(const struct diagnosis *diagnosis)
{
	bool is_reached = findings_verdict(&diagnosis->findings) != NOT_COVERED;
	json_t *array = json_array();

	for (size_t i = 0; i < diagnosis->import_count; i++) {
		const struct import *import = &diagnosis->imports[i];
		json_t *importers = json_array();

		for (size_t j = 0; j < import->importer_count; j++)
			json_array_append_new(importers, text(import->importers[j]));
		json_array_append_new(array,
				      json_pack("{s:o, s:b, s:b, s:o}", "symbol", text(import->symbol), "hooked",
						import->is_hooked, "covered",
						is_reached && import->is_hooked && !import->is_overridden,
						"imported_by", importers));
	}
	return array;
}

static json_t *interpreters_of(const struct trail *trail)
{
	json_t *array = json_array();

	for (size_t i = 1; i < trail->count; i++)
		json_array_append_new(array, text(trail->paths[i]));
	return array;
}

static void add_file(json_t *json, const struct diagnosis *diagnosis)
{
	const struct elf_file *file = diagnosis->closure.count > 0 ? &diagnosis->closure.list[0]->elf : NULL;
	const char *version = diagnosis->go_version[0] != '\0' ? diagnosis->go_version : "unknown";

	json_object_set_new(json, "bits", file == NULL ? json_null() :
			    json_integer(file->elf_class == ELFCLASS64 ? 64 : 32));
	json_object_set_new(json, "machine", file == NULL ? json_null() : json_integer(file->machine));
	json_object_set_new(json, "loader", text(file != NULL ? file->loader : NULL));
	json_object_set_new(json, "libc", text(file != NULL ? libc_name(diagnosis->libc) : NULL));
	json_object_set_new(json, "go", text(diagnosis->is_go ? version : NULL));
}

static void add_process(json_t *json, const struct process *process)
{
	json_object_set_new(json, "pid", json_integer(process->pid));
	json_object_set_new(json, "loaded", json_boolean(process->object[0] != '\0'));
	json_object_set_new(json, "panel", text(process->panel));
	json_object_set_new(json, "mode", text(process->object[0] != '\0' ? process_mode(process) : NULL));
}

bool diagnosis_show_json(const struct diagnosis *diagnosis, const char *program, const struct process *process)
{
	json_t *json = json_object();

	json_object_set_new(json, "program", text(program));
	json_object_set_new(json, "version", text(version_text()));
	json_object_set_new(json, "object",
			    text(process != NULL ? process->object : diagnosis->object));
	if (process != NULL)
		add_process(json, process);
	json_object_set_new(json, "covered", text(coverage_name(findings_verdict(&diagnosis->findings))));
	json_object_set_new(json, "interpreters", interpreters_of(&diagnosis->trail));
	add_file(json, diagnosis);
	json_object_set_new(json, "findings", findings_of(diagnosis));
	json_object_set_new(json, "libraries", libraries_of(diagnosis));
	json_object_set_new(json, "symbols", symbols_of(diagnosis));
	return json_show(diagnosis->findings.is_incomplete ? (json_decref(json), NULL) : json);
}
