/* SPDX-License-Identifier: MIT */
/*
 * test_open.c - opening a panel: for use, for reading, privately, and what is left behind.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/sanitized.h"
#include "kit.h"

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

TestSuite(open, .init = set_up, .fini = tear_down);

static unsigned open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

Test(open, default_path_names_user_and_layout)
{
	char path[256], expected[256];
	size_t length = panel_default_path(path, sizeof(path));

	snprintf(expected, sizeof(expected), "/dev/shm/cutout-%u/panel.v4", getuid());
	cr_assert_str_eq(path, expected);
	cr_assert_eq(length, strlen(expected));
}

/* As a user whose directory does not exist. */
static int open_default_as_another(struct kit *unused)
{
	struct kit other = *unused;
	struct stat found;
	char directory[64];
	const uid_t user = 3000000 + (uid_t)getpid();

	umask(0777);
	if (setresuid(user, user, user) != 0)
		return 1;
	snprintf(directory, sizeof(directory), "/dev/shm/cutout-%u", user);
	if (!panel_open(&other.panel, NULL, PANEL_USE, other.why, sizeof(other.why)) || other.panel.is_private)
		return 2;
	if (stat(directory, &found) != 0 || (found.st_mode & 07777) != 0700)
		return 3;
	if (stat(other.panel.path, &found) != 0 || (found.st_mode & 07777) != 0600)
		return 4;
	if (chmod(directory, 0755) != 0 || !panel_open(&other.panel, NULL, PANEL_USE, other.why, sizeof(other.why)))
		return 5;
	if (!other.panel.is_private || strstr(other.why, "has permissions 0755, not 0700; using a private") == NULL)
		return 6;
	panel_default_path(other.path, sizeof(other.path));
	chmod(directory, 0700);
	return unlink(other.path) == 0 && rmdir(directory) == 0 ? 0 : 7;
}

Test(open, default_directory_is_made_and_is_the_users_alone_whatever_the_umask)
{
	if (geteuid() != 0)
		kit_skip(&kit, "only root can be another user, who has no panel yet");
	cr_assert_eq(kit_in_child(open_default_as_another, &kit), 0);
}

Test(open, file_is_made_whole_and_the_users_alone)
{
	struct stat found;

	umask(0277);
	kit_expect_open(&kit);
	cr_assert_eq(stat(kit.path, &found), 0);
	cr_assert_eq(found.st_mode, S_IFREG | 0600);
	cr_assert_eq(found.st_size, (off_t)sizeof(struct panel_file));
	cr_assert_geq(found.st_blocks * 512, (off_t)sizeof(struct panel_file), "space is reserved");
	cr_assert_eq(found.st_nlink, 1);
}

Test(open, header_says_what_is_where)
{
	const struct panel_header *header;

	kit_expect_open(&kit);
	header = &kit.panel.file->header;
	cr_assert_eq(header->magic, PANEL_MAGIC);
	cr_assert_eq(header->size, sizeof(struct panel_file));
	cr_assert_eq(header->sections, 4);
	for (uint32_t i = 0; i < header->sections; i++)
		cr_assert_leq(header->table[i].offset + header->table[i].entry_size * header->table[i].entries,
			      header->size);
	cr_assert_eq(header->table[1].kind, SECTION_SLOTS);
	cr_assert_eq(header->table[1].entries, PANEL_SLOTS);
}

Test(open, two_mappings_of_one_file_share_breakers)
{
	struct kit other = { 0 };

	kit_expect_open(&kit);
	kit.slot = kit_find(&kit, 80);
	other = kit;
	other.panel = (struct panel){ 0 };
	kit_expect_open(&other);
	cr_assert_neq(other.panel.file, kit.panel.file);
	other.slot = kit_find(&other, 80);
	kit_trip(&kit, T0);
	kit_expect_refused(&other, T0 + 1);
	cr_assert_eq(kit_view(&kit, T0 + 1).totals[TOTAL_REFUSED], 1);
	panel_close(&other.panel);
}

static int trip_in_child(struct kit *child)
{
	kit_trip(child, T0);
	return 0;
}

Test(open, private_panel_is_shared_with_forked_children_and_with_nobody_else)
{
	struct kit mine, another;

	kit_breaker(&mine);
	kit_breaker(&another);
	cr_assert_eq(kit_in_child(trip_in_child, &mine), 0);
	kit_expect_refused(&mine, T0 + 1);
	kit_call(&another, OUTCOME_SUCCESS, T0 + 1);
	panel_close(&mine.panel);
	panel_close(&another.panel);
}

Test(open, private_panel_gives_no_reason_when_it_was_asked_for)
{
	cr_assert(panel_open(&kit.panel, "private", PANEL_USE, kit.why, sizeof(kit.why)));
	cr_assert(kit.panel.is_private);
	cr_assert_str_eq(kit.why, "");
	cr_assert_str_eq(kit.panel.path, "private");
}

Test(open, network_namespace_becomes_part_of_the_key)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct panel_key key = { .netns = 1 };
	struct panel reader;

	kit_expect_open(&kit);
	cr_assert(panel_learn_network(&kit.panel, fd));
	cr_assert_neq(kit.panel.netns, 0);
	panel_peek(&kit.panel, &key);
	cr_assert_eq(key.netns, kit.panel.netns);
	cr_assert(panel_open(&reader, kit.path, PANEL_READ, kit.why, sizeof(kit.why)));
	cr_assert_eq(reader.netns, kit.panel.netns, "a tool finds the same number");
	panel_close(&reader);
	close(fd);
	kit.slot = kit_find(&kit, 80);
	kit.panel.netns++;
	cr_assert_neq(kit_find(&kit, 80), kit.slot);
}

Test(open, reader_finds_nothing_where_nothing_is_and_makes_nothing)
{
	char expected[256];

	cr_assert_not(panel_open(&kit.panel, kit.path, PANEL_READ, kit.why, sizeof(kit.why)));
	snprintf(expected, sizeof(expected), "%s: does not exist", kit.path);
	cr_assert_str_eq(kit.why, expected);
	cr_assert_not(panel_open(&kit.panel, kit.path, PANEL_STEER, kit.why, sizeof(kit.why)));
	cr_assert_eq(access(kit.path, F_OK), -1);
	cr_assert_not(panel_open(&kit.panel, "private", PANEL_READ, kit.why, sizeof(kit.why)));
	cr_assert_null(kit.panel.file);
}

Test(open, reader_sees_what_others_do)
{
	struct panel reader;
	struct panel_view view;
	struct panel_figures figures;

	kit_expect_open(&kit);
	cr_assert(panel_open(&reader, kit.path, PANEL_READ, kit.why, sizeof(kit.why)));
	cr_assert_not(panel_view(&reader, 0, T0, &view));
	kit.slot = kit_find(&kit, 80);
	kit_trip(&kit, T0);
	cr_assert(panel_view(&reader, 0, T0, &view));
	cr_assert_eq(view.state.phase, BREAKER_OPEN);
	panel_figures(&reader, &figures);
	cr_assert_eq(figures.breakers, 1);
	panel_close(&reader);
}

Test(open, no_descriptor_stays_open)
{
	unsigned before = open_descriptors();

	kit_expect_open(&kit);
	cr_assert_eq(open_descriptors(), before);
	chmod(kit.path, 0644);
	kit_expect_refusal(&kit, "has permissions 0644, not 0600");
	cr_assert_eq(open_descriptors(), before);
}

Test(open, errno_is_kept)
{
	errno = ENOTUNIQ;
	kit_expect_open(&kit);
	cr_assert_eq(errno, ENOTUNIQ);
	panel_close(&kit.panel);
	panel_open(&kit.panel, "nonsense", PANEL_USE, kit.why, sizeof(kit.why));
	cr_assert_eq(errno, ENOTUNIQ);
}

Test(open, no_memory_at_all_is_survived)
{
	const struct rlimit none = { 1 << 20, 1 << 20 };

#ifdef SANITIZED
	kit_skip(&kit, "sanitizers need address space");
#endif
	cr_assert_eq(setrlimit(RLIMIT_AS, &none), 0);
	if (mmap(NULL, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		kit_skip(&kit, "no limit of memory is kept here");
	cr_assert_not(panel_open(&kit.panel, "private", PANEL_USE, kit.why, sizeof(kit.why)));
	cr_assert_str_eq(kit.why, "private: no memory (ENOMEM)");
	cr_assert_null(kit.panel.file);
}
