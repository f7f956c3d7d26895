/* SPDX-License-Identifier: MIT */
/*
 * test_check.c - every kind of file and directory that is not a panel's, and the sentence that says so.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"

static struct kit kit;

static void set_up(void)
{
	kit_directory(&kit);
}

static void tear_down(void)
{
	kit_remove_directory(&kit);
}

TestSuite(check, .init = set_up, .fini = tear_down);

static void overwrite(off_t at, const void *bytes, size_t size)
{
	int fd = open(kit.path, O_WRONLY);

	cr_assert_eq(pwrite(fd, bytes, size, at), (ssize_t)size);
	close(fd);
}

static void skip_unless_root(void)
{
	if (geteuid() != 0)
		kit_skip(&kit, "only root can give files to others");
}

Test(check, file_with_other_permissions_is_refused)
{
	kit_make_file(&kit);
	chmod(kit.path, 0644);
	kit_expect_refusal(&kit, "has permissions 0644, not 0600");
	chmod(kit.path, 0400);
	kit_expect_refusal(&kit, geteuid() == 0 ? "has permissions 0400, not 0600" : "cannot be opened (EACCES)");
	chmod(kit.path, 0600);
	kit_expect_open(&kit);
}

Test(check, file_of_another_user_is_refused)
{
	skip_unless_root();
	kit_make_file(&kit);
	cr_assert_eq(chown(kit.path, 12345, -1), 0);
	kit_expect_refusal(&kit, "owned by user 12345, not by 0");
}

Test(check, directory_of_another_user_is_refused)
{
	skip_unless_root();
	cr_assert_eq(chown(kit.directory, 12345, -1), 0);
	kit_expect_refusal_of(&kit, kit.directory, "owned by user 12345, not by 0");
}

static bool opens(enum panel_access access)
{
	bool opened = panel_open(&kit.panel, kit.path, access, kit.why, sizeof(kit.why));

	panel_close(&kit.panel);
	return opened;
}

Test(check, a_command_of_root_reads_and_steers_the_panel_of_another_user)
{
	skip_unless_root();
	kit_make_file(&kit);
	cr_assert_eq(chown(kit.directory, 12345, -1), 0);
	cr_assert_eq(chown(kit.path, 12345, -1), 0);
	cr_expect(opens(PANEL_READ));
	cr_expect(opens(PANEL_STEER));
	kit_expect_refusal_of(&kit, kit.directory, "owned by user 12345, not by 0");
}

Test(check, even_then_it_must_be_safe_and_all_of_one_user)
{
	skip_unless_root();
	kit_make_file(&kit);
	cr_assert_eq(chown(kit.directory, 12345, -1), 0);
	cr_expect_not(opens(PANEL_READ));
	cr_assert_not_null(strstr(kit.why, "owned by user 0, not by 12345"));
	cr_assert_eq(chown(kit.path, 12345, -1), 0);
	chmod(kit.path, 0644);
	cr_expect_not(opens(PANEL_READ));
	chmod(kit.path, 0600);
	chmod(kit.directory, 0777);
	cr_expect_not(opens(PANEL_STEER));
}

Test(check, nobody_else_reads_the_panel_of_another_user)
{
	pid_t child;
	int status;

	skip_unless_root();
	kit_make_file(&kit);
	cr_assert_eq(chmod(kit.directory, 0755), 0);
	child = fork();
	if (child == 0)
		_exit(setresuid(12345, 12345, 12345) != 0 || opens(PANEL_READ) ||
		      !strstr(kit.why, "owned by user 0, not by 12345"));
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
}

Test(check, directory_that_others_can_write_to_is_refused)
{
	chmod(kit.directory, 0770);
	kit_expect_refusal_of(&kit, kit.directory, "has permissions 0770: others can write to it");
	chmod(kit.directory, 01777);
	kit_expect_refusal_of(&kit, kit.directory, "has permissions 1777: others can write to it");
}

Test(check, directory_that_others_can_read_is_good_enough_when_it_was_named)
{
	chmod(kit.directory, 0755);
	kit_expect_open(&kit);
}

Test(check, file_that_is_a_symbolic_link_is_refused)
{
	char target[128];

	kit_make_file(&kit);
	snprintf(target, sizeof(target), "%s.real", kit.path);
	cr_assert_eq(rename(kit.path, target), 0);
	cr_assert_eq(symlink(target, kit.path), 0);
	kit_expect_refusal(&kit, "is a symbolic link");
}

Test(check, directory_that_is_a_symbolic_link_is_refused)
{
	char target[128];

	snprintf(target, sizeof(target), "%s/real", kit.directory);
	cr_assert_eq(mkdir(target, 0700), 0);
	snprintf(kit.path, sizeof(kit.path), "%s/link", kit.directory);
	cr_assert_eq(symlink(target, kit.path), 0);
	strcpy(target, kit.path);
	strcat(kit.path, "/panel");
	kit_expect_refusal_of(&kit, target, "is a symbolic link");
	/* Slashes at its end would let the kernel follow it. */
	snprintf(kit.path, sizeof(kit.path), "%s//panel", target);
	kit_expect_refusal_of(&kit, target, "is a symbolic link");
}

Test(check, what_is_not_a_regular_file_is_refused)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	cr_assert_eq(mkdir(kit.path, 0700), 0);
	kit_expect_refusal(&kit, "is not a regular file");
	rmdir(kit.path);
	cr_assert_eq(mkfifo(kit.path, 0600), 0);
	kit_expect_refusal(&kit, "is not a regular file");
	unlink(kit.path);
	strcpy(address.sun_path, kit.path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	kit_expect_refusal(&kit, "cannot be opened (ENXIO)");
	close(fd);
}

Test(check, directory_that_is_missing_or_a_file_is_refused)
{
	char parent[80];

	snprintf(parent, sizeof(parent), "%s/sub", kit.directory);
	snprintf(kit.path, sizeof(kit.path), "%s/panel", parent);
	kit_expect_refusal_of(&kit, parent, "cannot be opened (ENOENT)");
	close(open(parent, O_CREAT | O_WRONLY, 0600));
	kit_expect_refusal_of(&kit, parent, "is not a directory (ENOTDIR)");
}

Test(check, file_of_another_size_is_refused)
{
	kit_make_file(&kit);
	cr_assert_eq(truncate(kit.path, 4096), 0);
	kit_expect_refusal(&kit, "has 4096 bytes, not 7639040: of another version?");
	cr_assert_eq(truncate(kit.path, 0), 0);
	kit_expect_refusal(&kit, "has 0 bytes, not 7639040: of another version?");
}

Test(check, file_with_another_magic_number_is_refused)
{
	kit_make_file(&kit);
	overwrite(0, "GIF89a..", 8);
	kit_expect_refusal(&kit, "is not a panel");
}

Test(check, file_of_another_layout_is_refused)
{
	const uint32_t layout = 7;

	kit_make_file(&kit);
	overwrite(offsetof(struct panel_header, layout), &layout, sizeof(layout));
	kit_expect_refusal(&kit, "has layout 7, not 4: of another version");
}

Test(check, file_with_a_second_name_is_refused)
{
	char other[128];

	kit_make_file(&kit);
	snprintf(other, sizeof(other), "%s/other", kit.directory);
	cr_assert_eq(link(kit.path, other), 0);
	kit_expect_refusal(&kit, "has another name (hard link)");
}

Test(check, path_that_is_not_absolute_or_names_no_file_is_refused)
{
	strcpy(kit.path, "panel");
	kit_expect_refusal(&kit, "is not an absolute path");
	strcpy(kit.path, "");
	kit_expect_refusal(&kit, "is not an absolute path");
	strcpy(kit.path, "/tmp/");
	kit_expect_refusal(&kit, "is not the name of a file");
	strcpy(kit.path, "/tmp/..");
	kit_expect_refusal(&kit, "is not the name of a file");
}

Test(check, path_that_is_too_long_is_refused)
{
	char path[400];

	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	cr_assert(panel_open(&kit.panel, path, PANEL_USE, kit.why, sizeof(kit.why)));
	cr_assert(kit.panel.is_private);
	cr_assert_not_null(strstr(kit.why, ": is too long; using a private panel"));
}

Test(check, reason_is_one_line_whatever_the_path)
{
	strcpy(kit.path, "a\nb\033[2J");
	panel_open(&kit.panel, kit.path, PANEL_USE, kit.why, sizeof(kit.why));
	cr_assert_str_eq(kit.why, "a?b?[2J: is not an absolute path; using a private panel");
}

Test(check, reason_is_cut_to_the_callers_buffer)
{
	char why[8];

	cr_assert(panel_open(&kit.panel, "some-path", PANEL_USE, why, sizeof(why)));
	cr_assert_str_eq(why, "some-pa");
}
