/* SPDX-License-Identifier: MIT */
/*
 * diagnosis.c - from the program to the file that is loaded, and what keeps the object out of it.
 *
 * The object is the measure: its machine, its libc. What the libraries do is judged in closure_findings.c.
 */
#include "cli/diagnosis.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/closure_findings.h"
#include "cli/golang.h"
#include "cli/object.h"
#include "cli/program.h"
#include "cli/rights.h"

static const char no_way[] = "nothing that is preloaded gets there; put a proxy with a breaker in front, or, with the "
			     "source, use a library";
static const char another_object[] = "build the object for it: ./configure --disable-cli, with the compiler that it needs";

static bool wants_nothing(const char *name, bool is_dynamic)
{
	(void)name;
	(void)is_dynamic;
	return false;
}

static enum libc_kind libc_of_object(const struct elf_file *object)
{
	for (size_t i = 0; i < object->needed_count; i++)
		if (strncmp(object->needed[i], "libc.so.", 8) == 0)
			return LIBC_GLIBC;
	return LIBC_MUSL;
}

void diagnosis_judge_rights(struct findings *findings, const char *path)
{
	static const char remedy[] = "run cutout behind it, as in \"sudo cutout run PROGRAM\"; or a copy without these rights";
	struct rights rights = rights_of(path);
	bool is_user = rights.what != NULL && strcmp(rights.what, "set-user-ID") == 0;
	bool is_group = rights.what != NULL && strcmp(rights.what, "set-group-ID") == 0;
	const char *id = is_user ? "set-user-id" : is_group ? "set-group-id" : "file-capabilities";

	if (rights.what != NULL && rights.are_ours)
		findings_add(findings, id, COVERED_PARTLY, remedy,
			     "%s: covered when this user runs it, who has these rights anyhow; for all others the loader "
			     "ignores LD_PRELOAD",
			     rights.what);
	else if (rights.what != NULL)
		findings_add(findings, id, NOT_COVERED, remedy, "%s: the loader ignores LD_PRELOAD", rights.what);
}

static const char *class_name(uint8_t elf_class)
{
	return elf_class == ELFCLASS64 ? "64-bit" : "32-bit";
}

/* False when the object is for another machine. */
static bool judge_machine(struct findings *findings, const struct elf_file *program, const struct elf_file *object)
{
	if (program->elf_class != object->elf_class)
		findings_add(findings, "class", NOT_COVERED, another_object, "a %s program, and libcutout.so is for %s ones",
			     class_name(program->elf_class), class_name(object->elf_class));
	else if (program->machine != object->machine || program->data != object->data)
		findings_add(findings, "machine", NOT_COVERED, another_object,
			     "built for another machine than libcutout.so (ELF machine %u, not %u)", program->machine,
			     object->machine);
	else
		return true;
	return false;
}

/* True for a file that can be a program with the object in it. */
static bool judge_loader(struct diagnosis *diagnosis, const char *path, const struct elf_file *object)
{
	const struct elf_file *program = &diagnosis->closure.list[0]->elf;
	struct findings *findings = &diagnosis->findings;
	enum libc_kind wanted = libc_of_object(object);

	if (program->loader == NULL && program_is_loader(path))
		findings_add(findings, "loader", COVERED, "ask for the program that it is to load",
			     "a loader: it preloads into the program that it is given");
	else if (program->loader == NULL && program->soname != NULL)
		findings_add(findings, "not-a-program", NOT_COVERED, "ask for a program that loads it",
			     "a shared library, not a program");
	else if (program->loader == NULL)
		findings_add(findings, "static", NOT_COVERED, diagnosis->is_go ? NULL : no_way,
			     "statically linked: there is no loader to preload anything");
	else if (access(program->loader, F_OK) != 0)
		findings_add(findings, "loader-missing", NOT_COVERED, "install the libc that it was built for",
			     "its loader %s is not there: it cannot run here", program->loader);
	else if (diagnosis->libc == LIBC_OTHER)
		findings_add(findings, "loader-unknown", COVERED_PARTLY, "try it, and ask with --pid",
			     "its loader %s is neither glibc's nor musl's", program->loader);
	if (diagnosis->libc != LIBC_NONE && diagnosis->libc != LIBC_OTHER && diagnosis->libc != wanted)
		findings_add(findings, "libc", NOT_COVERED, another_object,
			     "built for %s, and libcutout.so is for %s", libc_name(diagnosis->libc), libc_name(wanted));
	return program->loader != NULL;
}

static void judge_go(struct diagnosis *diagnosis)
{
	const struct elf_file *program = &diagnosis->closure.list[0]->elf;
	const char *version = diagnosis->go_version[0] != '\0' ? diagnosis->go_version : "version unknown";

	if (!diagnosis->is_go)
		return;
	if (imports(program, "connect"))
		findings_add(&diagnosis->findings, "go", COVERED_PARTLY, no_way,
			     "Go (%s): makes its system calls itself; only its C code, which imports connect, is covered",
			     version);
	else
		findings_add(&diagnosis->findings, "go", NOT_COVERED, no_way,
			     "Go (%s): makes its system calls itself%s", version,
			     program->loader != NULL ? ", and uses libc for other things only" : "");
}

static bool is_program(struct findings *findings, const struct elf_file *file)
{
	if (file->type == ET_EXEC || file->type == ET_DYN)
		return true;
	findings_add(findings, "not-a-program", NOT_COVERED, NULL, "%s, not a program",
		     file->type == ET_REL ? "an object file" : file->type == ET_CORE ? "a core dump" : "an odd ELF file");
	return false;
}

/* What the file says by itself; false for one that is no program. */
static bool judge_elf(struct diagnosis *diagnosis)
{
	struct elf_file *program = &diagnosis->closure.list[0]->elf;

	if (program->is_damaged)
		findings_add(&diagnosis->findings, "damaged", COVERED_PARTLY, NULL,
			     "a damaged ELF file: not all of it could be read");
	if (!is_program(&diagnosis->findings, program))
		return false;
	diagnosis->libc = libc_of_loader(program->loader);
	diagnosis->is_go = golang_made(program, diagnosis->go_version, sizeof(diagnosis->go_version));
	judge_go(diagnosis);
	return true;
}

/* Whether the object gets into it; true when it is worth while to look at its libraries. */
static bool judge_entry(struct diagnosis *diagnosis, const char *path)
{
	const struct elf_file *program = &diagnosis->closure.list[0]->elf;
	struct arena arena = ARENA_EMPTY;
	bool is_open = false;
	struct elf_file object;

	if (elf_open(&object, diagnosis->object, &arena, wants_nothing) != ELF_OPEN) {
		findings_add(&diagnosis->findings, "object", NOT_COVERED, "install cutout again",
			     "%s cannot be read", diagnosis->object);
	} else {
		is_open = judge_machine(&diagnosis->findings, program, &object) &&
			  judge_loader(diagnosis, path, &object);
		elf_close(&object);
	}
	arena_release(&arena);
	return is_open;
}

static void judge_unread(struct diagnosis *diagnosis, enum elf_result result)
{
	if (result == ELF_UNREADABLE)
		findings_add(&diagnosis->findings, "unreadable", NOT_COVERED,
			     errno == EISDIR ? "ask for a program in it" : "ask as a user who may read it",
			     "it cannot be read (%s), so nothing is known about it", strerror(errno));
	else
		findings_add(&diagnosis->findings, "not-elf", NOT_COVERED, "ask for the program that runs it",
			     "neither an ELF file nor a script");
	closure_release(&diagnosis->closure);
}

bool diagnosis_begin(struct diagnosis *diagnosis)
{
	memset(diagnosis, 0, sizeof(*diagnosis));
	diagnosis->closure = CLOSURE_EMPTY;
	return object_find(diagnosis->object, sizeof(diagnosis->object));
}

static void judge_closure(struct diagnosis *diagnosis, bool is_running)
{
	diagnosis->imports = imports_of(&diagnosis->closure, &diagnosis->import_count);
	closure_findings(&diagnosis->findings, &diagnosis->closure, !diagnosis->is_go, is_running);
}

bool diagnosis_read_file(struct diagnosis *diagnosis, const char *name, const char *path)
{
	enum elf_result result = closure_begin(&diagnosis->closure, name, path);

	if (result != ELF_OPEN)
		judge_unread(diagnosis, result);
	return result == ELF_OPEN;
}

void diagnosis_judge_running(struct diagnosis *diagnosis, bool has_object)
{
	if (diagnosis->closure.count == 0)
		return;
	if (judge_elf(diagnosis) && !has_object)
		judge_entry(diagnosis, diagnosis->closure.list[0]->name);
	judge_closure(diagnosis, true);
}

static void judge_trail(struct diagnosis *diagnosis)
{
	const struct trail *trail = &diagnosis->trail;
	struct findings *findings = &diagnosis->findings;

	if (trail->count > 1)
		findings_add(findings, "script", COVERED, "ask for those programs, too",
			     "a script: what is judged is %s; programs that it starts are covered if they can be",
			     trail->paths[trail->count - 1]);
	if (trail->drops_preload)
		findings_add(findings, "environment", NOT_COVERED, "put \"cutout run\" behind env, in the script",
			     "env takes LD_PRELOAD away on the way to %s", trail->paths[trail->count - 1]);
}

void diagnosis_judge(struct diagnosis *diagnosis, const char *path)
{
	struct trail *trail = &diagnosis->trail;
	const char *loaded;

	if (access(path, X_OK) != 0)
		findings_add(&diagnosis->findings, "not-executable", NOT_COVERED, "chmod +x, if it is a program",
			     "it cannot be executed: %s", strerror(errno));
	if (!trail_follow(trail, path)) {
		findings_add(&diagnosis->findings, "interpreter", NOT_COVERED, "correct its first line", "%s", trail->why);
		return;
	}
	loaded = trail->paths[trail->count - 1];
	judge_trail(diagnosis);
	diagnosis_judge_rights(&diagnosis->findings, loaded);
	if (!diagnosis_read_file(diagnosis, last_part(loaded), loaded) || !judge_elf(diagnosis) ||
	    !judge_entry(diagnosis, loaded))
		return;
	closure_complete(&diagnosis->closure, rights_of(loaded).what != NULL);
	judge_closure(diagnosis, false);
}

void diagnosis_release(struct diagnosis *diagnosis)
{
	findings_release(&diagnosis->findings);
	closure_release(&diagnosis->closure);
}
