/* SPDX-License-Identifier: MIT */
/*
 * elf.c - ELF files, by libelf; the only file that knows it.
 *
 * Files are read, not mapped: one that shrinks meanwhile is an error, not a signal. libelf checks each range
 * against the file's size; what it hands out is copied, but for what a scan looks at.
 */
#include "cli/elf.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NEEDED_MAX = 4096, SEGMENTS_MAX = 4096, GO_BUILD_ID = 4 };

/* What is gathered from the dynamic section: addresses, and offsets of names. */
struct dynamic {
	uint64_t strings, strings_length;
	uint64_t symbols;
	uint64_t hash;
	uint64_t soname, rpath, runpath;
	bool has_soname, has_rpath, has_runpath;
};

/* The file's string table, whole. */
struct strings {
	const char *bytes;
	size_t length;
};

static bool find_offset(Elf *elf, uint64_t address, uint64_t *offset, uint64_t *left)
{
	size_t count;
	GElf_Phdr segment;

	if (elf_getphdrnum(elf, &count) != 0)
		return false;
	for (size_t i = 0; i < count && i < SEGMENTS_MAX; i++) {
		if (gelf_getphdr(elf, (int)i, &segment) == NULL || segment.p_type != PT_LOAD ||
		    address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz)
			continue;
		*offset = segment.p_offset + (address - segment.p_vaddr);
		*left = segment.p_filesz - (address - segment.p_vaddr);
		return true;
	}
	return false;
}

static Elf_Data *chunk(Elf *elf, uint64_t offset, uint64_t length, Elf_Type type)
{
	if (offset > INT64_MAX || length == 0 || length > INT_MAX)
		return NULL;
	return elf_getdata_rawchunk(elf, (int64_t)offset, (size_t)length, type);
}

static Elf_Data *chunk_at(Elf *elf, uint64_t address, uint64_t length, Elf_Type type)
{
	uint64_t offset, left;

	if (!find_offset(elf, address, &offset, &left) || length > left)
		return NULL;
	return chunk(elf, offset, length, type);
}

/* NULL where no text begins, or none ends. */
static const char *string_at(const struct strings *strings, uint64_t offset)
{
	if (strings->bytes == NULL || offset >= strings->length ||
	    memchr(strings->bytes + offset, '\0', strings->length - offset) == NULL)
		return NULL;
	return strings->bytes + offset;
}

static const char *keep(struct elf_file *file, struct arena *arena, const char *text)
{
	if (text == NULL) {
		file->is_damaged = true;
		return NULL;
	}
	return arena_copy(arena, text, strlen(text));
}

static void take_flag(struct elf_file *file, const GElf_Dyn *entry)
{
	if (entry->d_tag == DT_SYMBOLIC || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_SYMBOLIC) != 0))
		file->is_symbolic = true;
	if (entry->d_tag == DT_FLAGS_1) {
		file->is_pie = (entry->d_un.d_val & DF_1_PIE) != 0;
		file->has_own_directories_only = (entry->d_un.d_val & DF_1_NODEFLIB) != 0;
	}
}

static void take_entry(struct dynamic *dynamic, const GElf_Dyn *entry)
{
	switch (entry->d_tag) {
	case DT_STRTAB:
		dynamic->strings = entry->d_un.d_ptr;
		break;
	case DT_STRSZ:
		dynamic->strings_length = entry->d_un.d_val;
		break;
	case DT_SYMTAB:
		dynamic->symbols = entry->d_un.d_ptr;
		break;
	case DT_HASH:
		dynamic->hash = entry->d_un.d_ptr;
		break;
	case DT_SONAME:
		dynamic->soname = entry->d_un.d_val;
		dynamic->has_soname = true;
		break;
	case DT_RPATH:
		dynamic->rpath = entry->d_un.d_val;
		dynamic->has_rpath = true;
		break;
	case DT_RUNPATH:
		dynamic->runpath = entry->d_un.d_val;
		dynamic->has_runpath = true;
		break;
	default:
		break;
	}
}

/* The entry's number; false behind the last one. */
static bool next_entry(Elf_Data *data, int *at, GElf_Dyn *entry)
{
	return gelf_getdyn(data, (*at)++, entry) != NULL && entry->d_tag != DT_NULL;
}

static void gather_needed(struct elf_file *file, Elf_Data *data, const struct strings *strings, struct arena *arena)
{
	size_t count = 0;
	GElf_Dyn entry;

	for (int at = 0; next_entry(data, &at, &entry);)
		count += entry.d_tag == DT_NEEDED;
	if (count == 0 || count > NEEDED_MAX)
		return;
	file->needed = arena_take(arena, count * sizeof(*file->needed));
	if (file->needed == NULL)
		return;
	for (int at = 0; next_entry(data, &at, &entry);) {
		const char *name;

		if (entry.d_tag != DT_NEEDED)
			continue;
		name = keep(file, arena, string_at(strings, entry.d_un.d_val));
		if (name != NULL)
			file->needed[file->needed_count++] = name;
	}
}

/* The section headers tell how many symbols there are; without them the hash table does, or the next table. */
static uint64_t count_symbols(Elf *elf, const struct dynamic *dynamic, size_t size)
{
	Elf_Data *hash = dynamic->hash != 0 ? chunk_at(elf, dynamic->hash, 8, ELF_T_WORD) : NULL;
	GElf_Shdr header;

	for (Elf_Scn *section = elf_nextscn(elf, NULL); section != NULL; section = elf_nextscn(elf, section))
		if (gelf_getshdr(section, &header) != NULL && header.sh_type == SHT_DYNSYM &&
		    header.sh_addr == dynamic->symbols)
			return header.sh_size / size;
	if (hash != NULL)
		return ((const uint32_t *)hash->d_buf)[1];
	return dynamic->strings > dynamic->symbols ? (dynamic->strings - dynamic->symbols) / size : 0;
}

static bool is_for_others(const GElf_Sym *symbol)
{
	unsigned binding = GELF_ST_BIND(symbol->st_info);

	return binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE;
}

static void add_symbol(struct elf_file *file, struct arena *arena, const GElf_Sym *symbol, const char *name)
{
	/* Room doubles at each power of two; what it leaves behind is small, since few names are wanted. */
	if ((file->symbol_count & (file->symbol_count - 1)) == 0) {
		size_t room = file->symbol_count > 0 ? 2 * file->symbol_count : 1;
		struct elf_symbol *more = arena_take(arena, room * sizeof(*more));

		if (more == NULL)
			return;
		if (file->symbol_count > 0)
			memcpy(more, file->symbols, file->symbol_count * sizeof(*more));
		file->symbols = more;
	}
	name = arena_copy(arena, name, strlen(name));
	if (name != NULL)
		file->symbols[file->symbol_count++] =
			(struct elf_symbol){ name, symbol->st_shndx != SHN_UNDEF };
}

static void take_symbols(struct elf_file *file, Elf_Data *data, const struct strings *strings, struct arena *arena,
			 elf_wish *wants, bool is_dynamic)
{
	GElf_Sym symbol;

	for (int i = 1; gelf_getsym(data, i, &symbol) != NULL; i++) {
		const char *name = is_for_others(&symbol) ? string_at(strings, symbol.st_name) : NULL;

		if (name != NULL && wants(name, is_dynamic))
			add_symbol(file, arena, &symbol, name);
	}
}

static void gather_symbols(struct elf_file *file, const struct dynamic *dynamic, const struct strings *strings,
			   struct arena *arena, elf_wish *wants)
{
	Elf *elf = file->handle;
	size_t size = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);
	uint64_t count = size > 0 ? count_symbols(elf, dynamic, size) : 0;
	Elf_Data *data;

	if (count == 0 || count > INT_MAX / size)
		return;
	data = chunk_at(elf, dynamic->symbols, count * size, ELF_T_SYM);
	if (data != NULL)
		take_symbols(file, data, strings, arena, wants, true);
	else
		file->is_damaged = true;
}

/* The loader does not know those, and they may have been stripped. */
static void gather_static_symbols(struct elf_file *file, struct arena *arena, elf_wish *wants)
{
	GElf_Shdr header, names;

	for (Elf_Scn *at = elf_nextscn(file->handle, NULL); at != NULL; at = elf_nextscn(file->handle, at)) {
		Elf_Data *symbols, *table;

		if (gelf_getshdr(at, &header) == NULL || header.sh_type != SHT_SYMTAB ||
		    gelf_getshdr(elf_getscn(file->handle, header.sh_link), &names) == NULL)
			continue;
		symbols = chunk(file->handle, header.sh_offset, header.sh_size, ELF_T_SYM);
		table = chunk(file->handle, names.sh_offset, names.sh_size, ELF_T_BYTE);
		if (symbols != NULL && table != NULL)
			take_symbols(file, symbols, &(struct strings){ table->d_buf, table->d_size }, arena, wants, false);
	}
}

static void read_dynamic(struct elf_file *file, const GElf_Phdr *segment, struct arena *arena,
			 elf_wish *wants)
{
	Elf_Data *data = chunk(file->handle, segment->p_offset, segment->p_filesz, ELF_T_DYN);
	struct dynamic dynamic = { .strings = 0 };
	struct strings strings = { NULL, 0 };
	Elf_Data *table;
	GElf_Dyn entry;

	file->has_dynamic = true;
	if (data == NULL) {
		file->is_damaged = true;
		return;
	}
	for (int at = 0; next_entry(data, &at, &entry);) {
		take_flag(file, &entry);
		take_entry(&dynamic, &entry);
	}
	table = chunk_at(file->handle, dynamic.strings, dynamic.strings_length, ELF_T_BYTE);
	if (table != NULL)
		strings = (struct strings){ table->d_buf, table->d_size };
	if (dynamic.has_soname)
		file->soname = keep(file, arena, string_at(&strings, dynamic.soname));
	if (dynamic.has_rpath)
		file->rpath = keep(file, arena, string_at(&strings, dynamic.rpath));
	if (dynamic.has_runpath)
		file->runpath = keep(file, arena, string_at(&strings, dynamic.runpath));
	gather_needed(file, data, &strings, arena);
	if (dynamic.symbols != 0)
		gather_symbols(file, &dynamic, &strings, arena, wants);
}

static void read_loader(struct elf_file *file, const GElf_Phdr *segment, struct arena *arena)
{
	Elf_Data *data = segment->p_filesz <= PATH_MAX ?
		chunk(file->handle, segment->p_offset, segment->p_filesz, ELF_T_BYTE) : NULL;

	file->loader = "";
	if (data != NULL && memchr(data->d_buf, '\0', data->d_size) != NULL)
		file->loader = arena_copy(arena, data->d_buf, strlen(data->d_buf));
	if (file->loader == NULL || *file->loader == '\0') {
		file->loader = "";
		file->is_damaged = true;
	}
}

static void read_notes(struct elf_file *file, const GElf_Phdr *segment)
{
	Elf_Data *data = chunk(file->handle, segment->p_offset, segment->p_filesz,
			       segment->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
	size_t at = 0, name, description;
	GElf_Nhdr note;

	while (data != NULL && (at = gelf_getnote(data, at, &note, &name, &description)) > 0)
		if (note.n_type == GO_BUILD_ID && note.n_namesz == 4 &&
		    memcmp((const char *)data->d_buf + name, "Go\0", 4) == 0)
			file->has_go_note = true;
}

static void read_segments(struct elf_file *file, struct arena *arena, elf_wish *wants)
{
	size_t count;
	GElf_Phdr segment;

	if (elf_getphdrnum(file->handle, &count) != 0) {
		file->is_damaged = true;
		return;
	}
	for (size_t i = 0; i < count && i < SEGMENTS_MAX; i++) {
		if (gelf_getphdr(file->handle, (int)i, &segment) == NULL) {
			file->is_damaged = true;
			return;
		}
		if (segment.p_type == PT_INTERP && file->loader == NULL)
			read_loader(file, &segment, arena);
		if (segment.p_type == PT_DYNAMIC && !file->has_dynamic)
			read_dynamic(file, &segment, arena, wants);
		if (segment.p_type == PT_NOTE)
			read_notes(file, &segment);
	}
}

static bool read_header(struct elf_file *file)
{
	GElf_Ehdr header;

	if (elf_kind(file->handle) != ELF_K_ELF || gelf_getehdr(file->handle, &header) == NULL)
		return false;
	file->elf_class = header.e_ident[EI_CLASS];
	file->data = header.e_ident[EI_DATA];
	file->type = header.e_type;
	file->machine = header.e_machine;
	return true;
}

static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)))
		return fd;
	close(fd);
	errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
	return -1;
}

enum elf_result elf_open(struct elf_file *file, const char *path, struct arena *arena, elf_wish *wants)
{
	*file = (struct elf_file){ .fd = open_regular(path) };
	if (file->fd < 0)
		return ELF_UNREADABLE;
	elf_version(EV_CURRENT);
	file->handle = elf_begin(file->fd, ELF_C_READ, NULL);
	if (file->handle == NULL || !read_header(file)) {
		elf_close(file);
		return ELF_FOREIGN;
	}
	read_segments(file, arena, wants);
	gather_static_symbols(file, arena, wants);
	return ELF_OPEN;
}

void elf_close(struct elf_file *file)
{
	if (file->handle != NULL)
		elf_end(file->handle);
	if (file->fd >= 0)
		close(file->fd);
	file->handle = NULL;
	file->fd = -1;
}

bool elf_bytes(const struct elf_file *file, uint64_t address, void *to, size_t length)
{
	Elf_Data *data = file->handle != NULL ? chunk_at(file->handle, address, length, ELF_T_BYTE) : NULL;

	if (data == NULL)
		return false;
	memcpy(to, data->d_buf, length);
	return true;
}

static bool find_section(Elf *elf, const char *wanted, GElf_Shdr *header)
{
	size_t names;

	if (elf_getshdrstrndx(elf, &names) != 0)
		return false;
	for (Elf_Scn *section = elf_nextscn(elf, NULL); section != NULL; section = elf_nextscn(elf, section)) {
		const char *name = gelf_getshdr(section, header) != NULL ?
			elf_strptr(elf, names, header->sh_name) : NULL;

		if (name != NULL && strcmp(name, wanted) == 0)
			return true;
	}
	return false;
}

bool elf_find_data(const struct elf_file *file, const char *section, uint64_t *address, uint64_t *length)
{
	GElf_Shdr header;
	GElf_Phdr segment;
	size_t count;

	if (file->handle == NULL)
		return false;
	if (find_section(file->handle, section, &header)) {
		*address = header.sh_addr;
		*length = header.sh_size;
		return true;
	}
	if (elf_getphdrnum(file->handle, &count) != 0)
		return false;
	for (size_t i = 0; i < count && i < SEGMENTS_MAX; i++)
		if (gelf_getphdr(file->handle, (int)i, &segment) != NULL && segment.p_type == PT_LOAD &&
		    (segment.p_flags & (PF_W | PF_X)) == PF_W) {
			*address = segment.p_vaddr;
			*length = segment.p_filesz;
			return true;
		}
	return false;
}
