/* SPDX-License-Identifier: MIT */
/*
 * test_ldcache.c - the loader's cache: both ways in which the format is found, and damaged ones.
 */
#include "cli/ldcache.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char texts[] = "liba.so.1\0/lib/liba.so.1\0libb.so.2\0/lib/special/libb.so.2\0/lib/libb.so.2";
enum { A = 0, A_PATH = 10, B = 25, B_SPECIAL = 35, B_PATH = 58 };

struct file {
	unsigned char bytes[512];
	size_t length;
};

static void put(struct file *file, const void *bytes, size_t length)
{
	memcpy(file->bytes + file->length, bytes, length);
	file->length += length;
}

static void put_number(struct file *file, uint32_t number)
{
	put(file, &number, sizeof(number));
}

/* Of libb.so.2 there is one for certain processors, too. */
static struct file cache(void)
{
	static const uint32_t entries[][2] = { { A, A_PATH }, { B, B_SPECIAL }, { B, B_PATH } };
	const uint32_t start = 48 + 3 * 24;
	struct file file = { .length = 0 };

	put(&file, "glibc-ld.so.cache1.1", 20);
	put_number(&file, 3);
	put_number(&file, sizeof(texts));
	for (int i = 0; i < 5; i++)
		put_number(&file, 0);
	for (size_t i = 0; i < 3; i++) {
		uint32_t special = entries[i][1] == B_SPECIAL;
		uint32_t entry[] = { 0x303, start + entries[i][0], start + entries[i][1], 0, special, special };

		put(&file, entry, sizeof(entry));
	}
	put(&file, texts, sizeof(texts));
	return file;
}

static bool reading(struct ldcache *read, const void *bytes, size_t length)
{
	char path[] = "/tmp/cutout-test-cache-XXXXXX";
	int fd = mkstemp(path);
	bool done;

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, bytes, length), (ssize_t)length);
	close(fd);
	done = ldcache_read(read, path);
	unlink(path);
	return done;
}

static void expect_contents(const struct ldcache *read)
{
	size_t at = 0;

	cr_assert_str_eq(ldcache_next(read, "liba.so.1", &at), "/lib/liba.so.1");
	cr_assert_null(ldcache_next(read, "liba.so.1", &at));
	at = 0;
	cr_assert_str_eq(ldcache_next(read, "libb.so.2", &at), "/lib/libb.so.2");
	cr_assert_null(ldcache_next(read, "libb.so.2", &at));
	at = 0;
	cr_assert_null(ldcache_next(read, "libc.so.6", &at));
}

Test(ldcache, libraries_are_found_but_their_variants_are_not)
{
	struct file file = cache();
	struct ldcache read;

	cr_assert(reading(&read, file.bytes, file.length));
	expect_contents(&read);
	ldcache_release(&read);
}

Test(ldcache, the_new_format_is_found_behind_the_old_one)
{
	struct file file = { .length = 0 }, newer = cache();
	struct ldcache read;

	put(&file, "ld.so-1.7.0", 12);
	put_number(&file, 2);
	file.length += 2 * 12;
	put(&file, newer.bytes, newer.length);
	cr_assert(reading(&read, file.bytes, file.length));
	expect_contents(&read);
	ldcache_release(&read);
}

Test(ldcache, another_file_is_no_cache)
{
	struct ldcache read;
	size_t at = 0;

	cr_assert_not(ldcache_read(&read, "/no/such/file"));
	cr_assert_not(ldcache_read(&read, "/"));
	cr_assert_not(reading(&read, "ld.so-1.7.0\0\xff\xff\xff\xff", 16));
	cr_assert_not(reading(&read, "", 0));
	cr_assert_null(ldcache_next(&read, "liba.so.1", &at));
}

Test(ldcache, every_truncation_and_every_damaged_byte_does_no_harm)
{
	struct file file = cache();

	for (size_t i = 0; i < 2 * file.length; i++) {
		struct file damaged = file;
		struct ldcache read;
		size_t at = 0;

		if (i < file.length)
			damaged.length = i;
		else
			damaged.bytes[i - file.length] ^= 0xff;
		if (!reading(&read, damaged.bytes, damaged.length))
			continue;
		while (ldcache_next(&read, "libb.so.2", &at) != NULL)
			;
		ldcache_release(&read);
	}
}
