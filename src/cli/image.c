/* SPDX-License-Identifier: MIT */
/*
 * image.c - a quick look at the head of an executable file.
 *
 * Only ELF images of this machine's own class and byte order are looked into further than their
 * identification: for the others that is all there is to know.
 */
#include "cli/image.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEGMENTS_MAX = 256 };

static const uint8_t own_class = sizeof(ElfW(Addr)) == 8 ? ELFCLASS64 : ELFCLASS32;
static const uint8_t own_data = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

static bool read_at(int fd, void *to, size_t length, uint64_t offset)
{
	return offset <= INT64_MAX / 2 && pread(fd, to, length, (off_t)offset) == (ssize_t)length;
}

static void read_loader(struct image *image, int fd, const ElfW(Phdr) *segment)
{
	size_t length = segment->p_filesz;

	image->has_loader = true;
	if (length == 0 || length > sizeof(image->interpreter) ||
	    !read_at(fd, image->interpreter, length, segment->p_offset) || image->interpreter[length - 1] != '\0')
		image->interpreter[0] = '\0';
}

static void read_segments(struct image *image, int fd)
{
	ElfW(Ehdr) header;

	image->kind = IMAGE_UNKNOWN;
	if (!read_at(fd, &header, sizeof(header), 0) || header.e_phentsize != sizeof(ElfW(Phdr)) ||
	    header.e_phnum == 0 || header.e_phnum > SEGMENTS_MAX)
		return;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		ElfW(Phdr) segment;

		if (!read_at(fd, &segment, sizeof(segment), header.e_phoff + (uint64_t)i * sizeof(segment)))
			return;
		if (segment.p_type == PT_INTERP) {
			read_loader(image, fd, &segment);
			break;
		}
	}
	image->kind = IMAGE_ELF;
}

/* What stands behind the interpreter, without the blanks around it. */
static void read_argument(struct image *image, const char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strcspn(text, "\n");
	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		length--;
	if (length >= sizeof(image->argument))
		length = sizeof(image->argument) - 1;
	memcpy(image->argument, text, length);
	image->argument[length] = '\0';
}

/* `head` ends in a NUL. The kernel takes what stands up to the first blank. */
static void read_script(struct image *image, const char *head)
{
	size_t length;

	head += 2;
	head += strspn(head, " \t");
	length = strcspn(head, " \t\n");
	if (length == 0 || length >= sizeof(image->interpreter))
		return;
	memcpy(image->interpreter, head, length);
	image->interpreter[length] = '\0';
	read_argument(image, head + length);
	image->kind = IMAGE_SCRIPT;
}

static void read_elf(struct image *image, int fd, const char *head)
{
	image->kind = IMAGE_ELF;
	image->elf_class = (uint8_t)head[EI_CLASS];
	image->data = (uint8_t)head[EI_DATA];
	memcpy(&image->machine, head + offsetof(ElfW(Ehdr), e_machine), sizeof(image->machine));
	if (image->elf_class == own_class && image->data == own_data)
		read_segments(image, fd);
}

static void read_head(struct image *image, int fd)
{
	char head[257] = { 0 };
	ssize_t length = pread(fd, head, sizeof(head) - 1, 0);

	if (length >= 2 && head[0] == '#' && head[1] == '!')
		read_script(image, head);
	else if (length >= (ssize_t)sizeof(ElfW(Ehdr)) && memcmp(head, ELFMAG, SELFMAG) == 0)
		read_elf(image, fd, head);
	else if (length >= 0 && memchr(head, '\0', (size_t)length) == NULL)
		image->kind = IMAGE_TEXT;
}

void image_read(struct image *image, const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	*image = (struct image){ .kind = IMAGE_UNKNOWN };
	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		read_head(image, fd);
	close(fd);
}

bool image_is_alike(const struct image *a, const struct image *b)
{
	return a->elf_class == b->elf_class && a->data == b->data && a->machine == b->machine;
}
