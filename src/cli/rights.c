/* SPDX-License-Identifier: MIT */
/*
 * rights.c - set-user-ID, set-group-ID, file capabilities: what makes the loader run in secure mode, ld.so(8).
 */
#include "cli/rights.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

struct rights rights_of(const char *path)
{
	const mode_t group = S_ISGID | S_IXGRP;
	struct stat status;
	struct statvfs volume;
	bool user_is_ours, group_is_ours;

	if (stat(path, &status) != 0 || (statvfs(path, &volume) == 0 && (volume.f_flag & ST_NOSUID) != 0))
		return (struct rights){ NULL, false };
	user_is_ours = status.st_uid == getuid();
	group_is_ours = status.st_gid == getgid();
	if ((status.st_mode & S_ISUID) != 0 && !user_is_ours)
		return (struct rights){ "set-user-ID", false };
	if ((status.st_mode & group) == group && !group_is_ours)
		return (struct rights){ "set-group-ID", false };
	if (getxattr(path, "security.capability", NULL, 0) > 0)
		return (struct rights){ "has file capabilities", getuid() == 0 };
	if ((status.st_mode & S_ISUID) != 0)
		return (struct rights){ "set-user-ID", true };
	if ((status.st_mode & group) == group)
		return (struct rights){ "set-group-ID", true };
	return (struct rights){ NULL, false };
}
