/* SPDX-License-Identifier: MIT */
/*
 * closure_findings.c - missing libraries, sanitizers, definitions of our names, calls that are not hooked.
 */
#include "cli/closure_findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/hooked.h"
#include "cli/imports.h"

/* "libcrypto.so.3, libp11-kit.so.0 and 3 more" */
struct names {
	char buffer[512];
	size_t count;
};

enum { NAMES_SHOWN = 4 };

static void names_add(struct names *names, const char *name)
{
	size_t length = names->count > 0 ? strlen(names->buffer) : 0;
	struct text text;

	if (names->count++ >= NAMES_SHOWN)
		return;
	text_init(&text, names->buffer + length, sizeof(names->buffer) - length);
	if (length > 0)
		text_put(&text, ", ");
	text_put_bytes(&text, name, strnlen(name, 96));
}

static const char *names_text(struct names *names)
{
	size_t length = strlen(names->buffer);
	struct text text;

	if (names->count > NAMES_SHOWN) {
		text_init(&text, names->buffer + length, sizeof(names->buffer) - length);
		text_put(&text, " and ");
		text_put_number(&text, names->count - NAMES_SHOWN);
		text_put(&text, " more");
	}
	return names->buffer;
}

bool imports(const struct elf_file *elf, const char *name)
{
	for (size_t i = 0; i < elf->symbol_count; i++)
		if (!elf->symbols[i].is_defined && strcmp(elf->symbols[i].name, name) == 0)
			return true;
	return false;
}

static void judge_missing(struct findings *findings, const struct closure *closure)
{
	for (size_t i = 1; i < closure->count; i++) {
		const struct loaded *loaded = closure->list[i];

		if (loaded->path == NULL)
			findings_add(findings, "library-missing", COVERED_PARTLY, "install it, or set LD_LIBRARY_PATH as for the program",
				     "%s, which %s needs, is not found", loaded->name, loaded->needed_by);
		else if (!loaded->is_read || loaded->elf.is_damaged)
			findings_add(findings, "library-unreadable", COVERED_PARTLY, NULL,
				     "%s cannot be read as a library", loaded->path);
	}
}

/* --- sanitizers -------------------------------------------------------------------------------- */

static const char *sanitizer_in(const struct elf_file *elf)
{
	const char *found = NULL;

	for (size_t i = 0; i < elf->symbol_count; i++) {
		const char *name = elf->symbols[i].is_defined ? sanitizer_of(elf->symbols[i].name) : NULL;

		/* UBSan's handlers are in the runtimes of the others, too. */
		if (name != NULL && (found == NULL || strcmp(found, "UndefinedBehaviorSanitizer") == 0))
			found = name;
	}
	return found;
}

/* Only AddressSanitizer, as a library, insists on coming first. */
static void judge_sanitizers(struct findings *findings, const struct closure *closure)
{
	const char *options = getenv("ASAN_OPTIONS");
	bool is_lenient = options != NULL && strstr(options, "verify_asan_link_order=0") != NULL;

	for (size_t i = 0; i < closure->count; i++) {
		const struct loaded *loaded = closure->list[i];
		const char *sanitizer = loaded->is_libc ? NULL : sanitizer_in(&loaded->elf);
		bool is_preloaded = loaded->needed_by != NULL && strcmp(loaded->needed_by, "LD_PRELOAD") == 0;

		if (sanitizer == NULL)
			continue;
		if (i > 0 && strcmp(sanitizer, "AddressSanitizer") == 0 && !is_preloaded && !is_lenient &&
		    loaded->needed_by != NULL)
			findings_add(findings, "sanitizer", NOT_COVERED,
				     "preload the runtime, too: LD_PRELOAD=$(gcc -print-file-name=libasan.so) cutout run ...",
				     "%s (%s): the program stops at once where its runtime does not come first", sanitizer,
				     loaded->name);
		else
			findings_add(findings, "sanitizer", COVERED, NULL,
				     "%s (%s): it passes calls on to the hooks", sanitizer, loaded->name);
	}
}

/* --- definitions of our names ------------------------------------------------------------------ */

static size_t own_definitions(const struct elf_file *elf, struct names *names)
{
	for (size_t i = 0; i < elf->symbol_count; i++)
		if (elf->symbols[i].is_defined && hooked_is(elf->symbols[i].name))
			names_add(names, elf->symbols[i].name);
	return names->count;
}

static void judge_definitions(struct findings *findings, const struct closure *closure)
{
	for (size_t i = 0; i < closure->count; i++) {
		const struct loaded *loaded = closure->list[i];
		struct names names = { "", 0 };

		if (loaded->is_libc || sanitizer_in(&loaded->elf) != NULL || own_definitions(&loaded->elf, &names) == 0)
			continue;
		if (i == 0)
			findings_add(findings, "own-definition", defines(&loaded->elf, "connect") ? NOT_COVERED : COVERED_PARTLY,
				     "build it without them, or link it with -Wl,--exclude-libs",
				     "the program defines %s itself, before the hooks", names_text(&names));
		else if (loaded->elf.is_symbolic)
			findings_add(findings, "symbolic", COVERED_PARTLY, "link it without -Bsymbolic",
				     "%s defines %s, and calls its own (-Bsymbolic)", loaded->name, names_text(&names));
		else
			findings_add(findings, "definition", COVERED, NULL,
				     "%s defines %s, too; the hooks come before it", loaded->name, names_text(&names));
	}
}

/* --- what is not hooked ------------------------------------------------------------------------ */

static bool imports_any(const struct elf_file *elf, const char *id)
{
	for (size_t i = 0; i < elf->symbol_count; i++) {
		const struct unhooked *unhooked =
			elf->symbols[i].is_defined ? NULL : unhooked_find(elf->symbols[i].name);

		if (unhooked != NULL && strcmp(unhooked->id, id) == 0)
			return true;
	}
	return false;
}

static const char loaded_later[] =
	"what is loaded from now on cannot be seen here; it is covered, unless it is opened with RTLD_DEEPBIND";

/* The entries of one id stand together; the first of them has the texts, and a name for all. */
static void judge_unhooked(struct findings *findings, const struct closure *closure, bool is_running)
{
	for (size_t i = 0; i < unhooked_count; i++) {
		const struct unhooked *unhooked = &unhooked_names[i];
		bool loads_later = is_running && strcmp(unhooked->id, "dlopen") == 0;
		struct names names = { "", 0 };

		for (size_t j = 0; unhooked->reason != NULL && j < closure->count; j++)
			if (!closure->list[j]->is_libc && imports_any(&closure->list[j]->elf, unhooked->id))
				names_add(&names, closure->list[j]->name);
		if (names.count > 0)
			findings_add(findings, unhooked->id, unhooked->coverage, loads_later ? NULL : unhooked->remedy,
				     "%s %s %s: %s", names_text(&names), names.count > 1 ? "import" : "imports",
				     unhooked->title, loads_later ? loaded_later : unhooked->reason);
	}
}

static void judge_connect(struct findings *findings, const struct closure *closure)
{
	if (defines(&closure->list[0]->elf, "connect"))
		return;
	for (size_t i = 0; i < closure->count; i++)
		if (!closure->list[i]->is_libc && (imports(&closure->list[i]->elf, "connect") ||
						   imports(&closure->list[i]->elf, "__connect")))
			return;
	findings_add(findings, "no-connect", COVERED, NULL,
		     "neither the program nor a library of it imports connect: only what it loads or starts could connect");
}

void closure_findings(struct findings *findings, const struct closure *closure, bool expects_connect, bool is_running)
{
	judge_missing(findings, closure);
	judge_sanitizers(findings, closure);
	judge_definitions(findings, closure);
	judge_unhooked(findings, closure, is_running);
	if (expects_connect)
		judge_connect(findings, closure);
}
