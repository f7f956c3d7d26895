/* SPDX-License-Identifier: MIT */
/*
 * test_create.c - a new file: reserved, racing, replacing that of an earlier start, cleaning up.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kit.h"

enum { CREATORS = 16 };

static struct kit kit;

static void set_up(void)
{
	kit_directory(&kit);
	policy_defaults(&kit.policy);
}

static void tear_down(void)
{
	kit_remove_directory(&kit);
}

TestSuite(create, .init = set_up, .fini = tear_down);

static unsigned files_in_directory(void)
{
	DIR *directory = opendir(kit.directory);
	unsigned count = 0;

	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count - 2;
}

static void write_header(const void *bytes, size_t length, off_t offset)
{
	int fd = open(kit.path, O_WRONLY);

	cr_assert_eq(pwrite(fd, bytes, length, offset), (ssize_t)length);
	close(fd);
}

static void write_boot_id(void)
{
	write_header("00000000-dead", 13, offsetof(struct panel_header, boot_id));
}

/* Made in memory as this very file, or, with 0, elsewhere. */
static void write_inode(uint64_t inode, uint64_t device)
{
	const uint64_t words[] = { inode, device };

	write_header(words, sizeof(words), offsetof(struct panel_header, inode));
}

static void make_stale(void)
{
	kit_make_file(&kit);
	write_boot_id();
	write_inode(0, 0);
}

/* Opens when the parent closes its end; counts one breaker's refusal in what it opened. */
static int open_and_count(struct kit *child, int start)
{
	char byte;

	if (read(start, &byte, 1) < 0 || !panel_open(&child->panel, child->path, PANEL_USE, child->why, 512))
		return 1;
	if (child->panel.is_private)
		return 2;
	panel_deny(slot_seat(kit_find(child, 80)), &child->policy, T0, PANEL_REFUSED);
	return 0;
}

static void race(void)
{
	struct panel_view view;
	int start[2], status;

	cr_assert_eq(pipe(start), 0);
	for (int i = 0; i < CREATORS; i++) {
		if (fork() == 0) {
			close(start[1]);
			_exit(open_and_count(&kit, start[0]));
		}
	}
	close(start[0]);
	close(start[1]);
	for (int i = 0; i < CREATORS; i++) {
		wait(&status);
		cr_assert_eq(status, 0, "a creator ended with status %x", status);
	}
	kit_expect_open(&kit);
	kit.slot = kit_find(&kit, 80);
	view = kit_view(&kit, T0);
	cr_assert_eq(view.totals[TOTAL_REFUSED], CREATORS, "all ended with the file that has the name");
	cr_assert_eq(files_in_directory(), 1, "temporary files are gone");
}

Test(create, sixteen_racing_creators_end_with_one_file)
{
	for (int i = 0; i < 5; i++) {
		race();
		panel_close(&kit.panel);
		unlink(kit.path);
	}
}

Test(create, sixteen_racing_replacers_of_a_stale_file_end_with_one_file)
{
	for (int i = 0; i < 5; i++) {
		make_stale();
		race();
		panel_close(&kit.panel);
	}
}

Test(create, file_of_an_earlier_start_of_the_system_is_replaced)
{
	struct stat before, after;

	make_stale();
	stat(kit.path, &before);
	kit_expect_open(&kit);
	stat(kit.path, &after);
	cr_assert_neq(before.st_ino, after.st_ino);
	cr_assert_neq(kit.panel.file->header.boot_id[10], 'e');
}

Test(create, file_of_an_earlier_start_is_not_read_by_tools)
{
	make_stale();
	cr_assert_not(panel_open(&kit.panel, kit.path, PANEL_READ, kit.why, sizeof(kit.why)));
	cr_assert_not_null(strstr(kit.why, ": is of an earlier start of the system"));
}

Test(create, file_made_in_memory_is_of_this_start_and_a_copy_of_it_may_not_be)
{
	struct stat found;

	kit_make_file(&kit);
	write_boot_id();
	cr_assert_eq(stat(kit.path, &found), 0);
	write_inode(found.st_ino, found.st_dev);
	kit_expect_open(&kit);
	cr_assert_eq(kit.panel.file->header.boot_id[10], 'e', "it was not replaced");
	panel_close(&kit.panel);
	write_inode(found.st_ino + 1, found.st_dev);
	cr_assert_not(panel_open(&kit.panel, kit.path, PANEL_READ, kit.why, sizeof(kit.why)));
	write_inode(found.st_ino, found.st_dev + 1);
	cr_assert_not(panel_open(&kit.panel, kit.path, PANEL_READ, kit.why, sizeof(kit.why)));
}

Test(create, replacing_does_not_wait_for_ever_for_who_holds_the_lock)
{
	int fd = open(kit.directory, O_RDONLY);

	make_stale();
	cr_assert_eq(flock(fd, LOCK_EX), 0);
	kit_expect_refusal(&kit, "is of an earlier start of the system, and locked");
	close(fd);
	kit_expect_open(&kit);
}

Test(create, small_limit_of_file_sizes_is_refused_and_kills_nobody)
{
	struct rlimit limit = { sizeof(struct panel_file) - 1, RLIM_INFINITY };

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = sizeof(struct panel_file) - 1;
	setrlimit(RLIMIT_FSIZE, &limit);
	kit_expect_refusal(&kit, "the limit of file sizes (RLIMIT_FSIZE) is too low");
	cr_assert_eq(files_in_directory(), 0);
	limit.rlim_cur++;
	setrlimit(RLIMIT_FSIZE, &limit);
	kit_expect_open(&kit);
}

Test(create, small_limit_of_file_sizes_does_not_matter_once_the_file_is_there)
{
	struct rlimit limit;

	kit_make_file(&kit);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 0;
	setrlimit(RLIMIT_FSIZE, &limit);
	kit_expect_open(&kit);
}

/* A file system to be mounted over the directory, and what is then said of the panel. */
static struct {
	unsigned long flags;
	const char *options;
	const char *what;
} mounted;

enum { AS_EXPECTED, OTHERWISE, NOT_MOUNTED };

/* In a child: a process with threads, as the runner's, cannot enter a user namespace. */
static int open_on_mounted(struct kit *child)
{
	char expected[512];

	if (!kit_own_mounts() || mount("none", child->directory, "tmpfs", mounted.flags, mounted.options) != 0)
		return NOT_MOUNTED;
	snprintf(expected, sizeof(expected), "%s: %s; using a private panel", child->path, mounted.what);
	if (!panel_open(&child->panel, child->path, PANEL_USE, child->why, sizeof(child->why)))
		return OTHERWISE;
	if (!child->panel.is_private || strcmp(child->why, expected) != 0 || files_in_directory() != 0)
		return OTHERWISE;
	return AS_EXPECTED;
}

static void expect_refusal_on_mounted(void)
{
	int came_to = kit_in_child(open_on_mounted, &kit);

	if (came_to == NOT_MOUNTED)
		kit_skip(&kit, "a file system cannot be mounted");
	cr_assert_eq(came_to, AS_EXPECTED, "not refused with: %s", mounted.what);
}

/* In a file system in memory; then in the one below. */
static int make_both(struct kit *child)
{
	const struct panel_header *header;
	struct stat found;
	bool noted, unnoted;

	if (!kit_own_mounts() || mount("none", child->directory, "tmpfs", 0, "mode=0700") != 0)
		return NOT_MOUNTED;
	if (!panel_open(&child->panel, child->path, PANEL_USE, child->why, sizeof(child->why)) || child->panel.is_private)
		return OTHERWISE;
	header = &child->panel.file->header;
	noted = stat(child->path, &found) == 0 && header->inode == found.st_ino && header->device == found.st_dev;
	panel_close(&child->panel);
	if (umount(child->directory) != 0 ||
	    !panel_open(&child->panel, child->path, PANEL_USE, child->why, sizeof(child->why)))
		return OTHERWISE;
	header = &child->panel.file->header;
	unnoted = header->inode == 0 || (header->inode != found.st_ino && header->device != found.st_dev);
	return noted && unnoted ? AS_EXPECTED : OTHERWISE;
}

Test(create, file_in_memory_has_its_own_number_in_it)
{
	int came_to = kit_in_child(make_both, &kit);

	if (came_to == NOT_MOUNTED)
		kit_skip(&kit, "a file system cannot be mounted");
	cr_assert_eq(came_to, AS_EXPECTED);
}

Test(create, full_file_system_is_refused_and_left_clean)
{
	mounted.options = "size=1m,mode=0700";
	mounted.what = "no space for a panel (ENOSPC)";
	expect_refusal_on_mounted();
}

Test(create, file_system_for_reading_alone_is_refused)
{
	mounted.flags = MS_RDONLY;
	mounted.options = "mode=0700";
	mounted.what = "cannot be created (EROFS)";
	expect_refusal_on_mounted();
}

static void make_leftover(const char *name, time_t age)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = time(NULL) - age } };
	char path[192];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", kit.directory, name);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	cr_assert_eq(futimens(fd, times), 0);
	close(fd);
}

Test(create, old_temporaries_of_dead_creators_are_removed_by_the_next_creator)
{
	make_leftover("panel.new-0123abcd", 61);
	make_leftover("panel.new-89abcdef", 3600);
	make_leftover("panel.news", 3600);
	kit_expect_open(&kit);
	cr_assert_eq(files_in_directory(), 2);
}

Test(create, young_temporary_of_another_creator_is_left_alone)
{
	make_leftover("panel.new-0123abcd", 1);
	kit_expect_open(&kit);
	cr_assert_eq(files_in_directory(), 2);
}

Test(create, second_name_that_a_dead_creator_left_is_removed_by_who_opens)
{
	char temporary[192];

	kit_make_file(&kit);
	snprintf(temporary, sizeof(temporary), "%s.new-0123abcd", kit.path);
	cr_assert_eq(link(kit.path, temporary), 0);
	kit_expect_open(&kit);
	cr_assert_eq(files_in_directory(), 1);
}
