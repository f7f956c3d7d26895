/* SPDX-License-Identifier: MIT */
/*
 * test_self.c - what the process and its kernel are, without asking, is what one is told who asks.
 */
#include "base/self.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/kernel.h"

Test(self, user_and_name_are_those_of_the_start)
{
	char path[1024], name[SELF_NAME_SIZE];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	cr_assert_eq(self_first_user(), getuid());
	cr_assert_gt(length, 0);
	path[length] = '\0';
	prctl(PR_SET_NAME, "renamed");
	self_first_name(name);
	if (strncmp((const char *)getauxval(AT_EXECFN), "/dev/fd/", 8) != 0)
		cr_assert_eq(strncmp(name, strrchr(path, '/') + 1, SELF_NAME_SIZE - 1), 0, "%s is not that of %s", name, path);
}

Test(self, kernel_says_the_version_that_it_answers_with)
{
	struct utsname system;
	unsigned major, minor;

	cr_assert_eq(uname(&system), 0);
	cr_assert_eq(sscanf(system.release, "%u.%u", &major, &minor), 2);
	cr_assert_eq(kernel_version(), KERNEL(major, minor));
	cr_assert(kernel_says() == 0 || kernel_says() == KERNEL(major, minor));
}
