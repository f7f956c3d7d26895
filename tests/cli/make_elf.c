/* SPDX-License-Identifier: MIT */
/*
 * make_elf.c - writes the head of a program that nobody could run, by libelf, with the marks of Go.
 *
 * usage: make_elf FILE [loader=PATH] [class=32] [machine=N] [type=N] [note] [go=VERSION] [pointed] [far]
 *        [stripped]
 *
 * note: Go's build id. go: the record with that version; pointed: as before Go 1.18; far: behind so much other data that
 * only its section leads there. stripped: no section headers.
 */
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BASE = 0x400000, PARTS_MAX = 5, FAR = 128 << 10 };

struct part {
	const char *name;
	const void *bytes;
	size_t length;
	uint32_t segment; /* its kind; 0: none of its own */
	Elf_Scn *section;
};

struct request {
	const char *loader, *go;
	int elf_class, machine, type;
	bool has_note, is_pointed, is_far, is_stripped;
};

static const char names[] = "\0.interp\0.data\0.note.go.buildid\0.go.buildinfo\0.shstrtab";
static unsigned char record[256] = "\xff Go buildinf:";

static void fail(const char *what)
{
	fprintf(stderr, "make_elf: %s: %s\n", what, elf_errmsg(-1));
	exit(1);
}

static uint32_t name_at(const char *name)
{
	for (size_t at = 1; at < sizeof(names); at += strlen(names + at) + 1)
		if (strcmp(names + at, name) == 0)
			return (uint32_t)at;
	return 0;
}

static void add_section(Elf *elf, struct part *part)
{
	GElf_Shdr header;
	Elf_Data *data;

	part->section = elf_newscn(elf);
	data = part->section != NULL ? elf_newdata(part->section) : NULL;
	if (data == NULL || gelf_getshdr(part->section, &header) == NULL)
		fail(part->name);
	data->d_buf = (void *)part->bytes;
	data->d_size = part->length;
	data->d_align = 16;
	data->d_type = ELF_T_BYTE;
	header.sh_name = name_at(part->name);
	header.sh_type = strcmp(part->name, ".shstrtab") == 0 ? SHT_STRTAB : SHT_PROGBITS;
	header.sh_flags = SHF_ALLOC;
	gelf_update_shdr(part->section, &header);
}

static void place(struct part *part)
{
	GElf_Shdr header;

	gelf_getshdr(part->section, &header);
	header.sh_addr = BASE + header.sh_offset;
	gelf_update_shdr(part->section, &header);
}

static GElf_Phdr segment_of(const struct part *part)
{
	GElf_Shdr header;

	gelf_getshdr(part->section, &header);
	return (GElf_Phdr){ .p_type = part->segment, .p_flags = PF_R, .p_offset = header.sh_offset,
			    .p_vaddr = header.sh_addr, .p_filesz = part->length, .p_memsz = part->length, .p_align = 4 };
}

/* Since Go 1.18 the version is in the record; before, behind two pointers. The record is at `address`. */
static size_t fill_record(const struct request *request, uint64_t address)
{
	size_t length = strlen(request->go);
	uint64_t words[] = { address + 32, 0, address + 48, length };

	record[14] = 8;
	if (request->is_pointed) {
		memcpy(record + 16, words, sizeof(words));
		memcpy(record + 48, request->go, length);
		return 48 + length;
	}
	record[15] = 2;
	record[32] = (unsigned char)length;
	memcpy(record + 33, request->go, length);
	return 33 + length;
}

static void write_head(Elf *elf, const struct request *request)
{
	GElf_Ehdr header;

	if (gelf_newehdr(elf, request->elf_class) == NULL || gelf_getehdr(elf, &header) == NULL)
		fail("header");
	header.e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	header.e_type = (GElf_Half)request->type;
	header.e_machine = (GElf_Half)request->machine;
	header.e_version = EV_CURRENT;
	gelf_update_ehdr(elf, &header);
}

static void write_file(Elf *elf, const struct request *request, struct part *parts, size_t count)
{
	GElf_Phdr all = { .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_vaddr = BASE, .p_align = 4096 };
	size_t segments = 1;
	GElf_Ehdr header;
	GElf_Shdr record_at;

	write_head(elf, request);
	if (gelf_newphdr(elf, count) == 0)
		fail("segments");
	for (size_t i = 0; i < count; i++)
		add_section(elf, &parts[i]);
	gelf_getehdr(elf, &header);
	header.e_shstrndx = (GElf_Half)elf_ndxscn(parts[count - 1].section);
	gelf_update_ehdr(elf, &header);
	all.p_filesz = all.p_memsz = (GElf_Xword)elf_update(elf, ELF_C_NULL);
	gelf_update_phdr(elf, 0, &all);
	for (size_t i = 0; i < count; i++) {
		place(&parts[i]);
		gelf_getshdr(parts[i].section, &record_at);
		if (parts[i].bytes == record)
			fill_record(request, record_at.sh_addr);
		if (parts[i].segment != 0) {
			GElf_Phdr segment = segment_of(&parts[i]);

			gelf_update_phdr(elf, (int)segments++, &segment);
		}
	}
	if (elf_update(elf, ELF_C_WRITE) < 0)
		fail("write");
}

static void strip(int fd)
{
	Elf64_Ehdr header;

	if (pread(fd, &header, sizeof(header), 0) != sizeof(header))
		fail("strip");
	header.e_shoff = 0;
	header.e_shnum = header.e_shstrndx = 0;
	if (pwrite(fd, &header, sizeof(header), 0) != sizeof(header))
		fail("strip");
}

static bool take(struct request *request, const char *word)
{
	const char *value = strchr(word, '=');

	value = value != NULL ? value + 1 : "";
	if (strncmp(word, "loader=", 7) == 0)
		request->loader = value;
	else if (strncmp(word, "go=", 3) == 0 && strlen(value) < 64)
		request->go = value;
	else if (strcmp(word, "class=32") == 0)
		request->elf_class = ELFCLASS32;
	else if (strncmp(word, "machine=", 8) == 0)
		request->machine = atoi(value);
	else if (strncmp(word, "type=", 5) == 0)
		request->type = atoi(value);
	else if (strcmp(word, "note") == 0)
		request->has_note = true;
	else if (strcmp(word, "pointed") == 0)
		request->is_pointed = true;
	else if (strcmp(word, "far") == 0)
		request->is_far = true;
	else if (strcmp(word, "stripped") == 0)
		request->is_stripped = true;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	static const char note[] = "\4\0\0\0\4\0\0\0\4\0\0\0Go\0\0abcd";
	static const char other_data[FAR];
	struct request request = { .elf_class = ELFCLASS64, .machine = EM_X86_64, .type = ET_EXEC };
	struct part parts[PARTS_MAX] = { { .name = NULL } };
	size_t count = 0;
	Elf *elf;
	int fd;

	for (int i = 2; i < argc; i++)
		if (!take(&request, argv[i])) {
			fprintf(stderr, "make_elf: what is \"%s\"?\n", argv[i]);
			return 2;
		}
	if (request.loader != NULL)
		parts[count++] = (struct part){ ".interp", request.loader, strlen(request.loader) + 1, PT_INTERP, NULL };
	if (request.has_note)
		parts[count++] = (struct part){ ".note.go.buildid", note, sizeof(note) - 1, PT_NOTE, NULL };
	if (request.is_far)
		parts[count++] = (struct part){ ".data", other_data, sizeof(other_data), 0, NULL };
	if (request.go != NULL)
		parts[count++] = (struct part){ ".go.buildinfo", record, sizeof(record), 0, NULL };
	parts[count++] = (struct part){ ".shstrtab", names, sizeof(names), 0, NULL };
	elf_version(EV_CURRENT);
	fd = argc > 1 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0755) : -1;
	elf = fd >= 0 ? elf_begin(fd, ELF_C_WRITE, NULL) : NULL;
	if (elf == NULL)
		fail("open");
	write_file(elf, &request, parts, count);
	elf_end(elf);
	if (request.is_stripped && request.elf_class == ELFCLASS64)
		strip(fd);
	close(fd);
	return 0;
}
