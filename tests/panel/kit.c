/* SPDX-License-Identifier: MIT */
/*
 * kit.c - what the tests of the panel share.
 */
#include "kit.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

void kit_directory(struct kit *kit)
{
	const char *parent = getenv("TMPDIR");

	*kit = (struct kit){ 0 };
	snprintf(kit->directory, sizeof(kit->directory), "%s/cutout-test-XXXXXX",
		 parent != NULL && strlen(parent) < 30 ? parent : "/tmp");
	cr_assert_not_null(mkdtemp(kit->directory));
	snprintf(kit->path, sizeof(kit->path), "%s/panel", kit->directory);
}

void kit_remove_directory(struct kit *kit)
{
	DIR *directory = kit->directory[0] != '\0' ? opendir(kit->directory) : NULL;
	struct dirent *entry;
	char path[512];

	panel_close(&kit->panel);
	if (kit->directory[0] == '\0')
		return;
	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", kit->directory, entry->d_name);
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && unlink(path) != 0)
			rmdir(path);
	}
	if (directory != NULL)
		closedir(directory);
	cr_assert_eq(rmdir(kit->directory), 0, "%s: %s", kit->directory, strerror(errno));
	kit->directory[0] = '\0';
}

void kit_skip(struct kit *kit, const char *reason)
{
	kit_remove_directory(kit);
	cr_skip_test("%s", reason);
}

static bool write_line(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line);

	if (fd >= 0)
		close(fd);
	return written;
}

/* The user stays who he is: a panel is checked against its owner. */
static bool enter_user_namespace(void)
{
	char uid[64], gid[64];

	snprintf(uid, sizeof(uid), "%u %u 1", (unsigned)geteuid(), (unsigned)geteuid());
	snprintf(gid, sizeof(gid), "%u %u 1", (unsigned)getegid(), (unsigned)getegid());
	return unshare(CLONE_NEWUSER) == 0 && write_line("/proc/self/setgroups", "deny") &&
	       write_line("/proc/self/uid_map", uid) && write_line("/proc/self/gid_map", gid);
}

bool kit_own_mounts(void)
{
	return (geteuid() == 0 || enter_user_namespace()) && unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

struct panel_slot *kit_find(struct kit *kit, uint16_t port)
{
	struct panel_key key = {
		.policy = policy_hash(&kit->policy),
		.address = { 10, 0, 0, 5 },
		.port = port,
		.family = 4,
		.protocol = 1,
	};
	struct panel_identity identity = { &kit->policy, "db.internal:5432", "*:5432" };

	return panel_find(&kit->panel, &key, &identity, T0).slot;
}

void kit_breaker(struct kit *kit)
{
	*kit = (struct kit){ 0 };
	policy_defaults(&kit->policy);
	kit->policy.jitter = 0;
	kit->policy.backoff = 2 * POLICY_FACTOR_ONE;
	cr_assert(panel_open(&kit->panel, "private", PANEL_USE, kit->why, sizeof(kit->why)));
	kit->slot = kit_find(kit, 5432);
	cr_assert_not_null(kit->slot);
}

void kit_expect_refusal_of(struct kit *kit, const char *path, const char *what)
{
	char expected[512];

	panel_close(&kit->panel);
	snprintf(expected, sizeof(expected), "%s: %s; using a private panel", path, what);
	cr_assert(panel_open(&kit->panel, kit->path, PANEL_USE, kit->why, sizeof(kit->why)));
	cr_assert(kit->panel.is_private);
	cr_assert_str_eq(kit->panel.path, "private");
	cr_assert_str_eq(kit->why, expected);
}

void kit_expect_refusal(struct kit *kit, const char *what)
{
	kit_expect_refusal_of(kit, kit->path, what);
}

void kit_expect_open(struct kit *kit)
{
	panel_close(&kit->panel);
	cr_assert(panel_open(&kit->panel, kit->path, PANEL_USE, kit->why, sizeof(kit->why)));
	cr_assert_str_eq(kit->why, "");
	cr_assert_not(kit->panel.is_private);
	cr_assert_str_eq(kit->panel.path, kit->path);
}

void kit_make_file(struct kit *kit)
{
	kit_expect_open(kit);
	panel_close(&kit->panel);
}

struct panel_call kit_admit(struct kit *kit, uint64_t now)
{
	struct panel_call call;

	cr_assert_eq(panel_admit(slot_seat(kit->slot), &kit->policy, now, PANEL_REFUSED, &call, kit->changes), VERDICT_ADMITTED);
	return call;
}

void kit_expect_refused(struct kit *kit, uint64_t now)
{
	struct panel_call call;

	cr_assert_eq(panel_admit(slot_seat(kit->slot), &kit->policy, now, PANEL_REFUSED, &call, kit->changes), VERDICT_REFUSED);
}

void kit_report(struct kit *kit, struct panel_call *call, enum breaker_outcome outcome, uint64_t now)
{
	panel_report(call, &kit->policy, outcome, outcome == OUTCOME_FAILURE ? ECONNREFUSED : 0, now, kit->changes);
}

void kit_call(struct kit *kit, enum breaker_outcome outcome, uint64_t now)
{
	struct panel_call call = kit_admit(kit, now);

	kit_report(kit, &call, outcome, now);
}

void kit_trip(struct kit *kit, uint64_t now)
{
	for (unsigned i = 0; i < kit->policy.failures; i++)
		kit_call(kit, OUTCOME_FAILURE, now);
	cr_assert_eq(kit->changes[0].reason, REASON_CONSECUTIVE_FAILURES);
}

struct panel_view kit_view(const struct kit *kit, uint64_t now)
{
	struct panel_view view;

	cr_assert(panel_view_slot(kit->slot, now, &view));
	return view;
}

int kit_in_child(int (*part)(struct kit *kit), struct kit *kit)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(part(kit));
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
